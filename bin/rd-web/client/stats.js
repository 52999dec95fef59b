// The overlay: what arrives, and where a frame's time goes from the session's
// display to this window. Nothing is asked of anyone while it is closed.

import { phrase } from './language.js';
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

const number = (value, unit, digits = 0) => `${Number.isFinite(value) ? value.toFixed(digits) : '–'} ${unit}`;

// The reports that matter: received streams and the chosen path.
const read = async () => {
  const reports = [...(await pc.getStats()).values()];
  const byId = Object.fromEntries(reports.map(report => [report.id, report]));
  const inbound = kind => reports.find(r => r.type === 'inbound-rtp' && r.kind === kind) ?? {};
  const pair = byId[reports.find(r => r.type === 'transport')?.selectedCandidatePairId]
    ?? reports.find(r => r.type === 'candidate-pair' && r.nominated) ?? {};
  const [video, audio] = ['video', 'audio'].map(inbound);
  return { video, audio, pair, codec: byId[video.codecId], remote: byId[pair.remoteCandidateId] };
};

const describe = ({ video, codec, remote }) => [
  `${video.frameWidth ?? 0} × ${video.frameHeight ?? 0}`,
  codec?.mimeType.replace('video/', ''),
  remote?.candidateType === 'relay' ? phrase('relayed', remote) : remote?.protocol,
].filter(Boolean).join(' · ');

// In milliseconds, in the order a frame goes through them.
const journey = (now, ratio) => {
  const served = us => server.frames > 0 ? us / 1000 : NaN;
  return [
    ['encode', served(server.encode_us)],
    ['send', served(server.send_us)],
    ['network', 500 * now.pair.currentRoundTripTime],
    ['buffer', 1000 * ratio('video', 'jitterBufferDelay', 'jitterBufferEmittedCount')],
    ['decode', 1000 * ratio('video', 'totalDecodeTime', 'framesDecoded')],
  ];
};

const row = ([name, value, kind = '']) => {
  const [term, data] = [document.createElement('dt'), document.createElement('dd')];
  Object.assign(term, { textContent: phrase(name), className: kind });
  data.textContent = value;
  return [term, data];
};

const bar = ([name, value]) => {
  const element = document.createElement('span');
  element.className = `stage ${name}`;
  element.style.flexGrow = value;
  return element;
};

const paint = now => {
  const rise = (kind, name) => now[kind][name] - (before[kind][name] ?? 0);
  const ratio = (kind, of, per) => rise(kind, of) / rise(kind, per);
  const [lost, received] = [rise('video', 'packetsLost'), rise('video', 'packetsReceived')];
  const steps = journey(now, ratio);

  summary.textContent = describe(now);
  stages.replaceChildren(...steps.filter(([, value]) => Number.isFinite(value)).map(bar));
  list.replaceChildren(...[
    ['stats.frames', number(1000 * ratio('video', 'framesDecoded', 'timestamp'), '/s')],
    ['stats.video', number(8 * ratio('video', 'bytesReceived', 'timestamp'), 'kbit/s')],
    ['stats.sound', number(8 * ratio('audio', 'bytesReceived', 'timestamp'), 'kbit/s')],
    ['stats.soundBuffer', number(1000 * ratio('audio', 'jitterBufferDelay', 'jitterBufferEmittedCount'), 'ms')],
    ['stats.lost', number(received > 0 ? 100 * lost / (lost + received) : 0, '%', 1)],
    ['stats.resent', server.resent ?? '–'],
    ['stats.roundTrip', number(1000 * now.pair.currentRoundTripTime, 'ms', 1)],
    ...steps.map(([name, value]) => [`stage.${name}`, number(value, 'ms', 2), `stage ${name}`]),
  ].flatMap(row));
};

const poll = async () => {
  if (!pc)
    return;
  send('stats');
  const now = await read();
  if (before)
    paint(now);
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

export const isOpen = () => !box.hidden;

export const toggle = () => {
  box.hidden = !remember('stats', box.hidden);
  run();
};

box.hidden = !recall('stats');
