// While anything is held down the session hears of us every second: the link
// may hang with a key down, and then the session lets go by itself.

import { send } from './wire.js';

const BEAT_MS = 1000;

const holders = new Set();
let timer = 0;

const beat = () => {
  timer = 0;
  if (!holders.size)
    return;
  send('alive');
  timer = setTimeout(beat, BEAT_MS);
};

export const holds = (who, anything) => {
  if (anything)
    holders.add(who);
  else
    holders.delete(who);
  if (anything && !timer)
    beat();
};
