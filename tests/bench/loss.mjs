// A film of 8 Mbit/s over bad networks of known seeds: what Chromium calls a
// freeze, how long they took, and the key pictures that were needed.
import { setTimeout as sleep } from 'node:timers/promises';

import { openNetwork, receives } from '../browser/network.mjs';
import { bedOpen } from './bed.mjs';
import { loadStart } from './load.mjs';
import { stop } from './proc.mjs';
import { quantile } from './table.mjs';
import { clockOffset } from './viewer.mjs';

const SECONDS = +(process.env.BENCH_SECONDS ?? 20);
const SEEDS = (process.env.BENCH_SEEDS ?? '1,2,3').split(',').map(Number);
const SETTLE_MS = 4000;
const BURST_AT_MS = 2000;
const BURST_MS = 500;
const SMOOTH_MS = 100; // three pictures of the film's 30 per second

// What udpimp is told before, and when the time begins.
const NEAR = ['both delay 20'];
const NETWORKS = {
  none: [NEAR, []],
  'loss 2 %': [NEAR, [['both loss 2']]],
  'loss 5 %': [NEAR, [['both loss 5']]],
  'loss 10 %': [NEAR, [['both loss 10']]],
  'burst 30 %': [NEAR, [['both loss 30', BURST_AT_MS], ['both loss 0', BURST_AT_MS + BURST_MS]]],
  blackout: [NEAR, [['both loss 100', BURST_AT_MS], ['both loss 0', BURST_AT_MS + BURST_MS]]],
  'far, jitter': [['both delay 100'], [['both jitter 30'], ['both reorder 2 10']]],
  'far, loss 5 %': [['both delay 100'], [['both loss 5']]],
};

const wanted = process.argv.slice(2);
const { display, browser, systems: [system], close: end } = await bedOpen('rd');

// How long after at pictures come at an even pace again, both in ms.
const recovery = (times, at) => {
  const after = times.filter((time) => time > at);
  const late = after.findLastIndex((time, i) => time - (after[i - 1] ?? at) > SMOOTH_MS);
  return late < 0 ? 0 : after[late] - at;
};

async function measure([before, during], seed) {
  const network = await openNetwork(seed);
  for (const line of before)
    network.say(line);
  const { child, toggles } = await loadStart('flashvideo', { display, round: 0 });
  const { page, first, close } = await system.connect(browser, network.guard);
  const { offset } = await clockOffset(page);
  await first();
  await sleep(SETTLE_MS);
  await page.evaluate(() => report());
  const old = await receives(page);
  await network.report();
  const begin = await page.evaluate(() => performance.now());
  toggles.length = 0;
  for (const line of during)
    network.say(...line);
  await sleep(SECONDS * 1000);
  const now = await receives(page);
  const { down } = await network.report();
  const { seen, pictures: times } = await page.evaluate(() => report());
  await stop(child);
  await close();
  await network.close();
  const delta = (key) => (now[key] ?? 0) - (old[key] ?? 0);
  const moments = new Map(seen.map(({ counter, decoded }) => [counter, decoded + offset]));
  const delays = toggles.map(([counter, time]) => moments.get(counter) - time).filter(Number.isFinite);
  return [
    delta('freezeCount'), (delta('totalFreezesDuration') * 1000).toFixed(0),
    delta('framesDecoded'), delta('keyFramesDecoded'), delta('pliCount'), delta('nackCount'),
    delta('retransmittedPacketsReceived'), delta('fecPacketsReceived'),
    Math.max(...times.slice(1).map((time, i) => time - times[i])).toFixed(0),
    during.some(([, ms]) => ms) ? recovery(times, begin + BURST_AT_MS + BURST_MS).toFixed(0) : '-',
    quantile(delays, 0.95)?.toFixed(0),
    (down.bytes * 8 / 1e6 / SECONDS).toFixed(1),
  ];
}

console.log('| network | seed | freezes | frozen, ms | pictures | key | PLI | NACKed | resent | FEC | longest gap, ms | recovered, ms | p95, ms | Mbit/s |');
console.log(`|${'---|'.repeat(14)}`);
for (const [name, network] of Object.entries(NETWORKS))
  for (const seed of SEEDS)
    if (!wanted.length || wanted.includes(name))
      console.log(`| ${name} | ${seed} | ${(await measure(network, seed)).join(' | ')} |`);
await end();
