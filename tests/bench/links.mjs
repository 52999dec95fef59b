// rd and a Selkies-like sender over bad links: a film with flashes through the
// same relay, with the same seeds, into one Chromium, in turns.
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { openNetwork } from '../browser/network.mjs';
import { attempt, bedOpen } from './bed.mjs';
import { loadStart } from './load.mjs';
import { stop } from './proc.mjs';
import { BITRATE, FPS } from './systems.mjs';
import { head, quantile, rows } from './table.mjs';
import { clockOffset } from './viewer.mjs';

const SETTLE_MS = 4000; // the first picture was refined
const LATE_MS = 1000;   // the last change is seen within
const FIRST_MS = 30000;

// What udpimp is told before anything is sent, and then, by ms, while we look.
const near = 'both delay 20';
const ROWS = {
  good: { before: [near] },
  'loss 2 %': { before: [near, 'both loss 2'] },
  'loss 5 %': { before: [near, 'both loss 5'] },
  'loss 10 %': { before: [near, 'both loss 10'] },
  'bursts of 30 %': { before: [near], during: [2000, 7000, 12000, 17000].flatMap((at) => [[at, 'both loss 30'], [at + 500, 'both loss 0']]) },
  'far, wavering': { before: ['both delay 100', 'both jitter 30', 'both reorder 2 10'] },
  '8, 1, 8 Mbit/s': { before: [near, 'down rate 8000 300'], during: [[5000, 'down rate 1000 300'], [12000, 'down rate 8000 300']] },
};

const synopsis = `usage: links.mjs [-h] [-j file] [-n seeds] [-s system]... [row]...
rows: ${Object.keys(ROWS).join(', ')}
-n: seeds 1 to so many, 1 by default
-s: rd or selkies; both by default
BENCH_SECONDS: how long each row runs, 20 by default`;

const legend = `
Freezes as Chromium counts them: from one frame to the next three times as long
as usual and 150 ms more, once it has ended. Change: right before the request to the X server is
sent; seen: the page has decoded it, or what was drawn after it.
The Selkies-like sender has no congestion control, as Selkies by default:
GStreamer's, rtpgccbwe, is not among Debian's packages.`;

/** Like latencies(), but what was never seen was so with what came after it, at the latest. */
function delays(toggles, seen, offset, latest) {
  let next = latest + offset;
  const at = new Map(seen.map(({ counter, decoded }) => [counter, decoded + offset]));
  return toggles.toReversed().map(([counter, time]) => {
    next = Math.min(next, at.get(counter) ?? Infinity);
    return next - time;
  });
}

async function measure(system, name, seed, bed) {
  const { before = [], during = [] } = ROWS[name];
  const network = await openNetwork(seed);
  before.forEach((line) => network.say(line));
  const { child, toggles } = await loadStart('flashvideo', { display: bed.display, round: seed });
  const { page, first, close } = await system.connect(bed.browser, network.guard, network.filter());
  const { offset } = await clockOffset(page);
  const first_ms = await Promise.race([first(), sleep(FIRST_MS, NaN)]);
  const result = { system: system.name, row: name, seed, first_ms };

  if (Number.isFinite(first_ms)) {
    await sleep(SETTLE_MS);
    const { stats: old, time } = await page.evaluate(() => report());
    toggles.length = 0;
    during.forEach(([ms, line]) => network.say(line, ms));
    await sleep(bed.seconds * 1000);
    const { stats: now, seen, time: end } = await page.evaluate(() => report());
    const shown = [...toggles];
    await sleep(LATE_MS);
    const { seen: late, time: latest } = await page.evaluate(() => report());
    const delta = (key) => now[key] - old[key];
    Object.assign(result, {
      freezes: delta('freezeCount'),
      frozen_s: delta('totalFreezesDuration'),
      fps: delta('framesDecoded') / (end - time) * 1000,
      kbits: delta('bytesReceived') * 8 / (end - time),
      keys: delta('keyFramesDecoded'),
      delays: delays(shown, [...seen, ...late], offset, latest),
    });
  }
  await stop(child);
  await close();
  await network.close();
  return result;
}

const median = (key) => (runs) => quantile(runs.map((run) => run[key]), 0.5);
const most = (key) => (runs) => Math.max(...runs.map((run) => run[key] ?? NaN));
const pooled = (q) => (runs) => quantile(runs.flatMap((run) => run.delays ?? []), q);

const FIGURES = [
  ['asked to first frame, ms', median('first_ms')],
  ['freezes', most('freezes')],
  ['frozen, s', most('frozen_s')],
  ['change to seen p50, ms', pooled(0.5)],
  ['change to seen p95, ms', pooled(0.95)],
  ['change to seen, longest, ms', pooled(1)],
  ['frames/s', median('fps')],
  ['kbit/s', median('kbits')],
  ['key frames', most('keys')],
];

async function main() {
  const { values: options, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      json: { type: 'string', short: 'j' },
      seeds: { type: 'string', short: 'n', default: '1' },
      system: { type: 'string', short: 's', multiple: true, default: ['rd', 'selkies'] },
    },
  });
  if (options.help)
    return console.log(synopsis);
  const wanted = positionals.length ? positionals : Object.keys(ROWS);
  const bed = {
    seconds: +(process.env.BENCH_SECONDS ?? 20),
    ...await bedOpen(...options.system),
  };
  const { systems, missing } = bed;
  const results = [];

  for (const row of wanted)
    for (let seed = 1; seed <= +options.seeds; seed++)
      for (const system of systems) {
        process.stderr.write(`${row}, seed ${seed}: ${system.name}\n`);
        results.push(await measure(system, row, seed, bed));
      }
  await bed.close();

  const names = systems.map(({ name }) => name);
  console.log('\n## Bad links\n');
  console.log(head('link', names).join('\n'));
  for (const row of wanted)
    console.log(rows(row, FIGURES, names.map((name) =>
      results.filter((result) => result.row === row && result.system === name))).join('\n'));
  console.log(`\n1920x1080, ${FPS} frames/s, ${BITRATE / 1e6} Mbit/s; ${bed.seconds} s per row; ` +
    `of seeds 1 to ${options.seeds} the worst, or the median of what is no count.`);
  if (missing)
    console.log(`Selkies-like: skipped: ${missing}`);
  console.log(legend);
  if (options.json)
    writeFileSync(options.json, JSON.stringify({ seconds: bed.seconds, results }, null, '\t'));
}

await attempt(main);
