// Several windows of this browser as the monitors of one display, side by side
// in their order. The first one gathers what the others want, asks the session
// for all of it and tells each its part. #screen=2 makes a window the second.

import { setPart } from './screen.js';

const number = Number(new URLSearchParams(location.hash.slice(1)).get('screen')) || 1;
const channel = new BroadcastChannel(`rd.monitors ${location.pathname}`);
const rooms = new Map(); // what the other windows want: number, [width, height]
let whole = [];

export const isFirst = number === 1;

const tell = message => channel.postMessage({ from: number, ...message });

const share = sizes => {
  let x = 0;
  const parts = {};
  for (const [name, [width, height]] of sizes) {
    parts[name] = { x, y: 0, width, height, of: whole };
    x += width;
  }
  setPart(parts[1]);
  tell({ parts });
};

// What the session is to be asked for where this window wants [width, height,
// density]: that and what the others want. Nothing where another window asks.
export const combine = words => {
  if (!isFirst || !words.length) {
    tell({ room: words.slice(0, 2) });
    return [];
  }
  const sizes = [[1, words], ...[...rooms].sort(([a], [b]) => a - b)];
  whole = [sizes.reduce((sum, [, [width]]) => sum + width, 0), Math.max(...sizes.map(([, [, height]]) => height))];
  share(sizes);
  return [...words, ...sizes.slice(1).flatMap(([, size]) => size)];
};

// The size of the display that was asked for.
export const total = () => whole;

// Another window, where one can still be had.
export const add = () => {
  const free = [2, 3, 4].find(name => !rooms.has(name));
  if (free)
    open(`${location.pathname}#screen=${free}`, `rd-screen-${free}`, 'popup,width=1280,height=800');
};

// onchange: what combine() says may be another now.
export const init = ({ onchange }) => {
  channel.onmessage = ({ data: { from, room, gone, who, parts } }) => {
    if (parts && !isFirst)
      setPart(parts[number]);
    else if (who && !isFirst)
      onchange();
    if (!isFirst || !(room || gone))
      return;
    if (room?.length)
      rooms.set(from, room);
    else
      rooms.delete(from);
    onchange();
  };
  addEventListener('pagehide', () => isFirst || tell({ gone: true }));
  if (isFirst)
    tell({ who: true });
};
