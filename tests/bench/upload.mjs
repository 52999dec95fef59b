// What an upload does to the picture: its latency over a WebSocket through a
// link of 6 Mbit/s and 20 ms either way, without an upload there, with the
// page's and with one that sends all it can.
//
// usage: upload.mjs [seconds [megabytes]]

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { home, startSession } from '../browser/desktop.mjs';
import { launch, state } from '../browser/fixture.mjs';
import { relay } from './relay.mjs';

const [seconds = 20, megabytes = 1000] = process.argv.slice(2).map(Number);
const LINK = { mbits: 6, delay: 20 };
const store = join(home, 'store');
const file = join(home, 'upload.bin');

// Runs in the page: packets of the stream (rd-packets(5)), how long each took.
const watch = () => {
  const socket = new WebSocket(new URL('ws/stream', location.href.replace('http', 'ws')));
  socket.binaryType = 'arraybuffer';
  window.seen = [];
  let rest = new Uint8Array();
  socket.onmessage = ({ data }) => {
    const now = performance.now();
    const bytes = new Uint8Array(rest.length + data.byteLength);
    bytes.set(rest);
    bytes.set(new Uint8Array(data), rest.length);
    const view = new DataView(bytes.buffer);
    let at = 0;
    for (let length; bytes.length - at >= 32; at += 32 + length) {
      length = view.getUint32(at + 8);
      if (bytes.length - at < 32 + length)
        break;
      if (view.getUint8(at + 5) & 8)
        socket.send(new TextEncoder().encode(`ack ${view.getUint32(at + 12)}\n`));
      if (view.getUint8(at + 3) === 1)
        window.seen.push(now - Number(view.getBigUint64(at + 16)) / 1000);
    }
    rest = bytes.slice(at);
  };
};

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];

const measure = async (page, ms) => {
  await page.evaluate(() => window.seen.splice(0));
  await page.waitForTimeout(ms);
  return (await page.evaluate(() => window.seen.splice(0))).sort((a, b) => a - b);
};

mkdirSync(store);
execFileSync('truncate', ['-s', `${megabytes}M`, file]);
const session = await startSession('upload', '-s', '1280x720', '-files', store);
const link = new URL(session.link);
const way = await relay(link.port, LINK);
link.port = way.port;
const browser = await launch();
const page = await browser.newPage();
await page.goto(link.href);
await state(page, 'live', 30000);
const load = session.background('xterm', '-e', 'sh', '-c', 'while :; do date +%N; sleep .04; done');
await page.evaluate(watch);
await page.waitForTimeout(3000);
const before = await measure(page, seconds * 1000);
await page.setInputFiles('input[multiple]', file);
await page.locator('#files .close').click(); // painting it is not what is measured
await page.waitForTimeout(3000);
const size = () => Math.max(0, ...readdirSync(store).map(name => statSync(join(store, name)).size));
const [began, start] = [performance.now(), size()];
const during = await measure(page, seconds * 1000);
const rate = (size() - start) * 8 / 1000 / (performance.now() - began);
await page.locator('#transfer').dispatchEvent('click');
await page.getByRole('button', { name: 'Cancel' }).click();
await page.locator('#files .close').click();
await page.evaluate(() => void fetch('files/greedy', { method: 'PUT', body: new Blob([new Uint8Array(1 << 28)]) }));
await page.waitForTimeout(3000);
const greedy = await measure(page, seconds * 1000);
// The clocks of page and packets differ by a constant: the quickest is 0.
const least = before[0];
for (const [name, times] of [['no', before], ['the page\'s', during], ['one request\'s', greedy]])
  console.log(`${name} upload: ${times.length} frames, p50 ${(quantile(times, .5) - least).toFixed(1)} ms, `
    + `p95 ${(quantile(times, .95) - least).toFixed(1)} ms above the quickest`);
console.log(`the page's upload at ${rate.toFixed(2)} Mbit/s of ${LINK.mbits}`);
load.kill();
await browser.close();
way.close();
await session.stop();
process.exit();
