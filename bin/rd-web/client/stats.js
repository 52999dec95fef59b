// The overlay: what arrives, and where a frame's time goes from the session's
// display to this window. Nothing is asked of anyone while it is closed.

import { phrase } from './language.js';
import { follow, recall, remember } from './settings.js';
import { openClock } from './clock.js';
import { openGaps } from './gaps.js';
import { send } from './wire.js';

const POLL_MS = 1000;
const box = document.getElementById('stats');
const stages = document.getElementById('stages');
const [summary, total, list] = ['p', '#total', 'dl'].map(name => box.querySelector(name));

let peer = null;
let timer = 0;
let before = null;
let server = {}; // what the session said last: see rd-rtc(1)
let clock = openClock();
let gaps = openGaps();
let seen = {};   // since the last poll, sums of ms: see onframe

const number = (value, unit, digits = 0) => `${Number.isFinite(value) ? value.toFixed(digits) : '–'} ${unit}`;

const describe = ({ width = 0, height = 0, codec, path = '–', relayed }) =>
  [`${width} × ${height}`, codec, relayed ? phrase('relayed', { path }) : path].filter(Boolean).join(' · ');

const forget = () => seen = { frames: 0, shown: 0, timed: 0, travelled: 0 };

// captured by the session's clock and NaN where that is not known, arrived and
// shown by this one, in ms.
const onframe = ({ captured, arrived, shown }) => {
  gaps.add(shown);
  seen.frames++;
  seen.shown += shown - arrived;
  if (captured) {
    seen.timed++;
    seen.travelled += arrived - captured;
  }
};

// In milliseconds, in the order a frame goes through them; the last says
// whether that was measured or estimated.
const journey = (now, ratio) => {
  const served = us => server.frames > 0 ? us / 1000 : NaN;
  const [capture, encode, pace] = [server.capture_us, server.encode_us, server.send_us].map(served);
  const [buffer, decode] = [ratio('buffer', 'buffered'), ratio('decode', 'frames')];
  const onItsWay = seen.travelled / seen.timed + clock.ahead() - capture - encode - (pace || 0);
  return [
    ['capture', capture, true],
    ['encode', encode, true],
    ['pace', pace, true],
    ['network', Number.isFinite(onItsWay) ? Math.max(0, onItsWay) : now.roundTrip / 2, false],
    ['buffer', buffer, true],
    ['decode', decode, true],
    ['render', Math.max(0, seen.shown / seen.frames - (buffer || 0) - decode), false],
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
    ['stats.frozen', `${gaps.freezes} · ${number(gaps.frozen, 'ms')}`],
    ['stats.video', number(8 * ratio('bytes', 'at'), 'kbit/s')],
    ['stats.sound', number(8 * ratio('soundBytes', 'at'), 'kbit/s')],
    ['stats.soundBuffer', number(ratio('soundBuffer', 'soundBuffered'), 'ms')],
    ['stats.carries', number(server.bitrate > 0 ? server.bitrate / 1000 : NaN, 'kbit/s')],
    ['stats.lost', number(100 * (lost || 0), '%', 1)],
    ['stats.resent', server.resent ?? '–'],
    ['stats.roundTrip', number(now.roundTrip ?? clock.roundTrip(), 'ms', 1)],
  ].flatMap(row));
};

const poll = async () => {
  if (!peer)
    return;
  clock.ask();
  send(`stats ${gaps.told()}`);
  const now = await peer.report();
  if (before)
    paint(now);
  before = now;
  forget();
};

const run = () => {
  clearInterval(timer);
  before = null;
  peer?.watch(box.hidden ? null : onframe);
  if (box.hidden)
    return;
  [clock, gaps] = [openClock(), openGaps()];
  forget();
  poll();
  timer = setInterval(poll, POLL_MS);
};

// stats KEY=VALUE ...
export const onServer = pairs => {
  server = Object.fromEntries(pairs.map(pair => pair.split('=')));
  clock.answer(server.now_us / 1000);
  gaps.excuse(server.rest_us / 1000);
};

export const watch = next => {
  peer = next;
  run();
};

export const isOpen = () => !box.hidden;

export const toggle = () => remember('stats', box.hidden);

const show = wanted => {
  box.hidden = !wanted;
  run();
};

follow('stats', show);
document.addEventListener('visibilitychange', () => gaps.pause());
show(recall('stats'));
