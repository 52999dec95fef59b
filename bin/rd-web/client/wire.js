// The way out to the session: rd-events(5) lines. What must arrive goes in
// order over the reliable channel; pointer motion over the lossy one, where
// only the newest counts and a sequence number lets stale ones be dropped.

const BACKLOG = 4096; // bytes of motion unsent: newer ones will come

let peer = null;
let held = null;
let timer = 0;
let seq = 0;

export const use = next => {
  peer = next;
  flush();
};

export const send = event => {
  if (held)
    held.push(event);
  else if (peer?.events.readyState === 'open')
    peer.events.send(event);
};

export const sendMotion = (x, y) => {
  if (peer?.motion.readyState === 'open' && peer.motion.bufferedAmount < BACKLOG)
    peer.motion.send(`${++seq} motion ${x} ${y}`);
};

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
