// The processes of Supervisor: their states, and buttons for what can be done.

import { phrase } from './language.js';
import { showLog } from './logs.js';
import { byId, fill, make } from './make.js';
import { attempt, repeat } from './server.js';

const PERIOD_MS = 10000;
const SOON_MS = 700; // states change, after something was done
const TRANSIENT = ['STARTING', 'STOPPING', 'BACKOFF'];
const ORDER = ['RUNNING', 'STARTING', 'FATAL', 'BACKOFF'];
const [list] = byId('processes');

let listeners = [];

export const followServices = listener => listeners.push(listener);

const place = ({ state }) => ORDER.indexOf(state) + 1 || ORDER.length + 1;

const act = async (event, name, action) => {
  for (const button of event.target.parentElement.children)
    button.disabled = true;
  await attempt(`supervisor/process/${encodeURIComponent(name)}/${action}`, 'POST');
  again();
};

const button = (name, action) => make('button', {
  type: 'button', textContent: phrase(action), ariaLabel: `${phrase(action)} ${name}`,
  onclick: event => act(event, name, action) });

const buttonsOf = ({ name, group, state, unstoppable }) => {
  const whole = group === name ? name : `${group}:${name}`;
  const running = state === 'RUNNING' || state === 'STARTING';
  const buttons = make('span', { className: 'buttons' });
  if (running)
    buttons.append(button(whole, 'restart'));
  if (running && !unstoppable)
    buttons.append(button(whole, 'stop'));
  if (!running && state !== 'STOPPING')
    buttons.append(button(whole, 'start'));
  buttons.append(make('a', { className: 'button', href: '#/logs', textContent: phrase('showLog'),
    ariaLabel: `${phrase('showLog')} ${name}`, onclick: () => showLog(name) }));
  return buttons;
};

const rowOf = process => {
  const row = make('li', {}, make('b', { textContent: process.name }),
    make('span', { className: 'state', textContent: phrase(process.state) }),
    make('small', { textContent: process.description }), buttonsOf(process));
  row.dataset.state = process.state;
  return row;
};

const compare = (a, b) => place(a) - place(b) || a.name.localeCompare(b.name);

const update = async () => {
  const processes = await attempt('supervisor/processes');
  if (!processes)
    return;
  processes.sort(compare);
  fill(list, processes.map(({ now, ...rest }) => rest), () => processes.length ? processes.map(rowOf)
    : [make('li', { textContent: phrase('noServices') })]);
  for (const listener of listeners)
    listener(processes);
  if (processes.some(({ state }) => TRANSIENT.includes(state)))
    setTimeout(again, SOON_MS);
};

const again = repeat(update, PERIOD_MS);
