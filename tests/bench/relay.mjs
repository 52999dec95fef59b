// A TCP relay that carries so many bits per second towards the client, with a
// queue as home routers have: what the way to a viewer may be.
import { connect, createServer } from 'node:net';

const QUEUE = 64 * 1024; // bytes that wait, before the sender has to
const TICK_MS = 5;

export function relayOpen(port, bits) {
  const server = createServer((client) => {
    const origin = connect(port, '127.0.0.1');
    const queue = [];
    let waiting = 0, credit = 0;
    const timer = setInterval(() => {
      credit = Math.min(credit + bits / 8000 * TICK_MS, bits / 8000 * TICK_MS * 4);
      while (queue.length && credit > 0) {
        const piece = queue[0].subarray(0, Math.ceil(credit));
        queue[0] = queue[0].subarray(piece.length);
        if (!queue[0].length)
          queue.shift();
        client.write(piece);
        credit -= piece.length;
        waiting -= piece.length;
      }
      if (waiting < QUEUE)
        origin.resume();
    }, TICK_MS);
    origin.on('data', (data) => {
      queue.push(data);
      waiting += data.length;
      if (waiting >= QUEUE)
        origin.pause();
    });
    client.on('data', (data) => origin.write(data));
    const end = () => {
      clearInterval(timer);
      client.destroy();
      origin.destroy();
    };
    for (const socket of [client, origin])
      socket.setNoDelay().on('close', end).on('error', end);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () =>
    resolve({ port: server.address().port, close: () => server.close() })));
}
