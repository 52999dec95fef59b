// A session over a bad network.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startSession } from './desktop.mjs';
import { launch, state, until } from './fixture.mjs';
import { openNetwork, receives } from './network.mjs';

let browser, session;

before(async () => {
  session = await startSession('network', '-s', '1024x768');
  browser = await launch();
});

after(async () => {
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
  await state(page, 'live', 20000);
  return page;
};

test('the relay is the only way', async t => {
  const network = await openNetwork();
  network.say('both delay 40');
  const page = await openPage(t, network);
  const { way, roundTrip } = await until('the round trip', async () => {
    const now = await receives(page);
    return now.roundTrip && now;
  });
  assert.deepEqual([way.address, way.port], ['127.0.0.1', network.port]);
  assert.ok(roundTrip >= .08, `${roundTrip} s`);
  assert.ok((await network.report()).down.packets > 10);
});
