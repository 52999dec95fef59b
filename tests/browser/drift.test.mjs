// Latency stays flat when the clock of the sound is wrong, and the picture does
// not wait for the sound.  A session's tools with a made-up source of sound.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { home, startDisplay } from './desktop.mjs';
import { launch, state, until } from './fixture.mjs';
import { keepPeers } from './network.mjs';

const CLIENT = fileURLToPath(new URL('../../bin/rd-web/client', import.meta.url));
const dir = join(home, 'drift');
const path = name => join(dir, name);
const children = [];
const [AUDIO, OPUS, PCM, KEY] = [2, 2, 3, 1];

let browser, server, url;

const packet = (codec, payload, captured, seq) => {
  const header = Buffer.alloc(32);
  header.set([0x52, 0x64, 1, AUDIO, codec, KEY]);
  header.writeUInt32BE(payload.length, 8);
  header.writeUInt32BE(seq, 12);
  header.writeBigUInt64BE(captured, 16);
  header.writeBigUInt64BE(captured, 24);
  return Buffer.concat([header, payload]);
};

const now = () => process.hrtime.bigint() / 1000n;

// A second of a tone, as Opus packets.
const encode = async () => {
  const encoder = spawn('rd-encode', { stdio: ['pipe', 'pipe', 'inherit'] });
  for (let i = 0; i < 100; i++) {
    const samples = new Int16Array(960);
    for (let j = 0; j < 960; j++)
      samples[j] = 8000 * Math.sin(2 * Math.PI * 440 * (i * 480 + (j >> 1)) / 48000);
    encoder.stdin.write(packet(PCM, Buffer.from(samples.buffer), BigInt(i) * 10000n, i));
  }
  encoder.stdin.end();
  const pieces = [];
  encoder.stdout.on('data', piece => pieces.push(piece));
  await once(encoder, 'close');
  const tone = [];
  for (let rest = Buffer.concat(pieces); rest.length; rest = rest.subarray(32 + rest.readUInt32BE(8)))
    tone.push(rest.subarray(32, 32 + rest.readUInt32BE(8)));
  return tone;
};

// sound.rate: packets made in the time of one; sound.burst: so many at once.
const sound = { rate: 1, burst: 1 };

const serveSound = async () => {
  const tone = await encode();
  const server = createServer(socket => {
    let made = 0;
    let next = now(); // when the next 10 ms are there
    const timer = setInterval(() => {
      const step = BigInt(Math.round(10000 / sound.rate));
      while (next + step * BigInt(sound.burst) <= now())
        for (let i = 0; i < sound.burst; i++, made++, next += step)
          socket.write(packet(OPUS, tone[made % tone.length], next, made));
    }, 5);
    socket.on('error', () => {});
    socket.on('close', () => clearInterval(timer));
  });
  server.listen(path('audio'));
  await once(server, 'listening');
  return server;
};

const start = (program, ...args) => {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] });
  children.push(child);
  return once(child.stdio[3], 'data').then(() => child);
};

before(async () => {
  mkdirSync(dir);
  const { DISPLAY } = await startDisplay();
  server = await serveSound();
  const display = ['-d', DISPLAY];
  await start('rd-capture', '-R3', ...display, '-l', path('screen'));
  await start('rd-encode', '-R3', '-l', path('video'), path('screen'));
  await start('rd-input', '-R3', ...display, '-l', path('input'));
  const tools = name => `exec rd-${name} -e ${path('input')} ${path('video')} ${path('audio')}`;
  const web = spawn('rd-web', ['-l', '127.0.0.1:0', `/=files:${CLIENT}`, `/ws/signal=exec:${tools('rtc')}`,
    `/ws/stream=pipe:${tools('stream')}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(web);
  [url] = await once(createInterface({ input: web.stdout }), 'line');
  const load = spawn('xterm', ['-e', 'sh', '-c', 'while :; do date +%N; sleep .05; done'], { env: { ...process.env, DISPLAY }, stdio: 'ignore' });
  children.push(load);
  browser = await launch('--autoplay-policy=no-user-gesture-required');
});

after(async () => {
  await browser?.close();
  children.forEach(child => child.kill());
  server?.close();
});

const open = async (t, transport) => {
  Object.assign(sound, { rate: 1, burst: 1 });
  const page = await browser.newPage();
  t.after(() => page.close());
  await page.addInitScript(keepPeers);
  await page.goto(`${url}#stats=on&transport=${transport}`);
  await state(page, 'live', 20000);
  return page;
};

// What the page's peer holds back, in ms: means since the last call.
const heldBack = page => page.evaluate(async () => {
  const reports = [...(await window.peer.getStats()).values()].filter(({ type }) => type === 'inbound-rtp');
  const now = Object.fromEntries(reports.map(report => [report.kind, report]));
  const old = window.before ?? {};
  window.before = now;
  const mean = (kind, sum) => 1000 * (now[kind][sum] - (old[kind]?.[sum] ?? 0))
    / (now[kind].jitterBufferEmittedCount - (old[kind]?.jitterBufferEmittedCount ?? 0));
  return { sound: mean('audio', 'jitterBufferDelay'), wanted: mean('audio', 'jitterBufferTargetDelay'), picture: mean('video', 'jitterBufferDelay') };
});

// Sound of a clock that is 4 % fast: each second here is some seven minutes of
// one that is 100 ppm fast, and what is not made good waits 40 ms longer.
const FAST = 1.04;
const SECONDS = 8;
const DRIFT = 1000 * SECONDS * (FAST - 1);

test('by webrtc nothing adds up when the sound comes too fast', async t => {
  const page = await open(t, 'webrtc');
  await until('sound', async () => (await heldBack(page)).sound > 0, 20000);
  sound.rate = FAST;
  await page.waitForTimeout(SECONDS * 1000);
  await heldBack(page);
  await page.waitForTimeout(2000);
  const held = await heldBack(page);
  t.diagnostic(JSON.stringify(held));
  assert.ok(held.sound - held.wanted < DRIFT / 2, 'the sound waits because the network wavers, and for nothing else');
  assert.ok(held.picture < 50, 'the picture waits for nothing');
});

test('nor by a websocket', async t => {
  const page = await open(t, 'websocket');
  const buffer = () => page.evaluate(() => Number.parseFloat([...document.querySelectorAll('#stats dt')]
    .find(({ textContent }) => textContent === 'sound buffer')?.nextElementSibling.textContent));
  await until('sound', async () => await buffer() > 0, 20000);
  sound.rate = FAST;
  await page.waitForTimeout(SECONDS * 1000);
  const held = await buffer();
  t.diagnostic(`${held} ms`);
  assert.ok(held < DRIFT / 2);
});

test('sound that comes in bursts is held back, and the picture is not', async t => {
  const page = await open(t, 'webrtc');
  sound.burst = 30;
  let held;
  await until('a buffer', async () => {
    await page.waitForTimeout(1000);
    held = await heldBack(page);
    return held.sound > 150 && held.picture >= 0;
  }, 30000);
  await page.waitForTimeout(8000); // browsers that couple them do so bit by bit
  held = await heldBack(page);
  t.diagnostic(JSON.stringify(held));
  assert.ok(held.sound > 150 && held.picture < 50);
});
