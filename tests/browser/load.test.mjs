// The first visit: what goes over the wire, from whom, and how soon there is
// a picture.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startSession } from './desktop.mjs';
import { launch, state } from './fixture.mjs';

const MOST = 150 * 1024;

let browser, session;

before(async () => {
  session = await startSession('load', '-s', '1024x768');
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await session?.stop().catch(() => {});
});

test('the page is small, comes from nobody else, and shows a picture soon', async t => {
  const page = await (await browser.newContext()).newPage();
  const wire = await page.context().newCDPSession(page);
  const urls = [];
  let bytes = 0;
  wire.on('Network.requestWillBeSent', ({ request }) => urls.push(request.url));
  wire.on('Network.loadingFinished', ({ encodedDataLength }) => bytes += encodedDataLength);
  await wire.send('Network.enable');
  const start = performance.now();
  await page.goto(session.link);
  await state(page, 'live');
  t.diagnostic(`first picture after ${Math.round(performance.now() - start)} ms`);
  await page.waitForLoadState('networkidle');
  t.diagnostic(`${urls.length} requests, ${bytes} bytes`);
  const { origin } = new URL(session.link);
  assert.deepEqual(urls.filter(url => new URL(url).origin !== origin && !url.startsWith('data:')), []);
  assert.ok(bytes > 10000 && bytes <= MOST, `${bytes} bytes`);
});
