// What became of each way to the session, for who cannot connect. Nothing is
// shown before there is something to tell.

import { phrase } from './language.js';
import { waysOf } from './report.js';

const WAYS = ['udp', 'tcp', 'turn', 'turn-udp', 'turn-tcp', 'turn-tls', 'websocket', 'vnc'];
const list = document.getElementById('ways');
let outcomes = {}; // trying, works, failed; absent without any

const item = way => {
  const outcome = outcomes[way] ?? 'absent';
  const [element, name, result, advice] = ['li', 'b', 'span', 'small'].map(tag => document.createElement(tag));
  element.className = outcome;
  name.textContent = phrase(`way.${way}`);
  result.textContent = phrase(`outcome.${outcome}`);
  element.append(name, result);
  if (outcome === 'failed') {
    advice.textContent = phrase(`advice.${way.split('-')[0]}`);
    element.append(advice);
  }
  return element;
};

// Of TURN the servers that there are, or that there is none; VNC where it came to that.
const isShown = (way, _, ways) => {
  if (way === 'vnc')
    return way in outcomes;
  const servers = ways.filter(each => each.startsWith('turn-') && each in outcomes);
  return way === 'turn' ? !servers.length : !way.startsWith('turn-') || servers.includes(way);
};

const paint = () => {
  list.hidden = !Object.keys(outcomes).length;
  list.replaceChildren(...WAYS.filter(isShown).map(item));
};

// What failed is not tried before it works.
export const report = (way, outcome) => {
  if (outcome === 'trying' && outcomes[way] === 'failed')
    return;
  outcomes[way] = outcome;
  paint();
};

export const opened = async pc => (await waysOf(pc)).opened.size > 0;

// What pc has tried; once it is over, what did not open has failed.
export const examine = async (pc, over) => {
  const { tried, opened } = await waysOf(pc);
  for (const way of new Set([...tried, ...opened]))
    report(way, opened.has(way) ? 'works' : over ? 'failed' : 'trying');
};

export const clear = () => {
  outcomes = {};
  paint();
};
