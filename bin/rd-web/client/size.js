// The display as large as this window, or as it was chosen to be. Asked for
// when this window or the choice changes, and when this window is turned to;
// never because the display has another size, so that two viewers who want
// different ones do not quarrel.

import * as monitors from './monitors.js';
import { displaySize, roomSize } from './screen.js';
import { follow, recall } from './settings.js';
import { send } from './wire.js';

const CALM_MS = 150; // a window that is being pulled at is still changing
const LEAST = 64;
const INCH = 96;     // CSS pixels

let timer = 0;
let asked = '';

const ofWindow = () => {
  const ratio = recall('dense') ? 1 : devicePixelRatio;
  return [...roomSize().map(pixels => Math.max(LEAST, Math.floor(pixels / ratio))),
    Math.min(8 * INCH, Math.max(INCH / 2, Math.round(INCH * devicePixelRatio / ratio)))];
};

// [width, height, dots per inch], or nothing to ask for.
const wanted = () => {
  const choice = recall('size');
  if (choice === 'session')
    return [];
  return choice === 'window' ? ofWindow() : [...choice.split('x').map(Number), INCH];
};

const event = () => {
  const words = monitors.combine(wanted());
  asked = words.length ? `size ${words.join(' ')}` : '';
  return asked ? [asked] : [];
};

const ask = () => {
  const before = asked;
  event().filter(text => text !== before).forEach(send);
};

const insist = () => {
  const [text] = event();
  if (text && `${monitors.total()}` !== `${displaySize()}`)
    send(text);
};

// What a new link is to be told.
export const greeting = event;

export const init = () => {
  monitors.init({ onchange: ask });
  follow('size', ask);
  follow('dense', ask);
  document.getElementById('stage').addEventListener('room', () => {
    clearTimeout(timer);
    timer = setTimeout(ask, CALM_MS);
  });
  addEventListener('focus', insist);
};
