// JSON messages to and from rd-rtc over rd-web's WebSocket. Messages sent
// before it is open wait, so that the offer is made while it connects.

export const address = route => {
  const url = new URL(`ws/${route}`, document.baseURI);
  url.protocol = url.protocol.replace('http', 'ws');
  url.search = url.hash = '';
  return url;
};

export const openSignalling = ({ route, onopen, onmessage, onclose }) => {
  const socket = new WebSocket(address(route));
  const waiting = [];
  let opened = false;

  socket.onopen = () => {
    opened = true;
    onopen();
    waiting.splice(0).forEach(text => socket.send(text));
  };
  socket.onmessage = ({ data }) => onmessage(JSON.parse(data));
  socket.onclose = () => onclose(opened);

  return {
    send(message) {
      const text = JSON.stringify(message);
      if (socket.readyState === WebSocket.OPEN)
        socket.send(text);
      else
        waiting.push(text);
    },
    close() {
      socket.onmessage = socket.onclose = null;
      socket.close();
    },
  };
};
