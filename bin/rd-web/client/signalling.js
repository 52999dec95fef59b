// JSON messages to and from rd-rtc over rd-web's WebSocket. Messages sent
// before it is open wait, so that the offer is made while it connects. When it
// breaks another one leads to the same rd-rtc, which has a seat in rd-web.

const AGAIN_MS = 500;
const AWAY_MS = 15000; // the seat is kept a little longer

export const address = (route, query = '') => {
  const url = new URL(`ws/${route}`, document.baseURI);
  url.protocol = url.protocol.replace('http', 'ws');
  url.search = query;
  url.hash = '';
  return url;
};

const newToken = () => [...crypto.getRandomValues(new Uint8Array(16))]
  .map(byte => byte.toString(16).padStart(2, '0')).join('');

// onopen(again), also when it is open again; onclose(opened) when it is closed
// for good.
export const openSignalling = ({ route, onopen, onmessage, onclose }) => {
  const token = newToken();
  const waiting = [];
  let socket = null;
  let opened = false;
  let broke = 0; // when; 0 while it is open
  let timer = 0;

  const connect = () => {
    socket = new WebSocket(address(route, `${opened ? 'resume' : 'seat'}=${token}`));
    socket.onopen = () => {
      const again = opened;
      [opened, broke] = [true, 0];
      onopen(again);
      waiting.splice(0).forEach(text => socket.send(text));
    };
    socket.onmessage = ({ data }) => onmessage(JSON.parse(data));
    socket.onclose = ({ code }) => opened && code === 1006 ? again() : onclose(opened);
  };

  // A server that answers, but not to this, has no seat any more.
  const again = () => {
    const first = !broke;
    broke ||= performance.now();
    if (performance.now() - broke > AWAY_MS)
      return onclose(true);
    if (first)
      return connect();
    fetch(document.baseURI, { method: 'HEAD', cache: 'no-store' })
      .then(() => onclose(true), () => timer = setTimeout(connect, AGAIN_MS));
  };

  const leave = () => {
    clearTimeout(timer);
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  };

  connect();
  return {
    send(message) {
      const text = JSON.stringify(message);
      if (socket.readyState === WebSocket.OPEN)
        socket.send(text);
      else
        waiting.push(text);
    },
    // Nothing comes any more: it may be open to nowhere.
    renew() {
      leave();
      broke ||= performance.now();
      connect();
    },
    close: leave,
  };
};
