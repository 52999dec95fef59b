// Latency of rd by WebSocket over a link of 2 Mbit/s and 10 ms either way: a film with flashes for a
// minute; p50 and p95 of each 10 s, which must not grow.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { ready, start, stop } from './proc.mjs';
import { relay } from './relay.mjs';
import { displayOpen, streamOpen } from './systems.mjs';
import { quantile } from './table.mjs';
import { browserOpen, clockOffset, viewerOpen } from './viewer.mjs';

const LINK = { mbits: 2, delay: 10 };
const SECONDS = +(process.env.BENCH_SECONDS ?? 60);
const scratch = mkdtempSync(join(tmpdir(), 'rd-bench.'));
process.on('exit', () => rmSync(scratch, { recursive: true }));

const display = await displayOpen();
const browser = await browserOpen();
const system = await streamOpen(display.name, scratch);
const way = await relay(system.port, LINK);
const toggles = [];
const load = start(process.env.WORKLOAD, ['-R3', '-d', display.name, '-l', 'video', 'flash'], (line) => {
  const [counter, us] = line.split(' ');
  toggles.push([+counter, us / 1000]);
});
await ready(load);
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
await browser.close();
way.close();
await stop(load);
await system.close();
await stop(display.server);
