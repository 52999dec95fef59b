// The session's pointer: motion as soon as it happens, at most every PACE_MS,
// over the channel that may lose it; buttons and wheel in order, each where it
// happened. Where the pointer comes to rest is said reliably.

import * as cursor from './cursor.js';
import { holds } from './held.js';
import { nearest, toVideo } from './screen.js';
import { send, sendMotion } from './wire.js';

const PACE_MS = 4;
const REST_MS = 50;
const BUTTONS = [[1, 1], [4, 2], [2, 3], [8, 8], [16, 9]]; // PointerEvent.buttons bit, X button

export const NOTCH = 120; // rd-events(5) counts wheels in 1/120 of a notch
const PINCH = NOTCH / Math.log(1.15); // what a notch zooms by in most programs

let point = null;  // of the window
let at = [0, 0];   // of the display
let turned = null; // instead: how far it moved since it was said
let moved = '';    // where the last motion sent was
let rested = '';   // and the last one sent reliably
let pace = 0;      // timers
let rest = 0;
let pressed = 0; // bits of the buttons down
let scrolled = [0, 0];
let pinched = 0;

const settle = () => {
  if (!turned && rested !== `${at}`)
    send(`motion ${at[0]} ${at[1]}`);
  rested = `${at}`;
};

const sendPlace = () => {
  if (moved === `${at}`)
    return;
  moved = `${at}`;
  sendMotion(...at);
  clearTimeout(rest);
  rest = setTimeout(settle, REST_MS);
};

const whole = numbers => numbers.map(Math.trunc);

const sendTurn = () => {
  const [x, y] = whole(turned);
  if (x || y)
    send(`move ${x} ${y}`);
  turned = [turned[0] - x, turned[1] - y];
};

const sendNow = () => turned ? sendTurn() : sendPlace();

const sendSoon = () => {
  if (pace)
    return;
  sendNow();
  pace = setTimeout(() => {
    pace = 0;
    sendNow();
  }, PACE_MS);
};

export const moveTo = (x, y) => {
  point = [x, y];
  at = toVideo(x, y);
  cursor.follow(point);
  sendSoon();
};

// By so many pixels of the window, from its middle at first.
export const moveBy = (x, y) => {
  const [fromX, fromY] = point ?? [innerWidth / 2, innerHeight / 2];
  moveTo(...nearest(fromX + x, fromY + y));
};

// Only how far it moves counts from here on, or where it is again.
export const setRelative = on => {
  sendNow();
  turned = on ? [0, 0] : null;
  cursor.setLocked(on);
  moved = rested = '';
};

export const turnBy = (x, y) => {
  turned = [turned[0] + x, turned[1] + y];
  sendSoon();
};

export const buttons = () => pressed;

export const setButtons = wanted => {
  for (const [bit, button] of BUTTONS)
    if ((wanted ^ pressed) & bit) {
      sendNow();
      send(`button ${button} ${wanted & bit ? 'down' : 'up'}${turned ? '' : ` ${at[0]} ${at[1]}`}`);
      rested = `${at}`;
    }
  pressed = wanted;
  holds('buttons', pressed);
};

// In 1/120 of a notch, fractions of them included.
export const scroll = (x, y) => {
  scrolled = [scrolled[0] + x, scrolled[1] + y];
  const now = whole(scrolled);
  scrolled = [scrolled[0] - now[0], scrolled[1] - now[1]];
  sendNow();
  settle();
  if (now[0] || now[1])
    send(`scroll ${now[0]} ${now[1]}`);
};

// Two fingers' distance grew by e to that power: the wheel with Control, by
// whole notches, for Control alone means something too.
export const pinch = power => {
  pinched -= power * PINCH;
  const now = NOTCH * Math.trunc(pinched / NOTCH);
  pinched -= now;
  sendNow();
  settle();
  if (now)
    ['key Control_L down', `scroll 0 ${now}`, 'key Control_L up'].forEach(send);
};

// The link is new: nothing is held there, and it has not heard of us, nor maybe
// the one before of where our pointer is now.
export const reset = () => {
  pressed = 0;
  moved = rested = '';
  if (point && !turned && document.hasFocus())
    sendSoon();
};

export const releaseAll = () => setButtons(0);
