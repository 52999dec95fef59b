// Mouse, pen and finger: motion as soon as the browser has it, at most every
// PACE_MS, over the channel that may lose it; buttons and wheel in order, each
// where it happened. Where the pointer comes to rest is said reliably.

import { commit, focus, reconcile } from './keyboard.js';
import { toVideo } from './screen.js';
import { send, sendMotion } from './wire.js';

const PACE_MS = 4;
const REST_MS = 50;
const NOTCH = 120;     // rd-events(5) counts wheels in 1/120 of a notch
const LINE = NOTCH / 3;
const PAGE = NOTCH * 10;
const PIXEL = NOTCH / 100;
const BUTTONS = [[1, 1], [4, 2], [2, 3], [8, 8], [16, 9]]; // PointerEvent.buttons bit, X button

const stage = document.getElementById('stage');
let at = [0, 0];
let moved = '';  // where the last motion sent was
let rested = ''; // and the last one sent reliably
let pace = 0;    // timers
let rest = 0;
let pressed = 0; // bits of the buttons down

const sendNow = () => {
  if (moved === `${at}`)
    return;
  moved = `${at}`;
  sendMotion(...at);
  clearTimeout(rest);
  rest = setTimeout(settle, REST_MS);
};

const settle = () => {
  if (rested !== `${at}`)
    send(`motion ${at[0]} ${at[1]}`);
  rested = `${at}`;
};

const onmove = ({ clientX, clientY }) => {
  at = toVideo(clientX, clientY);
  if (pace)
    return;
  sendNow();
  pace = setTimeout(() => {
    pace = 0;
    sendNow();
  }, PACE_MS);
};

const setButtons = buttons => {
  for (const [bit, button] of BUTTONS)
    if ((buttons ^ pressed) & bit) {
      sendNow();
      send(`button ${button} ${buttons & bit ? 'down' : 'up'} ${at[0]} ${at[1]}`);
      rested = `${at}`;
    }
  pressed = buttons;
};

// While one button is down the others come as pointermove: the bits tell.
const onpointer = event => {
  reconcile(event);
  onmove(event);
  if (event.buttons === pressed)
    return;
  commit();
  setButtons(event.buttons);
};

const onpointerdown = event => {
  event.preventDefault();
  focus();
  if (event.pointerId)
    stage.setPointerCapture(event.pointerId); // drags may leave the window
  onpointer(event);
};

// A notched wheel says exactly how many notches; all else says how far.
const units = (delta, wheelDelta, mode) => {
  if (wheelDelta && wheelDelta % NOTCH === 0 && wheelDelta !== -3 * delta)
    return -wheelDelta;
  return delta * [PIXEL, LINE, PAGE][mode];
};

let remainder = [0, 0];

const onwheel = event => {
  event.preventDefault();
  reconcile(event);
  commit();
  onmove(event);
  const { deltaX, deltaY, wheelDeltaX, wheelDeltaY, deltaMode, shiftKey } = event;
  let exact = [units(deltaX, wheelDeltaX, deltaMode), units(deltaY, wheelDeltaY, deltaMode)];
  if (shiftKey && !deltaY)
    exact.reverse(); // the session turns Shift and wheel sideways itself
  exact = exact.map((value, i) => value + remainder[i]);
  const whole = exact.map(Math.trunc);
  remainder = exact.map((value, i) => value - whole[i]);
  sendNow();
  settle();
  if (whole[0] || whole[1])
    send(`scroll ${whole[0]} ${whole[1]}`);
};

// The link is new: nothing is held there, and it has not heard of us.
export const reset = () => {
  pressed = 0;
  moved = rested = '';
};

export const releaseAll = () => setButtons(0);

export const init = () => {
  Object.assign(stage, { onpointerdown, onpointerup: onpointer, onpointermove: onpointer, oncontextmenu: () => false });
  stage.onpointercancel = stage.onlostpointercapture = releaseAll;
  stage.addEventListener('pointerrawupdate', onmove); // before the frame pointermove waits for
  stage.addEventListener('wheel', onwheel, { passive: false });
  addEventListener('blur', releaseAll);
};
