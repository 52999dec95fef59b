// Keys that keyboards on a screen lack, beside them. A modifier stays down for
// the next key; tapped twice, until it is tapped again.

import { press, release } from './keyboard.js';
import { phrase } from './language.js';

const MODIFIERS = ['Control', 'Alt', 'Shift', 'Super'];
const KEYS = ['Escape', 'Tab', 'Left', 'Down', 'Up', 'Right', 'Delete'];
const MORE = ['Insert', 'Home', 'End', 'Prior', 'Next', 'Menu'];
const FUNCTIONS = Array.from({ length: 12 }, (_, i) => `F${i + 1}`);
const GLYPHS = { Left: '←', Down: '↓', Up: '↑', Right: '→' };

const keys = document.getElementById('keys');
const row = document.getElementById('keyrow');
const modifiers = [];
const codeOf = button => `row ${button.dataset.sym}`;

const make = (sym, key) => {
  const button = Object.assign(document.createElement('button'), { type: 'button' });
  button.dataset.sym = sym;
  if (GLYPHS[sym] || !key)
    button.textContent = GLYPHS[sym] ?? sym;
  if (key) {
    const want = GLYPHS[sym] ? 'label' : 'text';
    button.dataset[want] = key;
    button[want === 'label' ? 'ariaLabel' : 'textContent'] = phrase(key);
  }
  row.append(button);
  return button;
};

const set = (button, stays) => {
  button.setAttribute('aria-pressed', stays !== 'up');
  button.dataset.stays = stays; // up, once, locked
};

const next = { up: 'once', once: 'locked', locked: 'up' };

const onmodifier = button => {
  const stays = next[button.dataset.stays];
  if (stays === 'once')
    press(codeOf(button), button.dataset.sym);
  else if (stays === 'up')
    release(codeOf(button));
  set(button, stays);
};

// The key they were for has come.
const spend = () => {
  for (const button of modifiers.filter(({ dataset }) => dataset.stays === 'once')) {
    release(codeOf(button));
    set(button, 'up');
  }
};

const addModifier = name => {
  const button = make(`${name}_L`, `key.${name}`);
  button.onclick = () => onmodifier(button);
  set(button, 'up');
  modifiers.push(button);
};

const addKey = sym => {
  const button = make(sym, FUNCTIONS.includes(sym) ? '' : `key.${sym}`);
  const down = () => press(codeOf(button), sym);
  const up = () => {
    release(codeOf(button));
    spend();
  };
  button.onpointerdown = ({ pointerId }) => {
    button.setPointerCapture(pointerId);
    down();
  };
  button.onlostpointercapture = up;
  button.onclick = ({ detail }) => { // of a keyboard
    if (detail)
      return;
    down();
    up();
  };
  return button;
};

const addMore = () => {
  const toggle = make('Fn', 'key.Fn');
  const buttons = [...MORE, ...FUNCTIONS].map(addKey);
  const show = shown => {
    toggle.setAttribute('aria-pressed', shown);
    buttons.forEach(button => button.hidden = !shown);
  };
  toggle.onclick = () => show(buttons[0].hidden);
  show(false);
};

export const show = shown => row.hidden = !shown;

// How much of the window the keyboard covers, where the window does not shrink.
const measure = () => {
  const { height, offsetTop } = visualViewport;
  document.documentElement.style.setProperty('--covered', `${Math.max(0, Math.round(innerHeight - height - offsetTop))}px`);
};

export const init = () => {
  MODIFIERS.forEach(addModifier);
  KEYS.forEach(addKey);
  addMore();
  keys.addEventListener('typed', spend);
  keys.addEventListener('released', () => modifiers.forEach(button => set(button, 'up')));
  for (const type of ['resize', 'scroll'])
    visualViewport?.addEventListener(type, measure);
};
