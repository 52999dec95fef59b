// What gives way when the link cannot carry all: the encoder's mode, which is
// one for all viewers, or this viewer's size, which is another encoder's.

import { follow, recall } from './settings.js';
import { send } from './wire.js';

export const isHalf = () => recall('half');

// What a new peer is to be told: nothing but a choice made here.
export const greeting = () => recall('mode') === 'auto' ? [] : [`mode ${recall('mode')}`];

// onsize: another peer is needed.
export const init = ({ onsize }) => {
  follow('mode', mode => send(`mode ${mode}`));
  follow('half', onsize);
};
