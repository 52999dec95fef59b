// Files both ways: dropped on the page, pasted or chosen, they go to the
// session one after the other; the session's folder is a list to save from,
// and rd-send saves by itself. Only who is in control sees any of it.

import { phrase } from './language.js';
import { addPanel } from './panel.js';
import { tell } from './state.js';
import { addressOf, forget, put } from './upload.js';

const SHOW_MS = 200; // between two looks at how far it is
const root = document.documentElement;
const [button, panel, overlay, rows, list, folder] =
  ['transfer', 'files', 'drop', 'uploads', 'store', 'folder'].map(id => document.getElementById(id));
const waiting = [];
let busy = false;

const sizeText = bytes => {
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), 4);
  return `${(bytes / 1024 ** power).toFixed(power && bytes / 1024 ** power < 10 ? 1 : 0)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][power]}`;
};

const make = (tag, properties, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

const save = path => {
  const link = make('a', { href: addressOf(path), download: '' });
  document.body.append(link);
  link.click();
  link.remove();
};

const refresh = async () => {
  const response = await fetch('files/').catch(() => null);
  if (!response?.ok)
    return list.replaceChildren(make('li', {}, phrase('filesNone')));
  const files = (await response.json()).filter(entry => !entry.folder);
  list.replaceChildren(...files.map(({ name, size }) => make('li', {},
    make('a', { href: addressOf(name), download: '', textContent: name }),
    make('small', { textContent: sizeText(size) }))));
  return null;
};

// A file's line while it is under way: its name, how far it is and what can be
// done about it.
const addRow = path => {
  const name = make('span', { textContent: path });
  const state = make('small', { textContent: phrase('fileWaits') });
  const bar = make('progress', { max: 1, value: 0, ariaLabel: path });
  const buttons = make('div', { className: 'buttons' });
  const row = make('li', {}, name, bar, state, buttons);
  rows.append(row);
  let shown = 0;
  return {
    say: text => state.textContent = text,
    progress(done, size) {
      const now = performance.now();
      if (done && now - shown < SHOW_MS)
        return;
      shown = now;
      bar.value = size ? done / size : 1;
      state.textContent = phrase('fileProgress', { done: sizeText(done), size: sizeText(size) });
    },
    // Resolves to the key of the button that was pressed.
    choose: (...keys) => new Promise(resolve => buttons.replaceChildren(...keys.map(key =>
      make('button', { type: 'button', textContent: phrase(key), onclick: () => resolve(key) })))),
    end: () => row.remove(),
  };
};

// It was not taken: the next one does not wait for the answer.
const settle = async (item, error) => {
  const { row } = item;
  const taken = error.status === 412;
  row.say(taken ? phrase('fileTaken') : phrase('fileFailed', { error: error.message }));
  if (await row.choose(...taken ? ['replace', 'skip'] : ['dismiss']) !== 'replace')
    return row.end();
  waiting.push({ ...item, replace: true });
  return run();
};

const send = async item => {
  const { file, path, row, replace } = item;
  const control = new AbortController();
  const upload = {
    file, path, replace, signal: control.signal,
    onprogress: bytes => row.progress(bytes, file.size),
    onwait: () => row.say(phrase('fileAgain')),
  };
  row.choose('cancel').then(() => control.abort());
  row.progress(0, file.size);
  try {
    await put(upload);
    row.end();
  } catch (error) {
    if (!control.signal.aborted)
      settle(item, error);
    else
      await forget(upload).then(row.end);
  }
};

// One after the other, so that they share no link among them.
const run = async () => {
  if (busy)
    return;
  busy = true;
  root.dataset.uploads = 'some';
  while (waiting.length)
    await send(waiting.shift());
  busy = false;
  root.dataset.uploads = 'none';
  refresh();
};

// files: { file, path }, the path with the folders that were chosen.
const add = files => {
  if (!files.length)
    return;
  waiting.push(...files.map(({ file, path }) => ({ file, path, row: addRow(path) })));
  if (panel.hidden)
    button.click();
  run();
};

export const upload = files => add([...files].map(file => ({ file, path: file.webkitRelativePath || file.name })));

const entriesOf = reader => new Promise((resolve, reject) => reader.readEntries(resolve, reject));

// The files of what was dropped, folders opened: { file, path } each.
const walk = async entry => {
  if (entry instanceof File)
    return [{ file: entry, path: entry.name }];
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [{ file, path: entry.fullPath.slice(1) }];
  }
  const found = [];
  const reader = entry.createReader();
  for (let some; (some = await entriesOf(reader)).length;) // a hundred at a time
    for (const child of some)
      found.push(...await walk(child));
  return found;
};

const hasFiles = ({ dataTransfer }) => dataTransfer?.types.includes('Files');

const ondrop = async event => {
  overlay.hidden = true;
  if (!hasFiles(event))
    return;
  event.preventDefault();
  if (root.dataset.role === 'view')
    return tell(phrase('filesViewOnly'));
  const entries = [...event.dataTransfer.items]
    .map(item => item.webkitGetAsEntry() ?? item.getAsFile()).filter(Boolean);
  try {
    add((await Promise.all(entries.map(walk))).flat());
  } catch (error) {
    tell(phrase('fileFailed', { error: error.message }));
  }
  return null;
};

// file NAME: rd-send in the session
export const onFile = path => {
  save(path);
  tell(phrase('fileSaved', { name: path }));
  if (!panel.hidden)
    refresh();
};

export const init = () => {
  const pickers = panel.querySelectorAll('input');
  addPanel(button, panel, () => {
    refresh();
    panel.querySelector('.buttons button').focus();
  });
  panel.querySelectorAll('.pick').forEach((pick, i) => pick.onclick = () => pickers[i].click());
  folder.hidden = !('webkitdirectory' in pickers[1]);
  for (const picker of pickers)
    picker.onchange = () => {
      upload(picker.files);
      picker.value = '';
    };
  addEventListener('dragover', event => {
    if (!hasFiles(event))
      return;
    event.preventDefault();
    overlay.hidden = root.dataset.role === 'view';
  });
  addEventListener('dragleave', ({ relatedTarget }) => overlay.hidden ||= !relatedTarget);
  addEventListener('drop', ondrop);
  addEventListener('beforeunload', event => busy && event.preventDefault());
};
