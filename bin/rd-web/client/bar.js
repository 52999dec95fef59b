// The bar: out of the way until the pointer meets its handle, a finger taps it,
// or Control, Alt and Shift are pressed together; Escape gives the keys back.

import * as clipboard from './clipboard.js';
import * as files from './files.js';
import * as keyboard from './keyboard.js';
import * as keyrow from './keyrow.js';
import * as monitors from './monitors.js';
import * as mouse from './mouse.js';
import * as preferences from './preferences.js';
import * as sound from './sound.js';
import * as stats from './stats.js';
import { phrase } from './language.js';
import { follow, recall, remember } from './settings.js';
import { tell } from './state.js';

const LINGER_MS = 700;
const GREETING_MS = 3000;

const [bar, handle, mute, volume, type, grab, meter, more, full] =
  ['bar', 'handle', 'mute', 'volume', 'type', 'grab', 'meter', 'more', 'full'].map(id => document.getElementById(id));
let timer = 0;

const open = wanted => {
  clearTimeout(timer);
  bar.classList.toggle('open', wanted);
  handle.setAttribute('aria-expanded', wanted);
};

const closeAfter = ms => {
  clearTimeout(timer);
  timer = setTimeout(open, ms, false);
};

const leave = () => {
  closeAfter(LINGER_MS);
  keyboard.focus();
};

// Full screen lets the page have the system's keys too, where the browser can.
const toggleFull = async () => {
  if (document.fullscreenElement)
    return document.exitFullscreen();
  await document.documentElement.requestFullscreen({ navigationUI: 'hide' });
  await navigator.keyboard?.lock?.();
  if (navigator.keyboard?.lock)
    tell(phrase('holdEscape'));
};

export const toggle = () => {
  if (bar.contains(document.activeElement))
    return leave();
  open(true);
  mute.focus();
};

// Seen once, so that people know it is there.
export const greet = () => {
  open(true);
  closeAfter(GREETING_MS);
};

export const showLock = locked => {
  grab.setAttribute('aria-pressed', locked);
  if (locked)
    tell(phrase('escapeFrees'));
};

const showMeter = () => meter.setAttribute('aria-pressed', stats.isOpen());

export const init = () => {
  // A finger's click would go to what appears under it: it has the handle.
  bar.onpointerenter = ({ pointerType }) =>
    (pointerType !== 'touch' || bar.classList.contains('open')) && open(true);
  bar.onpointerleave = () => bar.contains(document.activeElement) || closeAfter(LINGER_MS);
  bar.onfocusout = ({ relatedTarget }) => bar.contains(relatedTarget) || closeAfter(LINGER_MS);
  // The keys keep the focus.
  bar.onmousedown = event => event.target === volume || event.preventDefault();
  bar.addEventListener('keydown', ({ key }) => key === 'Escape' && leave());
  handle.onclick = () => open(true);
  mute.onclick = sound.toggle;
  follow('volume', value => volume.value = value);
  volume.value = recall('volume');
  volume.oninput = () => remember('volume', volume.valueAsNumber);
  volume.onpointerup = keyboard.focus;
  clipboard.init();
  files.init();
  preferences.init();
  keyrow.init();
  type.onclick = () => {
    const shown = keyboard.toggleOnScreen();
    keyrow.show(shown);
    type.setAttribute('aria-pressed', shown);
  };
  grab.onclick = () => mouse.toggleLock().then(keyboard.focus)
    .catch(error => tell(phrase('noLock', { error: error.message })));
  meter.onclick = () => {
    stats.toggle();
    showMeter();
  };
  showMeter();
  more.hidden = !monitors.isFirst || matchMedia('(pointer: coarse)').matches;
  more.onclick = monitors.add;
  full.hidden = !document.fullscreenEnabled;
  full.onclick = () => toggleFull().then(keyboard.focus)
    .catch(error => tell(phrase('noFullScreen', { error: error.message })));
  document.addEventListener('fullscreenchange', () => full.setAttribute('aria-pressed', !!document.fullscreenElement));
};
