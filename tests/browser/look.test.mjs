// The page as it is seen, in every state, light and dark: pictures of it are
// left in the build directory's screenshots/, and axe-core finds nothing
// serious in any.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launch, serve, standIn, state, until } from './fixture.mjs';

const folder = join(fileURLToPath(new URL('../../', import.meta.url)), process.env.B ?? 'build', 'screenshots');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const DESK = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

let browser, server;

before(async () => {
  mkdirSync(folder, { recursive: true });
  browser = await launch();
  server = await serve();
});

after(async () => {
  await browser?.close();
  server?.close();
});

const live = async page => {
  await page.goto(server.url);
  await state(page, 'live');
};

const looks = {
  connecting: [DESK, async (page, session) => {
    session.silent = true;
    await page.goto(server.url);
    await page.locator('#veil p:not(:empty)').waitFor();
  }],
  live: [DESK, async page => {
    await live(page);
    await page.locator('#bar.open').waitFor();
  }],
  settings: [DESK, async page => {
    await live(page);
    await page.click('#prefs');
    await page.click('summary');
  }],
  stats: [DESK, async (page, session) => {
    await live(page);
    await page.click('#meter');
    await until('the events channel', () => session.say('stats frames=60 bytes=90000 capture_us=600 encode_us=2100 send_us=400 rtt_us=900 resent=2').then(() => true, () => false));
    await page.locator('#stats dd').first().waitFor();
    await page.waitForTimeout(1200);
  }],
  people: [DESK, async (page, session) => {
    await live(page);
    await until('the people\'s channel', () => session.people);
    session.people('you 1\nperson 1 control controls 0123abcd\nperson 2 view asks 4567cdef Zoë\nperson 3 control here 4567cdef\nperson 4 view away 4567cdef Bob\n');
    await page.click('#people');
  }],
  watching: [DESK, async (page, session) => {
    await live(page);
    await until('the people\'s channel', () => session.people);
    session.people('you 2\nperson 1 control controls 0123abcd Zoë\nperson 2 view here 4567cdef\n');
    await page.locator('#wish').waitFor();
  }],
  phone: [PHONE, async page => {
    await live(page);
    await page.locator('#bar.open').waitFor();
  }],
  'phone-settings': [PHONE, async page => {
    await live(page);
    await page.tap('#prefs');
  }],
  'phone-keys': [PHONE, async page => {
    await live(page);
    await page.tap('#type');
    await page.locator('#bar:not(.open)').waitFor();
    const keyrow = page.locator('#keyrow');
    await keyrow.getByRole('button', { name: 'Fn' }).tap();
    await keyrow.getByRole('button', { name: 'Ctrl' }).tap();
  }],
  blocked: [DESK, async (page, session) => {
    session.deaf = true;
    await page.clock.install();
    await page.goto(server.url);
    await until('an answer', () => page.evaluate(() => document.querySelector('#veil p').textContent.startsWith('Looking')));
    await page.clock.runFor(5500);
    await page.locator('#ways').waitFor();
    await page.clock.runFor(10000);
    await page.locator('#ways li', { hasText: 'UDP' }).getByText('failed').waitFor();
  }],
  error: [DESK, async (page, session) => {
    session.up = false;
    await page.goto(server.url);
    server.refuse(401);
    await state(page, 'lost');
    server.refuse(0);
    await page.locator('#veil button').waitFor();
  }],
};

const complaints = page => page.evaluate(`${axe}; axe.run().then(({ violations }) => violations
  .filter(({ impact }) => ['serious', 'critical'].includes(impact))
  .map(({ id, nodes }) => [id, ...nodes.map(({ html, failureSummary }) => html + failureSummary)].join('\\n')))`);

for (const [name, [options, bring]] of Object.entries(looks))
  for (const colorScheme of ['light', 'dark'])
    test(`${name}, ${colorScheme}`, async t => {
      const context = await browser.newContext({ ...options, colorScheme });
      t.after(() => context.close());
      const page = await context.newPage();
      const session = await standIn(context, page, server.url);
      await page.bringToFront();
      await bring(page, session);
      await page.waitForTimeout(300); // transitions end
      await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`) });
      assert.deepEqual(await complaints(page), []);
    });
