// Clipboard text both ways. To the session: with a real paste event, which no
// browser asks about, just before the key that pastes there; and on focus
// where reading was granted already. From the session: written at once, or,
// where the browser wants a gesture first, with the next one. The panel works
// everywhere.

import { phrase } from './language.js';
import { addPanel } from './panel.js';
import { flush, limit, send } from './wire.js';
import { tell } from './state.js';

const keys = document.getElementById('keys');
const [button, panel] = ['clip', 'clipboard'].map(id => document.getElementById(id));
const area = panel.querySelector('textarea');
let theirs = null;  // the session's text
let ours = null;    // this computer's, as last seen
let unwritten = false;

const kib = bytes => `${Math.ceil(bytes / 1024)} KiB`;

const message = text => {
  const { length } = new TextEncoder().encode(text);
  const event = `clipboard text/plain ${length}\n${text}`;
  if (length + 64 <= limit())
    return [event];
  tell(phrase('clipboardTooLong', { size: kib(length), most: kib(limit()) }));
  return [];
};

// Only what is new here goes out: an old text must not replace what was
// copied in the session since.
const news = text => {
  if (!text || text === ours)
    return [];
  ours = text;
  unwritten = false;
  if (text === theirs)
    return [];
  theirs = area.value = text;
  return message(text);
};

const onpaste = event => {
  event.preventDefault();
  flush(...news(event.clipboardData.getData('text/plain')));
};

// Works without the asynchronous API too (plain http), given a gesture.
const copyBySelection = text => {
  keys.value = text;
  keys.select();
  const done = document.execCommand('copy');
  keys.value = '';
  return done;
};

const write = async () => {
  const text = theirs;
  unwritten = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    if (!copyBySelection(text))
      return;
  }
  ours = text;
  unwritten = theirs !== text;
};

// clipboard MIME LENGTH, newline, that many bytes
export const onRemote = (mime, text) => {
  if (mime !== 'text/plain' || text === theirs)
    return;
  theirs = area.value = text;
  if (text !== ours)
    write();
};

// Asks for leave to read only where that is remembered (Chromium), and only
// when the user opens the panel: elsewhere each read would bring up a prompt.
const readHere = async ask => {
  try {
    const { state } = await navigator.permissions.query({ name: 'clipboard-read' });
    if (state === 'granted' || (ask && state === 'prompt'))
      news(await navigator.clipboard.readText()).forEach(send);
  } catch { /* not here, or not now: pasting still works */ }
};

const onopen = () => {
  readHere(true);
  area.focus();
  area.select();
};

export const init = () => {
  const { close } = addPanel(button, panel, onopen);
  keys.onpaste = onpaste;
  document.getElementById('copy').onclick = () => {
    theirs = area.value;
    close();
    write();
  };
  document.getElementById('give').onclick = () => {
    ours = theirs = null;
    news(area.value).forEach(send);
    close();
  };
  addEventListener('focus', async () => {
    await readHere(false);
    if (unwritten)
      write();
  });
  for (const type of ['pointerdown', 'keydown'])
    addEventListener(type, () => unwritten && write(), { capture: true });
};
