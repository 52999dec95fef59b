// The logs of all services as they grow, over a WebSocket (see rd-portal(1)).
// What is said while it is paused is kept, as far as lines are kept at all.

import { plain, spansOf } from './ansi.js';
import { copy } from './copy.js';
import { phrase } from './language.js';
import { byId, make } from './make.js';

const KEPT = 2000;
const RETRY_MS = 2000;
const [file, search, pause, copyButton, download, place] =
  byId('file', 'search', 'pause', 'copy', 'download', 'lines');

let lines = []; // { file, text, node }
let waiting = [];
let paused = false;
let again = false; // the server tells again what it has told

const nameOf = path => path.replace(/\.log$/, '');

const isWanted = line => (!file.value || line.file === file.value) &&
  plain(line.text).toLowerCase().includes(search.value.toLowerCase());

const show = line => line.node.hidden = !isWanted(line);

const lineOf = (name, text) => {
  const line = { file: name, text, node: make('div', {}, make('b', { textContent: nameOf(name) }), ...spansOf(text)) };
  show(line);
  return line;
};

const addFile = name => {
  if (![...file.options].some(({ value }) => value === name))
    file.append(make('option', { value: name, textContent: nameOf(name) }));
};

// Forget the last lines of a file; where the first of them was.
const drop = (name, count) => {
  let at = null;
  for (let i = lines.length - 1; i >= 0 && count; i--)
    if (lines[i].file === name) {
      at = lines[i].node.nextSibling;
      lines[i].node.remove();
      lines.splice(i, 1);
      count--;
    }
  return at;
};

const add = (name, texts, old) => {
  const before = drop(name, old);
  const fresh = texts.map(text => lineOf(name, text));
  const at = before ? lines.findIndex(({ node }) => node === before) : lines.length;
  lines.splice(at, 0, ...fresh);
  for (const { node } of fresh)
    place.insertBefore(node, before);
  for (const { node } of lines.splice(0, Math.max(0, lines.length - KEPT)))
    node.remove();
};

const isAtEnd = () => place.scrollTop + place.clientHeight >= place.scrollHeight - 8;

const obey = ({ type, text, texts, rows, file: name }) => {
  const follows = isAtEnd();
  addFile(name);
  if (type === 'append')
    add(name, [text], 0);
  else if (type === 'overwrite')
    add(name, [text], 1);
  else if (type === 'overwrite_block')
    add(name, texts, rows);
  if (follows)
    place.scrollTop = place.scrollHeight;
};

const receive = ({ data }) => {
  if (data === 'heartbeat' || data === 'pong')
    return;
  if (again)
    clear();
  const message = JSON.parse(data);
  if (!paused)
    obey(message);
  else if (waiting.push(message) > KEPT)
    waiting.shift();
};

const clear = () => {
  again = false;
  lines = [];
  waiting = [];
  place.replaceChildren();
};

const connect = () => {
  const socket = new WebSocket(new URL('ws-logs', location.href.replace(/^http/, 'ws')));
  again = true;
  socket.onmessage = receive;
  socket.onclose = () => setTimeout(connect, RETRY_MS);
};

const filter = () => {
  lines.forEach(show);
  download.href = file.value ? `download-logs?file=${encodeURIComponent(file.value)}` : 'download-logs';
  place.scrollTop = place.scrollHeight;
};

export const showLog = name => {
  addFile(`${name}.log`);
  file.value = `${name}.log`;
  filter();
};

file.append(make('option', { value: '', textContent: phrase('all') }));
file.onchange = search.oninput = filter;

pause.onclick = () => {
  paused = !paused;
  pause.setAttribute('aria-pressed', paused);
  pause.textContent = phrase(paused ? 'resume' : 'pause');
  if (!paused)
    waiting.splice(0).forEach(obey);
};

copyButton.onclick = () => copy(lines.filter(isWanted).map(({ text }) => plain(text)).join('\n'));

// Nothing is sent to who never looks at logs.
export const watch = () => {
  watch.once ??= connect() ?? true;
  place.scrollTop = place.scrollHeight;
};
