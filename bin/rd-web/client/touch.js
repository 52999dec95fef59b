// Fingers, as a touchpad or as the mouse's buttons where they touch: a tap is
// a click, of the right button with two fingers or held long, of the middle
// one with three; two fingers scroll or pinch.

import * as cursor from './cursor.js';
import * as pointer from './pointer.js';
import { focus } from './keyboard.js';
import { recall } from './settings.js';

const SLOP = 10;  // pixels that a finger at rest may move
const LONG_MS = 500;
const AGAIN_MS = 300; // from one tap to the next, where each is a click
const HOLD_MS = 180;  // from a tap to the finger that drags, as touchpads have it
const NEAR = 24;      // pixels from one tap to the next that means the same place
const [LEFT, RIGHT, MIDDLE] = [1, 2, 4];
const SCROLL = pointer.NOTCH / 60; // what is under the finger stays there, in most programs
const GAIN = 1.6; // of the touchpad

const stage = document.getElementById('stage');
const fingers = new Map(); // pointerId -> [x, y]
let gesture = null;        // what they do, once it is known: one of moves
let most = 0;              // fingers at a time
let start = null;          // { middle, spread, time } when the last one came
let last = null;           // { middle, spread } at the last move
let tapped = { time: -Infinity, at: [0, 0] };
let timer = 0;
let lifting = 0; // the timer that ends a touchpad's tap

const isPad = () => recall('touch') === 'trackpad';
const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);

const measure = () => {
  const all = [...fingers.values()];
  const middle = [0, 1].map(i => all.reduce((sum, finger) => sum + finger[i], 0) / all.length);
  return { middle, spread: all.length < 2 ? 0 : distance(all[0], all[1]) };
};

// The second tap of two is meant where the first one was.
const goTo = at => {
  if (isPad())
    return;
  const again = most === 1 && start.time - tapped.time < AGAIN_MS && distance(at, tapped.at) < NEAR;
  pointer.moveTo(...again ? tapped.at : at);
};

const drag = button => {
  gesture = isPad() ? 'carry' : 'draw';
  pointer.setButtons(button);
};

const begin = now => {
  if (fingers.size === 1 && isPad() && !pointer.buttons()) {
    gesture = 'glide';
  } else if (fingers.size === 1) {
    goTo(start.middle);
    drag(LEFT);
  } else if (fingers.size === 2) {
    gesture = Math.abs(now.spread - start.spread) > distance(now.middle, start.middle) ? 'pinch' : 'scroll';
  } else {
    gesture = 'nothing';
  }
};

const glide = ([x, y], [fromX, fromY]) => pointer.moveBy((x - fromX) * GAIN, (y - fromY) * GAIN);

const moves = {
  nothing: () => {},
  glide: (now, before) => glide(now.middle, before.middle),
  carry: (now, before) => glide(now.middle, before.middle),
  draw: now => pointer.moveTo(...now.middle),
  scroll: ({ middle: [x, y] }, { middle: [fromX, fromY] }) =>
    pointer.scroll((fromX - x) * SCROLL, (fromY - y) * SCROLL),
  pinch: (now, before) => now.spread && before.spread && pointer.pinch(Math.log(now.spread / before.spread)),
};

const pressLong = () => {
  goTo(start.middle);
  drag(RIGHT);
  navigator.vibrate?.(10);
};

// A touchpad's button stays down for a moment: the finger that comes back
// within it drags.
const tap = () => {
  const button = [LEFT, RIGHT, MIDDLE][most - 1] ?? LEFT;
  goTo(start.middle);
  pointer.releaseAll();
  pointer.setButtons(button);
  if (isPad() && button === LEFT)
    lifting = setTimeout(pointer.releaseAll, HOLD_MS);
  else
    pointer.releaseAll();
  tapped = { time: performance.now(), at: start.middle };
};

const isFinger = ({ pointerType }) => pointerType === 'touch';

const onstart = event => {
  event.preventDefault();
  focus();
  if (gesture === 'draw' || gesture === 'carry')
    return;
  cursor.setByFinger(isPad());
  if (isPad())
    pointer.moveBy(0, 0);
  fingers.set(event.pointerId, [event.clientX, event.clientY]);
  clearTimeout(timer);
  clearTimeout(lifting);
  if (fingers.size === 1 && !pointer.buttons())
    timer = setTimeout(pressLong, LONG_MS);
  gesture = null;
  most = fingers.size;
  start = last = { ...measure(), time: performance.now() };
};

const onmove = event => {
  if (!fingers.has(event.pointerId))
    return;
  fingers.set(event.pointerId, [event.clientX, event.clientY]);
  const now = measure();
  const moved = Math.max(distance(now.middle, start.middle), Math.abs(now.spread - start.spread));
  if (!gesture && (moved < SLOP || fingers.size < most))
    return;
  clearTimeout(timer);
  if (!gesture)
    begin(now);
  moves[gesture](now, last);
  last = now;
};

const onend = event => {
  if (!fingers.delete(event.pointerId))
    return;
  clearTimeout(timer);
  const isTap = !gesture;
  if (fingers.size) {
    if (!pointer.buttons() && !isTap)
      gesture = 'nothing';
    last = measure();
    return;
  }
  gesture = null;
  if (isTap)
    tap();
  else
    pointer.releaseAll();
};

const oncancel = event => {
  if (!fingers.delete(event.pointerId))
    return;
  clearTimeout(timer);
  gesture = null;
  pointer.releaseAll();
};

export const init = () => {
  const handlers = { pointerdown: onstart, pointermove: onmove, pointerup: onend, pointercancel: oncancel };
  for (const [type, handler] of Object.entries(handlers))
    stage.addEventListener(type, event => isFinger(event) && handler(event));
};
