// VNC in the browser: noVNC below our page, by the same login. It shows what X
// shows, and takes what the other ways take.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { home, run, startSession } from './desktop.mjs';
import { launch, state, until } from './fixture.mjs';
import { moves } from './roles.mjs';

const PERMISSIONS = ['clipboard-read', 'clipboard-write'];
const PHONE = { viewport: { width: 390, height: 700 }, isMobile: true, hasTouch: true };

let browser, session;

before(async () => {
  session = await startSession('vnc', '-s', '1024x768');
  browser = await launch();
  await until('the terminal', () => session.client('xdotool', 'search', '--onlyvisible', '--class', 'xterm').catch(() => ''));
  // Its shell edits lines once it has run one.
  const file = join(home, 'ready');
  await session.client('xdotool', 'mousemove', '400', '300', 'click', '1');
  await session.client('xdotool', 'type', `echo >${file}\n`);
  await until('the shell', () => existsSync(file), 30000);
});

after(async () => {
  await browser?.close();
  await session?.stop().catch(() => {});
});

const newPage = async (t, options = {}) => {
  const context = await browser.newContext({ viewport: { width: 1024, height: 768 }, permissions: PERMISSIONS, ...options });
  t.after(() => context.close());
  const page = await context.newPage();
  page.errors = [];
  page.on('pageerror', error => page.errors.push(`${error}`));
  page.on('console', message => message.type() === 'error' && page.errors.push(message.text()));
  return page;
};

const open = async (t, { link, ...options } = {}) => {
  const page = await newPage(t, options);
  await page.request.get(link ?? await session.newLink());
  await page.goto(new URL('vnc', session.link).href);
  await state(page, 'live', 20000);
  await page.locator('.vnc.front canvas').waitFor();
  return page;
};

const hashOf = file => run('ffmpeg', '-v', 'error', '-i', file, '-pix_fmt', 'rgb24', '-f', 'md5', '-');

// Its canvas has each pixel of X.
const matches = async page => {
  const [seen, shown] = [join(home, 'seen.png'), join(home, 'shown.png')];
  await until('a picture that X shows', async () => {
    const url = await page.evaluate(() => document.querySelector('.vnc canvas').toDataURL());
    writeFileSync(seen, Buffer.from(url.split(',')[1], 'base64'));
    await session.screenshot(shown);
    return await hashOf(seen) === await hashOf(shown);
  }, 20000);
};

const displaySize = async () => `${(await session.client('xdotool', 'getdisplaygeometry')).trim()}`;

const written = file => until(file, () => existsSync(file) && readFileSync(file, 'utf8'), 20000);

test('the picture is the display\'s, typing and the pointer arrive', async t => {
  const page = await open(t);
  assert.match(page.url(), /\/#transport=vnc$/);
  await matches(page);
  assert.ok(await moves(session, page));
  const file = join(home, 'typed');
  await page.mouse.click(400, 300);
  await page.keyboard.type(`cho 'ä € 漢' >${file}`);
  await page.keyboard.press('Control+a');
  await page.keyboard.type('e');
  await page.keyboard.press('Enter');
  assert.equal(await written(file), 'ä € 漢\n');
  await matches(page);
  assert.deepEqual(page.errors, []);
});

test('the display follows the window', async t => {
  const page = await open(t);
  for (const [width, height] of [[900, 640], [1100, 700]]) {
    await page.setViewportSize({ width, height });
    await until('the size', async () => await displaySize() === `${width} ${height}`);
    await matches(page);
  }
});

test('the clipboard goes both ways', async t => {
  const page = await open(t);
  await page.mouse.click(400, 300);
  const owner = session.copy('UTF8_STRING', 'von dort: ä 漢');
  t.after(() => owner.kill());
  await until('the text here', async () => await page.evaluate(() => navigator.clipboard.readText()) === 'von dort: ä 漢');
  await page.evaluate(() => navigator.clipboard.writeText('from here: ü 漢'));
  await page.keyboard.press('Control+v');
  await until('the text there', async () => `${await session.copied('UTF8_STRING')}` === 'from here: ü 漢');
  for (const key of ['a', 'Control+u']) // the shell quotes what follows Control-V
    await page.keyboard.press(key);
});

test('who may only view does so here, too', async t => {
  const page = await open(t, { link: await session.share('view') });
  await page.locator('html[data-role="view"]').waitFor({ state: 'attached' });
  assert.ok(session.pids('rd-vnc').some(pid => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes('-V')));
  await matches(page);
  const size = await displaySize();
  await page.keyboard.type('x');
  await page.mouse.click(100, 100);
  assert.ok(!await moves(session, page));
  assert.equal(await displaySize(), size);
});

test('without a login there is nothing', async t => {
  const page = await newPage(t);
  const { origin } = new URL(session.link);
  for (const path of ['vnc/', 'novnc/core/rfb.js', 'ws/vnc'])
    assert.equal((await page.request.get(`${origin}/${path}`)).status(), 401, path);
});

test('it is found where nothing else works', async t => {
  const page = await newPage(t);
  await page.addInitScript(() => {
    const Peer = window.RTCPeerConnection;
    window.RTCPeerConnection = function (config) {
      return new Peer({ ...config, iceTransportPolicy: 'relay' });
    };
    delete window.VideoDecoder;
  });
  await page.goto(await session.newLink());
  await state(page, 'live', 30000);
  await page.locator('.vnc.front canvas').waitFor();
  await matches(page);
});

test('a phone types by its keyboard and the row above it', async t => {
  const page = await open(t, PHONE);
  await until('its size', async () => await displaySize() === '390 700');
  await matches(page);
  await until('the pointer', async () => {
    await page.touchscreen.tap(200, 400); // again: the picture may still be growing
    return (await session.place()).includes('x:200 y:400');
  }, 20000);
  const file = join(home, 'tapped');
  await page.locator('#type').waitFor({ state: 'hidden' }); // the bar has greeted
  await page.touchscreen.tap(195, 695);
  await page.locator('#type').tap();
  await page.keyboard.insertText(`echo hidden`);
  await page.locator('#keyrow').getByRole('button', { name: 'Ctrl' }).tap();
  await page.keyboard.insertText('u');
  await page.keyboard.insertText(`echo shown >${file}`);
  await page.keyboard.press('Enter');
  assert.equal(await written(file), 'shown\n');
  await matches(page);
});

test('killed, it is back by itself', async t => {
  const page = await open(t);
  const victims = session.pids('rd-vnc').filter(pid => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes('-i'));
  victims.forEach(pid => process.kill(pid, 'SIGKILL'));
  await page.locator('html[data-state="reconnecting"]').waitFor({ state: 'attached' });
  await state(page, 'live');
  await matches(page);
});
