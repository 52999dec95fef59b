// Latency of rd by WebSocket over a link of 2 Mbit/s and 10 ms either way: a film with flashes for a
// minute; p50 and p95 of each 10 s, which must not grow.
import { setTimeout as sleep } from 'node:timers/promises';

import { bedOpen } from './bed.mjs';
import { loadStart } from './load.mjs';
import { stop } from './proc.mjs';
import { relay } from './relay.mjs';
import { quantile } from './table.mjs';
import { clockOffset, viewerOpen } from './viewer.mjs';

const LINK = { mbits: 2, delay: 10 };
const SECONDS = +(process.env.BENCH_SECONDS ?? 60);
const { display, browser, systems: [system], close } = await bedOpen('stream');
const way = await relay(system.port, LINK);
const { child, toggles } = await loadStart('flashvideo', { display, round: 0 });
const page = await viewerOpen(browser, `http://127.0.0.1:${way.port}`);
const { offset } = await clockOffset(page);
await page.evaluate(() => streamFrom('/ws/stream'));
console.log('| seconds | p50, ms | p95, ms | missed |\n|---|---|---|---|');
for (let at = 0; at < SECONDS; at += 10) {
  toggles.length = 0;
  await page.evaluate(() => report());
  await sleep(10000);
  const sent = toggles.splice(0);
  await sleep(500);
  const seen = new Map((await page.evaluate(() => report())).seen.map(({ counter, decoded }) => [counter, decoded]));
  const ms = sent.map(([counter, time]) => seen.get(counter) + offset - time);
  const known = ms.filter(Number.isFinite);
  console.log(`| ${at}-${at + 10} | ${[0.5, 0.95].map((q) => quantile(known, q)?.toFixed(1)).join(' | ')} | ${ms.length - known.length} of ${ms.length} |`);
}
way.close();
await stop(child);
await close();
