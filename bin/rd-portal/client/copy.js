// Text into the clipboard, and a word that it is there.

import { phrase } from './language.js';
import { byId, make } from './make.js';

const NOTE_MS = 2000;
const [note] = byId('note');

let timer;

const say = text => {
  note.textContent = text;
  note.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => note.hidden = true, NOTE_MS);
};

// Browsers have a clipboard for pages only over TLS or on the machine itself.
export const copy = async text => {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
  } else {
    const field = make('textarea', { value: text, className: 'away' });
    document.body.append(field);
    field.select();
    document.execCommand('copy');
    field.remove();
  }
  say(phrase('copied'));
};
