// A session with sound that is scrolled, typed and moved in without a pause, for
// as many events in a minute as some have in an hour: latency must not drift
// and memory must not grow.
//
// usage: soak.mjs [minutes]

import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

import { startSession } from '../browser/desktop.mjs';
import { launch, state } from '../browser/fixture.mjs';
import { keepPeers } from '../browser/network.mjs';
import { quantile } from './table.mjs';
import { clockOffset } from './viewer.mjs';

const [minutes = 60] = process.argv.slice(2).map(Number);
const TOOLS = ['rd-capture', 'rd-sound', 'rd-encode', 'rd-input', 'rd-rtc', 'rd-web'];

// Runs in the page: how long ago each frame that is shown was captured, in ms of
// this clock and the session's, and what the sound waits.
const watch = () => {
  const video = document.querySelector('video.front');
  window.ages = [];
  const look = (now, { rtpTimestamp }) => {
    video.requestVideoFrameCallback(look);
    const [{ receiver }] = window.peer.getTransceivers();
    const source = receiver.getSynchronizationSources().find((newest) => newest.rtpTimestamp === rtpTimestamp);
    if (source)
      window.ages.push(performance.now() - source.captureTimestamp);
  };
  video.requestVideoFrameCallback(look);
};

const take = async () => {
  const sound = [...(await window.peer.getStats()).values()].find(({ type, kind }) => type === 'inbound-rtp' && kind === 'audio');
  const { jitterBufferDelay = 0, jitterBufferEmittedCount = 0 } = window.sound ?? {};
  window.sound = sound;
  return {
    ages: window.ages.splice(0),
    buffer: 1000 * (sound.jitterBufferDelay - jitterBufferDelay) / (sound.jitterBufferEmittedCount - jitterBufferEmittedCount),
  };
};

// kB of each tool that no other process has.
const memory = (session) => Object.fromEntries(TOOLS.map((name) => [name, session.pids(name)
  .map((pid) => +/^Private_Dirty: +(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))[1])
  .reduce((a, b) => a + b, 0)]));

const session = await startSession('soak', '-s', '1024x768');
const browser = await launch('--autoplay-policy=no-user-gesture-required');
const page = await browser.newPage({ viewport: { width: 1024, height: 768 } });
await page.addInitScript(keepPeers);
await page.goto(`${session.link}#transport=webrtc`);
await state(page, 'live', 30000);
const loads = [
  session.background('xterm', '-e', 'sh', '-c', 'while :; do date +%N; sleep .03; done'),
  session.background('sh', '-c', 'sox -n -t raw -r 48000 -c 2 -e signed -b 16 - synth sine 440 | pacat --rate=48000 --channels=2 --format=s16le'),
];
await sleep(5000);
const { offset } = await clockOffset(page);
await page.evaluate(watch);
await page.evaluate(take);
const rounds = [];
let events = 0;
console.log('| minute | frames | age p10, ms | p50 | p95 | sound buffer, ms | load | ' + TOOLS.join(', kB | ') + ', kB |');
console.log('|---'.repeat(7 + TOOLS.length) + '|');
for (let minute = 1; minute <= minutes; minute++) {
  for (const end = Date.now() + 60000; Date.now() < end; events += 2) {
    await page.mouse.move(100 + events % 800, 200 + events % 500);
    await page.keyboard.press('Shift');
  }
  const { ages, buffer } = await page.evaluate(take);
  const shown = ages.map((age) => age + offset);
  const round = { buffer, memory: memory(session), ...Object.fromEntries([10, 50, 95].map((q) => [`p${q}`, quantile(shown, q / 100)])) };
  rounds.push(round);
  console.log(`| ${[minute, shown.length, ...[round.p10, round.p50, round.p95, buffer].map((ms) => ms.toFixed(1)), loadavg()[0].toFixed(1), ...Object.values(round.memory)].join(' | ')} |`);
}
const third = Math.ceil(rounds.length / 3);
const drift = (key) => quantile(rounds.slice(-third).map((round) => round[key]), 0.5) - quantile(rounds.slice(0, third).map((round) => round[key]), 0.5);
console.log(`\n${events} events; from the first third to the last: age p10 ${drift('p10').toFixed(1)} ms, `
  + `p50 ${drift('p50').toFixed(1)} ms, sound buffer ${drift('buffer').toFixed(1)} ms`);
loads.forEach((load) => load.kill());
await browser.close();
await session.stop();
process.exit();
