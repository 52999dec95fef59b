// Caps and Num Lock of the session in step with this computer's. They are said
// as they are, not toggled, so it does not matter who heard of what first.

import { send } from './wire.js';

const LOCKS = [['caps', 'CapsLock'], ['num', 'NumLock']];

let theirs = null; // as the session has them, or will once it has our word

const say = isOn => LOCKS.filter(isOn).map(([name]) => name).join(' ') || 'none';

// leds none|[caps] [num] [scroll]
export const setTheirs = words => theirs = say(([name]) => words.includes(name));

// The next link says what it has.
export const reset = () => theirs = null;

// Before a key of this computer's. A lock's own key comes with the state from
// before or after it, as browsers like; keys on the screen come with none. A
// Mac has no Num Lock, for its keypad has only digits.
export const agree = (event, mac) => {
  const own = event.type === 'keydown' && LOCKS.some(([, key]) => event.key === key);
  if (theirs === null || own || !event.code)
    return;
  const ours = say(([name, key]) => event.getModifierState(key) || (mac && name === 'num'));
  if (ours !== theirs)
    send(`leds ${ours}`);
  theirs = ours;
};
