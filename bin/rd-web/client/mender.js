// Whether a peer has a path, and what is done when it breaks: ICE is restarted,
// so that the peer goes on over another one, or the same when it is back.

const PATIENCE_MS = 4000; // then another way is tried
const AGAIN_MS = 1500;

// restart() is called until there is a path and an answer to what it offered.
export const openMender = (pc, { restart, onfound, onbroken, onlost }) => {
  let found = false;
  let broken = 0; // when
  let timer = 0;

  const isWell = () => pc.connectionState === 'connected' && pc.signalingState === 'stable';

  const mend = async () => {
    clearTimeout(timer);
    timer = setTimeout(check, AGAIN_MS);
    await restart().catch(() => {}); // then it is tried again
  };

  const check = () => {
    timer = 0;
    if (broken && performance.now() - broken > PATIENCE_MS)
      onlost();
    else if (!isWell())
      mend();
  };

  const onchange = () => {
    if (pc.connectionState === 'connected') {
      found || onfound();
      found = true;
      broken && onbroken(false);
      broken = 0;
    } else if (['disconnected', 'failed'].includes(pc.connectionState)) {
      if (!found)
        return onlost();
      broken || onbroken(true);
      broken ||= performance.now();
      timer || mend();
    } else if (pc.connectionState === 'closed') {
      onlost();
    }
  };

  // Another network, perhaps: better to look now than when this path breaks.
  const ononline = () => found && !timer && mend();

  pc.onconnectionstatechange = onchange;
  addEventListener('online', ononline);
  return {
    close() {
      clearTimeout(timer);
      removeEventListener('online', ononline);
    },
  };
};
