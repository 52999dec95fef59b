// The transports to the session, tried one after the other and then together:
// the one whose picture comes first is used, the others are closed. When they
// are slow, or all dead, a last one joins.

import { phrase } from './language.js';

const HEAD_START_MS = 500;
const SLOW_MS = 5000;
const PATIENCE_MS = 15000;

// Why none led anywhere: that a WebSocket could not be opened is to be looked
// into; else what no other try will change says most.
const worst = ends => {
  const { reason } = ends.find(end => !end.reason) ?? ends.find(end => end.fatal) ?? ends[0];
  return { reason, fatal: ends.every(end => end.fatal) };
};

// The next starts when the one before is dead or has had its head start.
// Resolves to { peer, open } or to { end: { reason, fatal } }.
export const race = (openers, options, last) => new Promise(resolve => {
  const waiting = [...openers];
  const running = new Set();
  const ends = [];
  let timer = 0;

  const finish = (result, winner) => {
    [timer, slow, patience].forEach(clearTimeout);
    running.delete(winner);
    running.forEach(peer => peer.close());
    running.clear();
    waiting.length = 0;
    last = null;
    resolve(result);
  };
  const all = ask => Promise.all([...running].map(ask));
  const slow = setTimeout(async () => {
    await all(peer => peer.examine(false));
    options.onstep('slow');
    join();
  }, SLOW_MS);
  const patience = setTimeout(async () => {
    const opened = await all(peer => peer.isOpen());
    await all(peer => peer.examine(true));
    const reason = phrase(opened.includes(true) ? 'noPicture' : 'noWay');
    finish({ end: { reason, ...ends.find(({ fatal }) => fatal), fatal: false } });
  }, PATIENCE_MS);

  const next = () => {
    clearTimeout(timer);
    const open = waiting.shift();
    if (!open)
      return;
    timer = setTimeout(next, HEAD_START_MS);
    run(open);
  };
  const join = () => {
    if (last)
      run(last);
    last = null;
  };
  const run = open => {
    const peer = open(options);
    running.add(peer);
    peer.picture.then(() => running.has(peer) && finish({ peer, open }, peer));
    peer.dead.then(async end => {
      if (!running.delete(peer))
        return;
      ends.push(end);
      next();
      if (!running.size)
        join();
      await peer.examine(true);
      peer.close();
      if (!running.size)
        finish({ end: worst(ends) });
    });
  };
  next();
});
