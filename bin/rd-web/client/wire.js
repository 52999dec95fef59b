// The way out to the session, whatever carries it: rd-events(5) lines. What
// must arrive goes in order; pointer motion may get lost, for only the newest
// counts.

let peer = null;
let held = null;
let timer = 0;

export const use = next => {
  peer = next;
  flush();
};

export const send = event => {
  if (held)
    held.push(event);
  else
    peer?.send(event);
};

export const sendMotion = (x, y) => peer?.sendMotion(x, y);

// Keep back what is sent from here on, in order, until flush() or ms passed.
export const hold = ms => {
  held ??= [];
  clearTimeout(timer);
  timer = setTimeout(flush, ms);
};

// Send first, then what was kept back.
export const flush = (...first) => {
  const events = [...first, ...held ?? []];
  held = null;
  clearTimeout(timer);
  events.forEach(send);
};
