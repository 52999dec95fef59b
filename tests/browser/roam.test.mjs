// A viewer whose network changes under it: the connection stays.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { after, before, test } from 'node:test';
import { startSession } from './desktop.mjs';
import { launch, launchIn, state, until } from './fixture.mjs';
import { openNetwork, receives } from './network.mjs';

let browser, session;

before(async () => {
  session = await startSession('roam', '-s', '1024x768');
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await session?.stop().catch(() => {});
});

// Tells whether the one rd-rtc there is now is still the only one.
const watchViewer = async () => {
  const [pid] = await until('rd-rtc', () => session.pids('rd-rtc').length === 1 && session.pids('rd-rtc'), 30000);
  return () => `${session.pids('rd-rtc')}` === `${pid}`;
};

const ufragOf = page => page.evaluate(() => /a=ice-ufrag:(.*)/.exec(window.peer.remoteDescription?.sdp)?.[1]);

// The session's page through a network, and its TCP through what can be cut.
const openPage = async t => {
  const link = new URL(await session.newLink());
  const { port } = link;
  const sockets = new Set();
  const relay = createServer(socket => {
    const server = connect(port, '127.0.0.1');
    for (const end of [socket, server]) {
      sockets.add(end);
      end.on('error', () => {});
      end.on('close', () => [socket, server].forEach(s => s.destroy()));
    }
    socket.pipe(server).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  t.after(() => relay.close());
  link.port = relay.address().port;
  const network = await openNetwork();
  t.after(() => network.close());
  const context = await browser.newContext({ viewport: { width: 1024, height: 768 } });
  t.after(() => context.close());
  const page = await context.newPage();
  await network.guard(page);
  await page.goto(link.href);
  await state(page, 'live', 20000);
  const painter = session.background('painter', '20', '100');
  t.after(() => painter.kill());
  const states = [];
  await page.exposeFunction('note', name => states.push(name));
  await page.evaluate(() => new MutationObserver(() => note(document.documentElement.dataset.state))
    .observe(document.documentElement, { attributeFilter: ['data-state'] }));
  return {
    page, network, states,
    isSame: await watchViewer(),
    cut: () => sockets.forEach(socket => socket.destroy()),
    plays: async () => {
      const { framesDecoded } = await receives(page);
      await until('frames', async () => (await receives(page)).framesDecoded > framesDecoded + 10, 30000);
    },
    ufrag: () => ufragOf(page),
  };
};

test('the WebSocket breaks, then another network comes up', async t => {
  const { page, states, isSame, cut, plays, ufrag } = await openPage(t);
  const before = await ufrag();
  cut();
  await plays();
  await page.evaluate(() => dispatchEvent(new Event('online')));
  await until('ICE to restart', async () => await ufrag() !== before, 30000);
  await plays();
  assert.ok(isSame(), 'the same rd-rtc');
  assert.deepEqual(states, [], 'and nobody noticed');
  assert.equal((await receives(page)).keyFramesDecoded, 1);
});

test('the path breaks with the WebSocket, and is back', async t => {
  const { page, network, states, isSame, cut, plays, ufrag } = await openPage(t);
  const before = await ufrag();
  network.say('both hole 1');
  await state(page, 'reconnecting', 30000);
  cut();
  network.say('both hole 0');
  await state(page, 'live', 30000);
  await until('ICE to restart', async () => await ufrag() !== before, 30000);
  await plays();
  assert.ok(isSame(), 'the same rd-rtc');
  assert.deepEqual(states, ['reconnecting', 'live']);
});

test('a NAT gives the page another port', async t => {
  const { network, states, isSame, plays } = await openPage(t);
  await plays();
  await new Promise(resolve => setTimeout(resolve, 3500)); // rd-rtc calls it settled
  network.say('rebind');
  await plays();
  assert.ok(isSame(), 'the same rd-rtc');
  assert.deepEqual(states, []);
});

// Firefox goes to no loopback address from another one.
const own = Object.values(networkInterfaces()).flat().find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

// It has no H.264 by WebRTC here: beside the page, which has its picture by
// WebSocket, a peer of the page's that has data channels alone.
test('Firefox: another network comes up, then the path breaks and is another one', { skip: !own && 'no network' }, async t => {
  const firefox = await launchIn('firefox');
  t.after(() => firefox.close());
  const network = await openNetwork(1, own);
  t.after(() => network.close());
  const page = await firefox.newPage();
  await network.guard(page);
  await page.routeWebSocket(/\/ws\/stream$/, socket => socket.connectToServer());
  await page.goto(`${await session.newLink()}#transport=websocket`);
  await state(page, 'live', 30000);
  await page.evaluate(async () => {
    const { openPeer } = await import('./peer.js');
    window.answers = 0;
    const onmessage = bytes => window.answers += new TextDecoder().decode(bytes).startsWith('stats ');
    const peer = openPeer({ half: false, greeting: () => [], onstep() {}, onmessage });
    window.ask = () => peer.send('stats');
    peer.onbroken = broken => window.broken = broken;
  });
  const isSame = await watchViewer();
  const answers = async () => {
    const before = await page.evaluate(() => window.answers);
    await until('an answer', () => page.evaluate(count => (window.ask(), window.answers > count), before), 30000);
  };
  const path = broken => until(`a path that is ${broken ? 'broken' : 'mended'}`, () => page.evaluate(is => window.broken === is, broken), 30000);
  const renewed = ufrag => until('ICE to restart', async () => await ufragOf(page) !== ufrag, 30000);

  await answers();
  const first = await ufragOf(page);
  await page.evaluate(() => void dispatchEvent(new Event('online')));
  await renewed(first);
  await answers();

  const second = await ufragOf(page);
  network.say('both hole 1');
  await path(true);
  network.say('rebind');
  network.say('both hole 0');
  await renewed(second);
  await path(false);
  await answers();
  assert.ok(isSame(), 'the same rd-rtc');
});
