// A session over a bad network.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
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
const openPage = async (t, network) => {
  t.after(() => network.close());
  const context = await browser.newContext({ viewport: { width: 1024, height: 768 } });
  t.after(() => context.close());
  const page = await context.newPage();
  await network.guard(page);
  await page.goto(await session.newLink());
  await state(page, 'live', PATIENCE_MS);
  return page;
};

// What the page received, once that is enough.
const received = (page, what, enough) => until(what, async () => {
  const now = await receives(page);
  return enough(now) && now;
}, PATIENCE_MS);

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
  const old = await receives(page);
  network.say('both loss 10');
  const now = await received(page, '20 packets sent again', ({ retransmittedPacketsReceived: n }) => n >= 20);
  assert.ok((await network.report()).down.lost > 0);
  const later = await received(page, 'more pictures', ({ framesDecoded }) => framesDecoded > now.framesDecoded + 50);
  assert.equal(later.keyFramesDecoded, old.keyFramesDecoded);
});

test('where that takes too long, packets are sent to repair others', async t => {
  const network = await openNetwork(3);
  network.say('both delay 100');
  const page = await openPage(t, network);
  const old = await receives(page);
  network.say('both loss 10');
  const now = await received(page, '100 repair packets', ({ fecPacketsReceived: n }) => n >= 100);
  const later = await received(page, 'more pictures', ({ framesDecoded }) => framesDecoded > now.framesDecoded + 50);
  assert.equal(later.keyFramesDecoded, old.keyFramesDecoded);
});
