// The clipboard both ways: text, HTML and pictures. To the session: with a
// real paste event, which no browser asks about, just before the key that
// pastes there; and on focus where reading was granted already. From the
// session: written at once, or, where the browser wants a gesture first, with
// the next one. The panel works everywhere.

import { FORMS, collector, identify, pack, sizeOf } from './copies.js';
import { upload } from './files.js';
import { phrase } from './language.js';
import { addPanel } from './panel.js';
import { flush, hold, send } from './wire.js';
import { tell } from './state.js';

const READ_MS = 2000; // a pasted picture is there within this
const keys = document.getElementById('keys');
const [button, panel] = ['clip', 'clipboard'].map(id => document.getElementById(id));
const [area, image] = ['textarea', 'img'].map(tag => panel.querySelector(tag));
let rule = { in: true, max: 1 << 22 };
let theirs = { id: null }; // the session's copy
let ours = null;           // which one is this computer's, as last seen
let arrivals = 0;
let unwritten = false;

const kib = bytes => `${Math.ceil(bytes / 1024)} KiB`;

const keep = copy => {
  theirs = copy;
  area.value = copy.text ?? '';
  URL.revokeObjectURL(image.src);
  image.hidden = !copy.png;
  if (copy.png)
    image.src = URL.createObjectURL(new Blob([copy.png], { type: 'image/png' }));
};

// What of it the session takes: all of its forms, or text alone.
const fitting = copy => [copy, { text: copy.text, html: copy.html }, { text: copy.text }]
  .find(part => sizeOf(part) > 0 && sizeOf(part) <= rule.max);

const messages = copy => {
  const part = fitting(copy);
  if (rule.in && part)
    return pack(part);
  tell(rule.in ? phrase('clipboardTooLong', { size: kib(sizeOf(copy)), most: kib(rule.max) }) : phrase('clipboardNotIn'));
  return [];
};

// Only what is new here goes out: an old copy must not replace what was
// copied in the session since.
const news = async copy => {
  const id = await identify(copy).catch(() => '');
  if (!id || id === ours)
    return [];
  ours = id;
  unwritten = false;
  if (id === theirs.id)
    return [];
  keep({ ...copy, id });
  return messages(copy);
};

const onpaste = async event => {
  event.preventDefault();
  const { clipboardData } = event;
  const [text, html] = ['text/plain', 'text/html'].map(type => clipboardData.getData(type));
  const files = [...clipboardData.files];
  const picture = files.find(({ type }) => type === 'image/png');
  if (files.length && !picture)
    return upload(files);
  if (picture)
    hold(READ_MS);
  const png = picture && new Uint8Array(await picture.arrayBuffer());
  return flush(...await news({ text, html, png }));
};

// Works without the asynchronous API too (plain http), given a gesture.
const copyBySelection = ({ text = '', html }) => {
  if (!text && !html)
    return false;
  keys.value = text || ' ';
  keys.select();
  keys.oncopy = event => {
    event.preventDefault();
    event.clipboardData.setData('text/plain', text);
    if (html)
      event.clipboardData.setData('text/html', html);
  };
  const done = document.execCommand('copy');
  keys.oncopy = null;
  keys.value = '';
  return done;
};

const item = copy => new ClipboardItem(Object.fromEntries(FORMS.filter(([, name]) => copy[name])
  .map(([type, name]) => [type, new Blob([copy[name]], { type })])));

const write = async () => {
  const copy = theirs;
  unwritten = true;
  try {
    if (copy.html || copy.png)
      await navigator.clipboard.write([item(copy)]);
    else
      await navigator.clipboard.writeText(copy.text);
  } catch {
    if (!copyBySelection(copy))
      return;
  }
  ours = copy.id;
  unwritten = theirs !== copy;
};

const collect = collector();

// A message with a clipboard, or a piece of one.
export const onPiece = async (...message) => {
  const copy = collect(...message);
  if (!copy)
    return;
  const arrival = ++arrivals;
  const id = await identify(copy).catch(() => '');
  if (arrival !== arrivals || id === theirs.id)
    return;
  keep({ ...copy, id });
  if (id !== ours)
    write();
};

// clipboard-rule none|in|out|both BYTES
export const onRule = ([ways, max]) => {
  rule = { in: ways === 'in' || ways === 'both', max: Number(max) };
};

const readAll = async () => {
  const copy = {};
  for (const found of await navigator.clipboard.read()) {
    for (const [type, name] of FORMS) {
      if (!found.types.includes(type))
        continue;
      const blob = await found.getType(type);
      copy[name] = name === 'png' ? new Uint8Array(await blob.arrayBuffer()) : await blob.text();
    }
  }
  return copy;
};

// Asks for leave to read only where that is remembered (Chromium), and only
// when the user opens the panel: elsewhere each read would bring up a prompt.
const readHere = async ask => {
  try {
    const { state } = await navigator.permissions.query({ name: 'clipboard-read' });
    if (state === 'granted' || (ask && state === 'prompt'))
      (await news(await readAll())).forEach(send);
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
    if (area.value !== (theirs.text ?? ''))
      keep({ text: area.value, id: area.value });
    close();
    write();
  };
  document.getElementById('give').onclick = async () => {
    const copy = area.value === (theirs.text ?? '') ? theirs : { text: area.value };
    ours = null;
    theirs = { id: null };
    close();
    (await news(copy)).forEach(send);
  };
  addEventListener('focus', async () => {
    await readHere(false);
    if (unwritten)
      write();
  });
  for (const type of ['pointerdown', 'keydown'])
    addEventListener(type, () => unwritten && write(), { capture: true });
};
