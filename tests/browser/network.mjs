// A bad network between pages and rd-rtc: udpimp, the only way that the two
// are told of.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const HOST = /candidate:\S+ 1 udp (\d+) (\d+(?:\.\d+){3}) (\d+) typ host.*/i;

// A line of signalling with each candidate as replace() would have it, or
// without: '' when nothing is left.
const rewrite = (text, replace) => {
  const { candidate, sdp, ...rest } = JSON.parse(text);
  const kept = candidate && replace(candidate);
  if (candidate && !kept)
    return '';
  return JSON.stringify({
    ...rest,
    candidate: kept,
    sdp: sdp?.split('\r\n')
      .map(line => line.startsWith('a=candidate:') ? replace(line) : line)
      .filter(line => line !== undefined)
      .join('\r\n'),
  });
};

// udpimp's report as { up: { packets, bytes, lost, dropped, queue_us }, down }.
const parse = line => {
  const sums = {};
  let way;
  for (const [name, value] of line.split(' ').map(word => word.split('=')))
    if (value === undefined)
      way = sums[name] = {};
    else
      way[name] = Number(value);
  return sums;
};

// Runs in the page.
export const keepPeers = () => {
  const Peer = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Peer {
    constructor(...args) {
      super(...args);
      window.peer = this;
    }
  };
};

// say(line, ms) does what udpimp.c says of its lines, after so many ms.
export const openNetwork = async (seed = 1, at = '127.0.0.1') => {
  const child = spawn('udpimp', ['-s', `${seed}`, at], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const port = Number((await lines.next()).value);
  const say = (line, ms = 0) => void child.stdin.write(`${ms} ${line}\n`);

  // The relay for the first candidate that it reaches, for others nothing.
  const relayed = () => {
    let found = false;
    return candidate => {
      const [whole, priority, address, to] = HOST.exec(candidate) ?? [];
      if (found || !whole)
        return undefined;
      found = true;
      say(`target ${address} ${to}`);
      return candidate.replace(whole, `candidate:1 1 udp ${priority} ${at} ${port} typ host`);
    };
  };
  const forward = (socket, text) => text && socket.send(text);

  // What becomes of a connection's lines of signalling from the page and to it.
  const filter = () => {
    let replace = relayed();
    return {
      up: text => rewrite(text, () => undefined),
      down(text) {
        if (JSON.parse(text).sdp)
          replace = relayed(); // begins anew
        return rewrite(text, replace);
      },
    };
  };

  return {
    port, say, filter,
    report: async () => {
      say('report');
      return parse((await lines.next()).value);
    },
    // The page's peers go through here from now on, the newest is its window.peer.
    guard: async page => {
      await page.addInitScript(keepPeers);
      await page.routeWebSocket(/\/ws\/stream(-half)?$/, socket => socket.close());
      await page.routeWebSocket(/\/ws\/signal(-half)?\b/, socket => {
        const server = socket.connectToServer();
        const { up, down } = filter();
        socket.onMessage(text => forward(server, up(text)));
        server.onMessage(text => forward(socket, down(text)));
      });
    },
    close: async () => {
      child.stdin.end();
      if (child.exitCode === null)
        await once(child, 'close');
    },
  };
};

// The counters of what the page's newest peer receives as that kind, and the
// addresses and round trip (s) of the pair of candidates it uses.
export const receives = (page, kind = 'video') => page.evaluate(async wanted => {
  const stats = await window.peer.getStats();
  const find = (type, kind) => [...stats.values()].find(r => r.type === type && (!kind || r.kind === kind));
  const pair = stats.get(find('transport').selectedCandidatePairId);
  return {
    ...find('inbound-rtp', wanted),
    way: stats.get(pair?.remoteCandidateId),
    roundTrip: pair?.currentRoundTripTime,
  };
}, kind);
