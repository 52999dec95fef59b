// Who is here and who is in control, told over a WebSocket of its own (see
// rd-web(1)): seen in the corner while there are others, and in a panel.
// <html data-role> is control or view.

import { phrase } from './language.js';
import { addPanel } from './panel.js';
import { follow, recall, remember } from './settings.js';
import { address } from './signalling.js';
import { tell } from './state.js';

const RETRY_MS = 2000;
const root = document.documentElement;
const [corner, who, wish, requests, button, panel, name, crowd] =
  ['corner', 'who', 'wish', 'requests', 'people', 'crowd', 'name', 'everybody'].map(id => document.getElementById(id));

let socket = null;
let people = []; // { number, role, state, name, mine }
let me = null;

// Where nobody is counted, the picture's link tells the role it seems to have.
export const showRole = seen =>
  root.dataset.role = !me ? seen : me.state === 'controls' ? 'control' : 'view';

const say = text => socket?.readyState === WebSocket.OPEN && socket.send(text);

// What rd-web takes: no control characters, and no more bytes than it has room for.
const sayName = () => say(`name ${recall('name').replace(/\p{Cc}/gu, ' ').trim()}`.trim());

const called = person => person.mine ? phrase('you') : person.name || phrase('guest', { number: person.number });

const read = text => {
  const [first, ...lines] = text.trimEnd().split('\n').map(line => line.split(' '));
  return lines.map(([, number, role, state, , ...rest]) =>
    ({ number: +number, role, state, name: rest.join(' '), mine: number === first[1] }));
};

const make = (tag, properties, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

const action = (key, text, label = phrase(key)) =>
  make('button', { type: 'button', textContent: phrase(key), ariaLabel: label, onclick: () => say(text) });

const mayGive = to => me.role === 'control' || (me.state === 'controls' && to.role === 'control');

const itemOf = ({ number, state }, ...children) => {
  const item = make('li', {}, ...children);
  Object.assign(item.dataset, { number, state });
  return item;
};

const rowOf = person => {
  const row = itemOf(person, make('bdi', { textContent: called(person) }),
    make('small', { textContent: phrase(`person.${person.state === 'here' ? person.role : person.state}`) }));
  if (!person.mine && ['here', 'asks'].includes(person.state) && mayGive(person))
    row.append(action('handOver', `give ${person.number}`, phrase('handOverTo', { name: called(person) })));
  return row;
};

const requestOf = person => itemOf(person,
  make('p', { textContent: phrase('theyAsk', { name: called(person) }) }),
  action('allow', `give ${person.number}`),
  action('refuse', `refuse ${person.number}`));

const headline = () => {
  const holder = people.find(({ state }) => state === 'controls');
  if (!holder)
    return phrase('nobodyControls');
  return holder.mine ? phrase('youControl') : phrase('theyControl', { name: called(holder) });
};

const wished = () => {
  if (me.role === 'control')
    return ['take', 'ask'];
  return me.state === 'asks' ? ['withdraw', 'drop'] : ['askControl', 'ask'];
};

// Buttons are put in place anew only when there is something new to say, or
// they would lose the focus.
const fill = (list, rows) => {
  if (list.innerHTML !== rows.map(row => row.outerHTML).join(''))
    list.replaceChildren(...rows);
};

const paint = () => {
  const alone = !people.some(({ mine }) => !mine);
  const controls = me?.state === 'controls';
  corner.hidden = !me || (alone && controls);
  button.hidden = !me || alone;
  showRole(root.dataset.role);
  if (!me)
    return;
  const [key, text] = wished();
  who.textContent = headline();
  wish.hidden = controls;
  wish.textContent = phrase(key);
  wish.onclick = () => say(text);
  fill(requests, me.role === 'control' ? people.filter(({ state }) => state === 'asks').map(requestOf) : []);
  fill(crowd, people.map(rowOf));
};

// What happened since, in words; at first nothing did.
const news = (before, mine) => {
  const known = person => before.find(({ number }) => number === person.number);
  const now = person => people.find(({ number }) => number === person.number);
  const holder = people.find(({ state }) => state === 'controls');
  const come = people.find(person => !person.mine && !known(person));
  const gone = before.find(person => !person.mine && !now(person));
  if (mine.state === 'asks' && me.state === 'here')
    return phrase('refused');
  if (mine.state !== 'controls' && me.state === 'controls')
    return phrase('youControl');
  if (mine.state === 'controls' && holder && !holder.mine)
    return phrase('theyTook', { name: called(holder) });
  if (come)
    return phrase('theyCame', { name: called(come) });
  return gone && phrase('theyLeft', { name: called(gone) });
};

const onlist = text => {
  const [before, mine] = [people, me];
  people = read(text);
  me = people.find(person => person.mine);
  paint();
  const said = mine && me && news(before, mine);
  if (said)
    tell(said);
};

// Opened with the picture, and again when it is lost.
export const join = () => {
  if (socket)
    return;
  let opened = false;
  socket = new WebSocket(address('people'));
  socket.onopen = () => {
    opened = true;
    if (recall('name'))
      sayName();
  };
  socket.onmessage = ({ data }) => onlist(data);
  socket.onclose = () => {
    socket = me = null;
    people = [];
    paint();
    if (opened && root.dataset.state === 'live')
      setTimeout(join, RETRY_MS);
  };
};

// The link hung, and so does this one, without being told.
export const renew = () => socket?.close();

export const init = () => {
  addPanel(button, panel, () => name.focus());
  name.value = recall('name');
  name.onchange = () => remember('name', name.value);
  follow('name', value => {
    name.value = value;
    sayName();
  });
};
