// Sound has an element of its own: no lip-sync delays the picture. Browsers
// keep it silent until the first gesture; <html data-sound> is on, off or
// waiting (for that gesture).

import { follow, recall, remember } from './settings.js';

const root = document.documentElement;
const audio = document.querySelector('audio');
const [hint, mute] = ['hint', 'mute'].map(id => document.getElementById(id));
let on = recall('sound');
let wake = null; // what else a gesture is to start

const show = state => {
  root.dataset.sound = state;
  mute.setAttribute('aria-pressed', state === 'on');
  hint.hidden = state !== 'waiting';
};

const apply = async () => {
  audio.muted = !on;
  if (!on || !audio.srcObject)
    return show(on ? 'waiting' : 'off');
  wake?.();
  try {
    await audio.play();
    show('on');
  } catch {
    audio.muted = true; // keeps the stream flowing: sound then starts at once
    audio.play().catch(() => {});
    show('waiting');
  }
};

const onGesture = () => {
  if (root.dataset.sound === 'waiting')
    apply();
};

export const play = ({ audio: stream, wake: starter }) => {
  audio.srcObject = stream;
  wake = starter;
  apply();
};

export const toggle = () => {
  on = remember('sound', root.dataset.sound !== 'on');
  apply();
};

const setVolume = value => audio.volume = value / 100;

follow('volume', setVolume);
setVolume(recall('volume'));

for (const type of ['pointerdown', 'pointerup', 'keydown'])
  addEventListener(type, onGesture, { capture: true });
