// A session over a bad network.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { startSession } from './desktop.mjs';
import { launch, state, until } from './fixture.mjs';
import { openNetwork, receives } from './network.mjs';

const PATIENCE_MS = 60000;

let browser, session, painter;

before(async () => {
  session = await startSession('network', '-s', '1024x768');
  painter = session.background('painter', '20', '100');
  browser = await launch();
});

after(async () => {
  painter?.kill();
  await browser?.close();
  await session?.stop().catch(() => {});
});

// A page that is live, with a network between.
const openPage = async (t, network, fragment = '', script = () => {}) => {
  t.after(() => network.close());
  const context = await browser.newContext({ viewport: { width: 1024, height: 768 } });
  t.after(() => context.close());
  const page = await context.newPage();
  await network.guard(page);
  await page.addInitScript(script);
  await page.goto(`${await session.newLink()}${fragment}`);
  await state(page, 'live', PATIENCE_MS);
  return page;
};

// What the page received, once that is enough.
const received = (page, what, enough, kind) => until(what, async () => {
  const now = await receives(page, kind);
  return enough(now) && now;
}, PATIENCE_MS);

// By what the page's counters grow: good within a stretch that is enough, if
// not in the first one, for a machine that is busy may be late itself.
const grows = (page, what, enough, good, kind) => {
  let old;
  return received(page, what, now => {
    old ??= now;
    const by = name => (now[name] ?? 0) - (old[name] ?? 0);
    if (!enough(by))
      return false;
    const result = good(by);
    old = now;
    return result;
  }, kind);
};

test('the relay is the only way', async t => {
  const network = await openNetwork();
  network.say('both delay 40');
  const page = await openPage(t, network);
  const { way, roundTrip } = await received(page, 'the round trip', now => now.roundTrip);
  assert.deepEqual([way.address, way.port], ['127.0.0.1', network.port]);
  assert.ok(roundTrip >= .08, `${roundTrip} s`);
  assert.ok((await network.report()).down.packets > 10);
});

test('what gets lost is sent again, and no key picture is needed', async t => {
  const network = await openNetwork(2);
  const page = await openPage(t, network);
  network.say('both loss 10');
  await grows(page, 'pictures, none of them a key picture',
    by => by('retransmittedPacketsReceived') >= 20 && by('framesDecoded') >= 50,
    by => by('keyFramesDecoded') === 0);
  assert.ok((await network.report()).down.lost > 0);
});

test('nor when too much is lost for that: it goes on with what is there', async t => {
  const network = await openNetwork(6);
  network.say('both delay 20');
  network.say('down rate 9000 400');
  const page = await openPage(t, network);
  const film = session.background('painter', '60', '240');
  t.after(() => film.kill());
  await received(page, 'a film', now => now.framesDecoded > 100);
  await until('pictures behind lost ones, none of them a key picture', async () => {
    await setTimeout(3000);
    const before = await receives(page);
    network.say('both loss 100');
    network.say('both loss 0', 400);
    const { keyFramesDecoded } = await received(page, 'losses, and pictures behind them', after =>
      after.packetsLost > before.packetsLost + 50 && after.framesDecoded > before.framesDecoded + 30);
    return keyFramesDecoded === before.keyFramesDecoded;
  }, PATIENCE_MS);
});

test('where that takes too long, packets are sent to repair others', async t => {
  const network = await openNetwork(3);
  network.say('both delay 100');
  const page = await openPage(t, network);
  network.say('both loss 5');
  await grows(page, 'repaired pictures, none of them a key picture',
    by => by('fecPacketsReceived') >= 100 && by('framesDecoded') >= 50,
    by => by('keyFramesDecoded') === 0);
});

test('sound that got lost comes with the sound behind it', async t => {
  const noise = session.background('sh', '-c', 'exec pacat --rate=48000 --channels=2 --format=s16le /dev/urandom');
  t.after(() => noise.kill());
  const network = await openNetwork(4);
  const page = await openPage(t, network);
  await received(page, 'sound', ({ packetsReceived: n }) => n > 50, 'audio');
  network.say('both loss 10');
  // At first all that gets lost is made up: 10 ms, 480 samples, each.
  await grows(page, 'sound without gaps',
    by => by('packetsLost') >= 30,
    by => by('concealedSamples') < by('packetsLost') * 480 / 4, 'audio');
});

// Runs in the page: what rd-rtc repeats of what the page told it.
const keepFrozen = () => {
  const { createDataChannel } = RTCPeerConnection.prototype;
  window.frozen = 0; // ms
  RTCPeerConnection.prototype.createDataChannel = function (...args) {
    const channel = createDataChannel.apply(this, args);
    channel.addEventListener('message', ({ data }) =>
      window.frozen += Number(/^stats .*\bfrozen_ms=(\d+)/.exec(new TextDecoder().decode(data))?.[1] ?? 0));
    return channel;
  };
};

test('the session is told that the picture stood still', async t => {
  const network = await openNetwork(6);
  const page = await openPage(t, network, '#stats=on', keepFrozen);
  await received(page, 'pictures', ({ framesDecoded: n }) => n > 30);
  network.say('both hole 1');
  network.say('both hole 0', 1500);
  await until('to be told', () => page.evaluate(() => window.frozen > 500), PATIENCE_MS)
    .catch(async error => assert.fail(`${error.message}: ${await page.evaluate(() => window.frozen)} ms`));
});

test('no more is sent than the link carries, and no less', async t => {
  const network = await openNetwork(4);
  network.say('both delay 20');
  network.say('down rate 500 400');
  const page = await openPage(t, network);
  const film = session.background('painter', '60', '200');
  t.after(() => film.kill());
  const second = async () => {
    await network.report();
    await setTimeout(1000);
    return (await network.report()).down;
  };
  await until('a full link with a short queue', async () => {
    const { bytes, dropped, queue_us: queue } = await second();
    return bytes > 15000 && !dropped && queue < 200000;
  }, PATIENCE_MS);
  network.say('down rate 8000 400');
  await until('a wide link', async () => (await second()).bytes > 150000, PATIENCE_MS);
  await received(page, 'more pictures', ({ framesDecoded }) => framesDecoded > 30);
});

test('who has a narrow link gets half the size, others keep the whole, until it is wide', async t => {
  const free = await openNetwork();
  const fast = await openPage(t, free);
  const network = await openNetwork(5);
  network.say('both delay 20');
  network.say('down rate 700 400');
  const slow = await openPage(t, network);
  const film = session.background('painter', '60', '200');
  t.after(() => film.kill());
  const first = await slow.evaluateHandle(() => window.peer);
  await received(slow, 'half the size', now => now.frameWidth === 512);
  const [half, whole] = await Promise.all([slow, fast].map(page => receives(page)));
  await received(slow, 'pictures that move', now => now.framesDecoded > half.framesDecoded + 30);
  const { frameWidth } = await received(fast, 'more pictures', now => now.framesDecoded > whole.framesDecoded + 30);
  assert.equal(frameWidth, 1024);
  network.say('down rate 50000 400');
  await received(slow, 'the whole size', now => now.frameWidth === 1024);
  assert.ok(await slow.evaluate(peer => window.peer === peer && peer.connectionState === 'connected', first));
});
