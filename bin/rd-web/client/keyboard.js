// Keys, by a hidden textarea: it has the focus, so composed text (dead keys,
// input methods, on-screen keyboards) ends up in it and pasting works in every
// browser without asking. Which keysym a key pressed is remembered by its
// place (event.code), so the same one goes up whatever the modifiers are then.

import { holds } from './held.js';
import { isCharacter, keysym } from './keysym.js';
import { agree } from './locks.js';
import { hold, send } from './wire.js';

const PASTE_MS = 100; // a browser's paste event follows its key within this

const keys = document.getElementById('keys');
const platform = navigator.userAgentData?.platform || navigator.platform;
const mac = /mac|iphone|ipad/i.test(platform);
const windows = /^win/i.test(platform);
const flags = { Shift: 'shiftKey', Control: 'ctrlKey', Alt: 'altKey', Meta: 'metaKey' };

const down = new Map(); // code -> { sym, flag }
let pending = null;     // a modifier that may yet turn out to choose a character
let chord = false;      // Control, Alt and Shift are down and nothing else was
let onchord = () => {};

export const release = code => {
  const key = down.get(code);
  if (down.delete(code))
    send(`key ${key.sym} up`);
  holds('keys', down.size);
};

export const press = (code, sym, flag) => {
  release(code);
  down.set(code, { sym, flag });
  send(`key ${sym} down`);
  holds('keys', down.size);
};

// A modifier of this computer, as events call it.
export const isDown = flag => [...down.values()].some(key => key.flag === flag);

const inShortcut = () => [...down.values()].some(({ sym }) => /^(Control|Alt|Super)_/.test(sym));

// Listeners at the textarea: something was typed; all was released.
const announce = what => keys.dispatchEvent(new Event(what));

// Option on a Mac, and the Control that Windows puts before AltGr, are sent
// only once something else than a character shows what they are.
const choosesCharacters = ({ key, code }) => mac ? key === 'Alt' : windows && code === 'ControlLeft';

export const commit = () => {
  const { code, sym, flag } = pending ?? {};
  pending = null;
  if (code)
    press(code, sym, flag);
};

// AltGr (Option on a Mac) did its work on this side: what it made is sent
// whole, and with Control or Alt held down it would mean something else.
const lift = event => {
  const third = event.getModifierState('AltGraph') || (mac && event.altKey && !event.ctrlKey && !event.metaKey);
  if (!third)
    return commit();
  pending = null;
  for (const [code, { flag }] of down)
    if (flag === 'ctrlKey' || flag === 'altKey')
      release(code);
};

// A modifier whose keyup went elsewhere (a window manager's shortcut, one of
// two Shifts on Windows) is seen to be up in every later event.
export const reconcile = event => {
  for (const [code, { flag }] of down)
    if (flag && !event[flag] && code !== event.code)
      release(code);
  if (pending && !event[pending.flag] && pending.code !== event.code)
    pending = null;
};

const isPaste = ({ key, code, ctrlKey, metaKey, altKey, shiftKey }) =>
  ((mac ? metaKey : ctrlKey) && !altKey && (key.toLowerCase() === 'v' || code === 'KeyV'))
  || (shiftKey && key === 'Insert');

const sendText = text => text.split('\n').forEach((line, i) => {
  if (i)
    send('key Return');
  for (const part of line.match(/.{1,1000}/gu) ?? []) // an event has at most 4 KiB
    send(`text ${part}`);
});

const onModifier = (event, sym, flag) => {
  if (choosesCharacters(event) && !event.getModifierState('AltGraph'))
    pending = { code: event.code, sym, flag };
  else
    press(event.code, sym, flag);
  chord = event.ctrlKey && event.altKey && event.shiftKey;
};

const onOther = (event, sym) => {
  if (isCharacter(event.key))
    lift(event);
  else
    commit();
  chord = false;
  if (!sym)
    sendText(event.key); // one key, several characters: Arabic lam-alef
  else if (mac && event.metaKey)
    send(`key ${sym}`); // its keyup never comes
  else
    press(event.code, sym);
  announce('typed');
};

const onkeydown = event => {
  reconcile(event);
  agree(event, mac);
  const { key } = event;
  if (event.isComposing || event.keyCode === 229 || key === 'Dead' || key === 'Unidentified')
    return lift(event); // the textarea gets what comes of it
  if (isPaste(event))
    hold(PASTE_MS); // onpaste puts the text before it
  else
    event.preventDefault();
  if (key === 'AltGraph' && pending?.flag === 'ctrlKey')
    pending = null;
  const sym = keysym(event, mac);
  const isName = /^[A-Z][A-Za-z0-9]+$/.test(key);
  if (event.repeat || (!sym && isName))
    return;
  if (flags[key])
    onModifier(event, sym, flags[key]);
  else
    onOther(event, sym);
};

const onkeyup = event => {
  event.preventDefault();
  if (pending?.code === event.code)
    commit();
  release(event.code);
  reconcile(event);
  agree(event, mac);
  if (chord)
    onchord();
  chord = false;
};

const typed = () => {
  const text = keys.value;
  keys.value = '';
  sendText(text);
  announce('typed');
};

export const releaseAll = () => {
  pending = null;
  chord = false;
  [...down.keys()].forEach(release);
  announce('released');
};

export const focus = () => keys.focus({ preventScroll: true });

// The on-screen keyboard of a phone comes only when asked for.
export const toggleOnScreen = () => {
  const wanted = keys.inputMode === 'none';
  keys.inputMode = wanted ? 'text' : 'none';
  keys.blur();
  focus();
  return wanted;
};

export const init = options => {
  ({ onchord } = options);
  Object.assign(keys, { onkeydown, onkeyup, onblur: releaseAll });
  // A keyboard on a screen may compose all it types; a shortcut is one letter.
  keys.oninput = event => (event.isComposing && !inShortcut()) || typed();
  keys.addEventListener('compositionend', typed);
  // Control-W in the session's terminal should not close this window unasked.
  addEventListener('beforeunload', event => {
    if (isDown('ctrlKey') || isDown('metaKey'))
      event.preventDefault();
  });
  focus();
};
