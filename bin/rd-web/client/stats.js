// The overlay: what arrives, and where a frame's time goes from the session's
// display to this window. Nothing is asked of anyone while it is closed.

import { recall, remember } from './settings.js';
import { send } from './wire.js';

const POLL_MS = 1000;
const box = document.getElementById('stats');
const stages = document.getElementById('stages');
const [summary, list] = [box.querySelector('p'), box.querySelector('dl')];

let pc = null;
let timer = 0;
let before = null;
let server = {}; // what rd-rtc said last: frames bytes resent encode_us send_us rtt_us

const number = (value, digits = 1) => Number.isFinite(value) ? value.toFixed(digits) : '–';
const ms = (value, digits = 1) => `${number(value, digits)} ms`;

// Reports by what they are about, of the received streams and the chosen path.
const read = async () => {
  const reports = [...(await pc.getStats()).values()];
  const byId = Object.fromEntries(reports.map(report => [report.id, report]));
  const inbound = kind => reports.find(r => r.type === 'inbound-rtp' && r.kind === kind) ?? {};
  const pair = byId[reports.find(r => r.type === 'transport')?.selectedCandidatePairId]
    ?? reports.find(r => r.type === 'candidate-pair' && r.nominated) ?? {};
  const video = inbound('video');
  return { video, audio: inbound('audio'), pair, codec: byId[video.codecId], remote: byId[pair.remoteCandidateId] };
};

// How much a counter of kind rose per rise of another since the last look.
const ratio = (now, kind, of, per) =>
  (now[kind][of] - (before[kind][of] ?? 0)) / (now[kind][per] - (before[kind][per] ?? 0));

const derive = now => {
  const kbits = kind => 8 * ratio(now, kind, 'bytesReceived', 'timestamp');
  const lost = now.video.packetsLost - (before.video.packetsLost ?? 0);
  const received = now.video.packetsReceived - (before.video.packetsReceived ?? 0);
  const { video, pair, codec, remote } = now;
  return {
    size: `${video.frameWidth ?? 0} × ${video.frameHeight ?? 0}`,
    codec: codec?.mimeType.replace('video/', '') ?? '',
    path: pair.id ? `${remote?.candidateType === 'relay' ? 'relayed ' : ''}${remote?.protocol ?? 'udp'}` : '',
    fps: 1000 * ratio(now, 'video', 'framesDecoded', 'timestamp'),
    kbits: kbits('video'),
    audioKbits: kbits('audio'),
    loss: lost + received > 0 ? 100 * lost / (lost + received) : 0,
    rtt: 1000 * pair.currentRoundTripTime,
    buffer: 1000 * ratio(now, 'video', 'jitterBufferDelay', 'jitterBufferEmittedCount'),
    audioBuffer: 1000 * ratio(now, 'audio', 'jitterBufferDelay', 'jitterBufferEmittedCount'),
    decode: 1000 * ratio(now, 'video', 'totalDecodeTime', 'framesDecoded'),
    freezes: video.freezeCount ?? 0,
  };
};

const row = ([name, value, kind = '']) => {
  const [term, data] = [document.createElement('dt'), document.createElement('dd')];
  term.textContent = name;
  term.className = kind;
  data.textContent = value;
  return [term, data];
};

const stage = ([name, value]) => {
  const bar = document.createElement('span');
  bar.className = `stage ${name}`;
  bar.style.flexGrow = value;
  return bar;
};

const paint = figures => {
  const steps = [
    ['encode', server.encode_us / 1000],
    ['send', server.send_us / 1000],
    ['network', figures.rtt / 2],
    ['buffer', figures.buffer],
    ['decode', figures.decode],
  ];
  const known = steps.filter(([, value]) => Number.isFinite(value));

  summary.textContent = [figures.size, figures.codec, figures.path].filter(Boolean).join(' · ');
  stages.replaceChildren(...known.map(stage));
  list.replaceChildren(...[
    ['frames', `${number(figures.fps, 0)} /s`],
    ['video', `${number(figures.kbits, 0)} kbit/s`],
    ['audio', `${number(figures.audioKbits, 0)} kbit/s, ${ms(figures.audioBuffer, 0)}`],
    ['lost', `${number(figures.loss)} %`],
    ['round trip', ms(figures.rtt)],
    ['sent again', server.resent ?? '–'],
    ['freezes', figures.freezes],
    ...steps.map(([name, value]) => [name, ms(value, 2), `stage ${name}`]),
  ].flatMap(row));
};

const poll = async () => {
  if (!pc)
    return;
  send('stats');
  const now = await read();
  if (before)
    paint(derive(now));
  before = now;
};

const run = () => {
  clearInterval(timer);
  before = null;
  if (!box.hidden) {
    poll();
    timer = setInterval(poll, POLL_MS);
  }
};

// stats KEY=VALUE ...
export const onServer = pairs => {
  server = Object.fromEntries(pairs.map(pair => pair.split('=')));
};

export const watch = connection => {
  pc = connection;
  run();
};

export const wanted = () => !box.hidden;

export const toggle = () => {
  box.hidden = !remember('stats', box.hidden);
  run();
  return !box.hidden;
};

box.hidden = !recall('stats', false);
