// Gamepads: what moved since the last animation frame, while one is connected
// and the page can be seen. Browsers name one only once a button is pressed.

import { phrase } from './language.js';
import { send } from './wire.js';
import { tell } from './state.js';

const PADS = 4;
const PARTS = { axis: 4, button: 17 }; // of the standard layout

const said = new Map(); // by number: what each axis and button was last
let frame = 0;

const rest = () => ({ axis: Array(PARTS.axis).fill(0), button: Array(PARTS.button).fill(0) });

const read = ({ axes, buttons }) => ({
  axis: axes.slice(0, PARTS.axis).map(value => Math.round(32767 * Math.max(-1, Math.min(1, value)))),
  button: buttons.slice(0, PARTS.button).map(({ value, pressed }) => Math.round(255 * Math.max(value, +pressed))),
});

const say = (index, now) => {
  const was = said.get(index);
  for (const part of Object.keys(PARTS))
    now[part].forEach((value, i) => value === was[part][i] || send(`gamepad ${index} ${part} ${i} ${value}`));
  said.set(index, { ...was, ...now });
};

const plug = ({ index, id }) => {
  said.set(index, rest());
  send(`gamepad ${index} on ${id.replace(/[^ -~]/g, '?').slice(0, 63) || '?'}`);
};

const unplug = index => {
  if (said.delete(index))
    send(`gamepad ${index} off`);
};

const present = () => navigator.getGamepads().filter(pad => pad?.connected && pad.index < PADS);

const look = () => {
  frame = 0;
  const pads = present();
  for (const pad of pads) {
    if (!said.has(pad.index))
      plug(pad);
    say(pad.index, read(pad));
  }
  if (pads.length)
    start();
};

const start = () => frame ||= requestAnimationFrame(look);

// The link is new: it has not heard of any.
export const reset = () => {
  said.clear();
  if (present().length)
    start();
};

// A hidden page is shown no frames.
const releaseAll = () => said.forEach((_, index) => say(index, rest()));

export const init = () => {
  if (!navigator.getGamepads)
    return; // plain http
  addEventListener('gamepadconnected', ({ gamepad }) => {
    tell(phrase('gamepad', { name: gamepad.id }));
    start();
  });
  addEventListener('gamepaddisconnected', ({ gamepad }) => unplug(gamepad.index));
  document.addEventListener('visibilitychange', () => document.hidden && releaseAll());
};
