// A link of a given rate and delay to a TCP port: all connections share what
// each direction carries, and a queue as long as a home router's.

import { connect, createServer } from 'node:net';

const QUEUE_MS = 300;
const PIECE = 1448;

// One direction: pieces leave at its rate and arrive delay later, in order.
const lane = (bytesPerMs, delay) => {
  const queue = [];
  let free = 0; // when the link has sent what it was given
  let timer = null;
  const deliver = () => {
    while (queue.length && queue[0].at <= performance.now()) {
      const { write, piece } = queue.shift();
      write(piece);
    }
    timer = queue.length ? setTimeout(deliver, queue[0].at - performance.now()) : null;
  };
  return async (bytes, write) => {
    for (let at = 0; at < bytes.length; at += PIECE) {
      const piece = bytes.subarray(at, at + PIECE);
      free = Math.max(free, performance.now()) + piece.length / bytesPerMs;
      queue.push({ at: free + delay, write, piece });
    }
    timer ??= setTimeout(deliver, delay);
    const ahead = free - performance.now() - QUEUE_MS;
    if (ahead > 0)
      await new Promise(resolve => setTimeout(resolve, ahead));
  };
};

const pump = async (from, to, carry) => {
  try {
    for await (const bytes of from)
      await carry(bytes, piece => to.writable && to.write(piece));
  } catch { /* one end is gone */ }
  await carry(Buffer.alloc(1), () => to.end());
};

export const relay = async (port, { mbits, delay }) => {
  const [up, down] = [0, 1].map(() => lane(mbits * 125, delay));
  const server = createServer({ noDelay: true }, client => {
    const origin = connect({ port, host: '127.0.0.1', noDelay: true });
    for (const socket of [client, origin])
      socket.on('error', () => [client, origin].forEach(each => each.destroy()));
    pump(client, origin, up);
    pump(origin, client, down);
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  return { port: server.address().port, close: () => server.close() };
};
