// The overlay: what arrives, and where a frame's time goes from the session's
// display to this window. Nothing is asked of anyone while it is closed.

import { phrase } from './language.js';
import { follow, recall, remember } from './settings.js';
import { send } from './wire.js';

const POLL_MS = 1000;
const box = document.getElementById('stats');
const stages = document.getElementById('stages');
const [summary, total, list] = ['p', '#total', 'dl'].map(name => box.querySelector(name));

let report = null; // asks the transport: see report.js
let timer = 0;
let before = null;
let server = {};   // what the session said last: frames bytes resent encode_us send_us rtt_us
let shown = { frames: 0, ms: 0 }; // since the last poll: from arrival to display

const number = (value, unit, digits = 0) => `${Number.isFinite(value) ? value.toFixed(digits) : '–'} ${unit}`;

const describe = ({ width = 0, height = 0, codec, path = '–', relayed }) =>
  [`${width} × ${height}`, codec, relayed ? phrase('relayed', { path }) : path].filter(Boolean).join(' · ');

// In milliseconds, in the order a frame goes through them; the last says
// whether that was measured, at its own end, or estimated.
const journey = (now, ratio) => {
  const served = us => server.frames > 0 ? us / 1000 : NaN;
  const [buffer, decode] = [ratio('buffer', 'buffered'), ratio('decode', 'frames')];
  const own = (name, otherwise) => name in now ? ratio(name, 'frames') : otherwise;
  return [
    ['encode', served(server.encode_us), true],
    ['pace', served(server.send_us), true],
    ['network', own('network', now.roundTrip / 2), false],
    ['buffer', buffer, true],
    ['decode', decode, true],
    ['render', own('render', Math.max(0, shown.ms / shown.frames - buffer - decode)), 'render' in now],
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
  const rise = name => now[name] - (before[name] ?? 0);
  const ratio = (of, per) => rise(of) / rise(per);
  const steps = journey(now, ratio);
  const known = steps.filter(([, value]) => Number.isFinite(value));
  const lost = rise('lost') / (rise('lost') + rise('received'));

  summary.textContent = describe(now);
  stages.replaceChildren(...known.map(bar));
  total.textContent = phrase('stats.total', { ms: known.reduce((sum, [, value]) => sum + value, 0).toFixed(1) });
  list.replaceChildren(...[
    ...steps.map(([name, value, measured]) => [`stage.${name}`, `${measured ? '' : '≈ '}${number(value, 'ms', 2)}`, `stage ${name}`]),
    ['stats.frames', number(1000 * ratio('frames', 'at'), '/s')],
    ['stats.video', number(8 * ratio('bytes', 'at'), 'kbit/s')],
    ['stats.sound', number(8 * ratio('soundBytes', 'at'), 'kbit/s')],
    ['stats.soundBuffer', number(ratio('soundBuffer', 'soundBuffered'), 'ms')],
    ['stats.lost', number(100 * (lost || 0), '%', 1)],
    ['stats.resent', server.resent ?? '–'],
    ['stats.roundTrip', number(now.roundTrip, 'ms', 1)],
  ].flatMap(row));
};

const poll = async () => {
  if (!report)
    return;
  send('stats');
  const now = await report();
  if (before)
    paint(now);
  before = now;
  shown = { frames: 0, ms: 0 };
};

// Each frame says when it came and when it will be seen, as far as the
// browser knows.
const watchFrames = mine => {
  const video = document.querySelector('video.front');
  video?.requestVideoFrameCallback((_, { receiveTime, expectedDisplayTime }) => {
    if (mine !== timer)
      return;
    if (receiveTime)
      shown = { frames: shown.frames + 1, ms: shown.ms + expectedDisplayTime - receiveTime };
    watchFrames(mine);
  });
};

const run = () => {
  clearInterval(timer);
  timer = 0;
  before = null;
  if (box.hidden)
    return;
  poll();
  timer = setInterval(poll, POLL_MS);
  watchFrames(timer);
};

// stats KEY=VALUE ...
export const onServer = pairs => {
  server = Object.fromEntries(pairs.map(pair => pair.split('=')));
};

export const watch = ask => {
  report = ask;
  run();
};

export const isOpen = () => !box.hidden;

export const toggle = () => remember('stats', box.hidden);

const show = wanted => {
  box.hidden = !wanted;
  run();
};

follow('stats', show);
show(recall('stats'));
