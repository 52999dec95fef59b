// Capture and encode alone, without a viewer: CPU, bytes, and how long a
// change takes until its packet is there. Of rd and of the pipeline that
// Selkies-GStreamer has up to its encoder.
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { attempt, scratchOpen } from './bed.mjs';
import { cost, ready, start, stop, usage } from './proc.mjs';
import { stagesOpen } from './stages.mjs';
import { BITRATE, displayOpen, FPS, SELKIES, selkiesMissing } from './systems.mjs';
import { table } from './table.mjs';

const LOADS = ['idle', 'typing', 'scroll', 'video', 'full'];
const SETTLE_MS = 3000;

const synopsis = `usage: encode.mjs [-h] [-b bitrate] [-n rounds] [load]...
loads: ${LOADS.join(' ')}
BENCH_SECONDS: how long each load runs, 10 by default`;

async function rdOpen(display, bitrate, scratch) {
  const path = (name) => join(scratch, name);
  const tools = [
    start('rd-capture', ['-R3', '-d', display, '-l', path('screen')]),
    start('rd-encode', ['-R3', '-r', '-f', `${FPS}`, '-b', `${bitrate}`, '-l', path('video'), path('screen')]),
  ];
  await Promise.all(tools.map(ready));
  const { frames, close } = stagesOpen(path('video'));
  return {
    pids: tools.map(({ pid }) => pid),
    frames,
    bytes: () => frames.reduce((sum, { bytes }) => sum + bytes, 0),
    async close() {
      close();
      await Promise.all(tools.map(stop));
    },
  };
}

async function selkiesOpen(display, bitrate) {
  const sender = start('/usr/bin/python3', [SELKIES, '-e', display, `${FPS}`, `${bitrate}`]);
  let bytes = 0;
  sender.stdio[3].on('data', ({ length }) => { bytes += length; });
  return {
    pids: [sender.pid],
    frames: [],
    bytes: () => bytes,
    close: () => stop(sender),
  };
}

async function loadStart(load, display) {
  const drawn = []; // when, ms
  const child = start(process.env.WORKLOAD, ['-v', '-R3', '-d', display, load],
    (line) => drawn.push(line.split(' ')[1] / 1000));
  await ready(child);
  return { child, drawn };
}

/** CPU that the X server takes for a load when nobody looks. */
async function ownCost(load, { display }) {
  const { child } = await loadStart(load, display.name);
  const before = usage([display.server.pid]);
  await sleep(2000);
  const { cpu } = cost(before, usage([display.server.pid]), 2);
  await stop(child);
  return cpu.Xvfb;
}

async function measure(name, open, load, run) {
  const { display, seconds } = run;
  const { child, drawn } = await loadStart(load, display.name);
  const system = await open(display.name, run.bitrate, run.scratch);
  await sleep(SETTLE_MS);
  const sample = () => ({
    usage: usage([...system.pids, display.server.pid]),
    bytes: system.bytes(),
    frames: system.frames.length,
  });
  const [before, first] = [sample(), drawn.length];
  await sleep(seconds * 1000);
  const [after, last] = [sample(), drawn.length];
  await stop(child);
  await sleep(100);
  await system.close();
  const { cpu: { Xvfb: x, ...cpu }, woken: { Xvfb: _, ...woken } } = cost(before.usage, after.usage, seconds);
  const sum = (values) => Object.values(values).reduce((a, b) => a + b, 0);
  return {
    system: name, load, cpu,
    sender_cpu: sum(cpu),
    wakeups: sum(woken),
    x_cpu: Math.max(0, x - run.own[load]),
    kbits: (after.bytes - before.bytes) * 8 / 1000 / seconds,
    fps: system.frames.length ? (after.frames - before.frames) / seconds : NaN,
    packet_ms: delays(drawn.slice(first, last), system.frames),
    load_average: loadavg()[0],
  };
}

// From each drawing to the end of encoding of the first frame captured after.
function delays(drawn, frames) {
  return drawn.map((time) => frames.find(({ captured }) => captured >= time)?.encoded - time)
    .filter(Number.isFinite);
}

async function main() {
  const { values: options, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      bitrate: { type: 'string', short: 'b', default: `${BITRATE}` },
      help: { type: 'boolean', short: 'h' },
      rounds: { type: 'string', short: 'n', default: '1' },
    },
  });
  if (options.help)
    return console.log(synopsis);
  const loads = positionals.length ? positionals : LOADS;
  const scratch = scratchOpen();
  const run = {
    display: await displayOpen(), scratch, own: {},
    seconds: +(process.env.BENCH_SECONDS ?? 10),
    bitrate: +options.bitrate,
  };
  const missing = await selkiesMissing();
  const systems = { rd: rdOpen, ...!missing && { 'Selkies-like': selkiesOpen } };
  const results = [];

  for (const load of loads)
    run.own[load] = await ownCost(load, run);
  for (let round = 0; round < +options.rounds; round++)
    for (const load of loads)
      for (const [name, open] of Object.entries(systems)) {
        process.stderr.write(`${load}: ${name}\n`);
        results.push(await measure(name, open, load, run));
      }
  await stop(run.display.server);
  console.log('\n## Capture and encode alone\n');
  console.log(table(results, Object.keys(systems)));
  console.log(`\n1920x1080, ${FPS} frames/s, ${run.bitrate / 1e6} Mbit/s; ${cpus().length} CPUs; ` +
    `${run.seconds} s per load, medians of ${options.rounds}.`);
  if (missing)
    console.log(`Selkies-like: skipped: ${missing}`);
}

await attempt(main);
