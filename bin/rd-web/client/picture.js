// What gives way when the link cannot carry all: the encoder's mode, which is
// one for all viewers, or this viewer's size, which is another encoder's.

import { recall, remember } from './settings.js';
import { send } from './wire.js';

const select = document.getElementById('picture');
let half = false;

export const isHalf = () => half;

// What a new peer is to be told: nothing but a choice made here.
export const greeting = () => ['sharp', 'smooth'].includes(select.value) ? [`mode ${select.value}`] : [];

// onsize: another peer is needed.
export const init = ({ onsize }) => {
  select.value = recall('mode');
  half = select.value === 'half';
  select.onchange = () => {
    remember('mode', select.value);
    if (half !== (select.value === 'half')) {
      half = !half;
      onsize();
    } else {
      send(`mode ${select.value}`);
    }
  };
};
