// Glass to glass, CPU and bytes of rd and of a Selkies-like sender: load by
// load on one display, into one Chromium, in turns.
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { attempt, bedOpen } from './bed.mjs';
import { latencies, LOADS, loadStart } from './load.mjs';
import { cost, stop, usage } from './proc.mjs';
import { BITRATE, FPS } from './systems.mjs';
import { table } from './table.mjs';
import { clockOffset } from './viewer.mjs';

const SETTLE_MS = 4000; // the first picture was refined
const LATE_MS = 300; // the last change is seen within
const FIRST_MS = 10000;

const synopsis = `usage: run [-h] [-j file] [-n rounds] [-p] [-s system]... [load]...
loads: ${Object.keys(LOADS).join(' ')}
-p: show the parts of rd's latency, by a second reader of its packets
-s: rd, stream (rd by WebSocket) or selkies; rd and selkies by default
BENCH_SECONDS: how long each load runs, 10 by default`;

const legend = `
CPU: user and system time of all threads, in % of one core. Packets, bytes,
frames, decode and jitter buffer: Chromium's inbound-rtp statistics. Change:
right before the request to the X server is sent. Decoded: the page has the
frame (MediaStreamTrackProcessor, VideoDecoder). Presented:
requestVideoFrameCallback runs; by WebSocket: it is drawn.
Asked: rd is sent the viewer's offer, its process not yet started; a
Selkies-like sender, loaded already, is told to make one.`;

/** CPU that the X server takes for a load when nobody looks. */
async function ownCost(load, bed) {
  const { child } = await loadStart(load, { ...bed, round: 0 });
  const server = [bed.display.server.pid];

  await sleep(500);
  const before = usage(server);
  await sleep(2000);
  const { cpu } = cost(before, usage(server), 2);
  await stop(child);
  return cpu.Xvfb;
}

async function measure(system, load, bed) {
  const { child, toggles } = await loadStart(load, bed);
  const { page, first, close } = await system.connect(bed.browser);
  const { offset, width } = await clockOffset(page);
  const first_ms = await Promise.race([first(), sleep(FIRST_MS, NaN)]);
  if (Number.isNaN(first_ms))
    throw new Error(`no picture from ${system.name} in ${FIRST_MS / 1000} s`);
  const parts = bed.parts && system.stages?.();
  const sample = async () => ({
    ...await page.evaluate(() => report()),
    usage: usage([...system.pids(), bed.display.server.pid]),
  });

  await sleep(SETTLE_MS);
  await page.evaluate(() => report());
  toggles.length = 0;
  const before = await sample();
  await sleep(bed.seconds * 1000);
  const after = await sample();
  await stop(child);
  await sleep(LATE_MS);
  const { seen } = await page.evaluate(() => report());
  parts?.close();
  await close();
  return {
    system: system.name, load, round: bed.round, first_ms,
    clock_ms: width / 2, load_average: loadavg()[0],
    ...figures(before, after, bed.own[load]),
    ...latencies(toggles, [...after.seen, ...seen], offset, parts?.frames),
  };
}

function figures(before, after, own) {
  const seconds = (after.time - before.time) / 1000;
  const delta = (key) => (after.stats?.[key] ?? 0) - (before.stats?.[key] ?? 0);
  const frames = delta('framesDecoded');
  const { cpu: { Xvfb: x_cpu, ...cpu }, woken: { Xvfb: x_woken, ...woken } } =
    cost(before.usage, after.usage, seconds);
  const sum = (values) => Object.values(values).reduce((a, b) => a + b, 0);
  return {
    cpu, woken,
    sender_cpu: sum(cpu),
    wakeups: sum(woken),
    frame_ms: sum(cpu) * 10 / (frames / seconds),
    x_cpu: Math.max(0, x_cpu - own),
    x_wakeups: x_woken,
    packets: delta('packetsReceived') / seconds,
    kbits: delta('bytesReceived') * 8 / 1000 / seconds,
    fps: frames / seconds,
    decode_ms: delta('totalDecodeTime') / frames * 1000,
    jitter_ms: delta('jitterBufferDelay') / delta('jitterBufferEmittedCount') * 1000,
  };
}

async function main() {
  const { values: options, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      json: { type: 'string', short: 'j' },
      rounds: { type: 'string', short: 'n', default: '1' },
      parts: { type: 'boolean', short: 'p' },
      system: { type: 'string', short: 's', multiple: true, default: ['rd', 'selkies'] },
    },
  });
  if (options.help)
    return console.log(synopsis);
  const loads = positionals.length ? positionals : Object.keys(LOADS);
  const bed = {
    seconds: +(process.env.BENCH_SECONDS ?? 10),
    parts: options.parts,
    own: {},
    ...await bedOpen(...options.system),
  };
  const { systems, missing } = bed;
  const results = [];

  for (const load of loads)
    bed.own[load] = await ownCost(load, bed);
  for (bed.round = 0; bed.round < +options.rounds; bed.round++)
    for (const load of loads)
      for (const system of systems) {
        process.stderr.write(`${load}: ${system.name}\n`);
        results.push(await measure(system, load, bed));
      }
  await bed.close();

  console.log(table(results, systems.map(({ name }) => name)));
  console.log(`\n1920x1080, ${FPS} frames/s, ${BITRATE / 1e6} Mbit/s; ${cpus().length} CPUs; ` +
    `${bed.seconds} s per load, medians of ${options.rounds}.`);
  if (missing)
    console.log(`Selkies-like: skipped: ${missing}`);
  console.log(legend);
  if (options.json)
    writeFileSync(options.json, JSON.stringify({ seconds: bed.seconds, own: bed.own, results }, null, '\t'));
}

await attempt(main);
