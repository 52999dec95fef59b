// The same of a real session in both browsers, over both transports: typing,
// clipboard, thirty window sizes, a lost link, and roles.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { home, startSession } from './desktop.mjs';
import { launchIn, state, until } from './fixture.mjs';

const [WIDTH, HEIGHT] = [1024, 768];
const VIEW = { viewport: { width: WIDTH, height: HEIGHT } };
const RECOVERY_MS = 10000;
const TYPED = 'ä ß € @ \\ | ~ 漢 😀';
const TEXT = 'Zwölf Boxkämpfer 漢字 😀\n'.repeat(2300).slice(0, 1 << 16);

// Firefox is left to find out itself that it has no H.264 by WebRTC.
const WAYS = [['chromium', 'webrtc'], ['chromium', 'websocket'], ['firefox', 'auto']];

let session;

before(async () => {
  session = await startSession('matrix', '-s', `${WIDTH}x${HEIGHT}`);
});

after(() => session?.stop().catch(() => {}));

// One pixel of the picture, a hundred from its left and bottom.
const pixel = page => page.evaluate(() => {
  const front = document.querySelector('.front');
  const context = new OffscreenCanvas(1, 1).getContext('2d');
  context.drawImage(front, -100, 100 - (front.videoHeight ?? front.height));
  return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
});

const isNear = (a, b) => a.every((value, i) => Math.abs(value - b[i]) <= 12);

// Paint the session's background in another colour and see it arrive.
const repaint = async page => {
  const colour = [...randomBytes(3)].map(byte => 30 + Math.floor(byte * .8));
  await session.client('xsetroot', '-solid', `#${Buffer.from(colour).toString('hex')}`);
  let seen;
  await until(`the colour ${colour}`, async () => isNear(seen = await pixel(page), colour), RECOVERY_MS)
    .catch(error => assert.fail(`${error.message}, but ${seen}`));
};

// The middle of the first terminal, as a place of the window.
const focusTerminal = async page => {
  const found = await session.client('sh', '-c', 'xwininfo -id "$(xdotool search --onlyvisible --class xterm | head -n 1)"');
  const [x, y, width, height] = ['Absolute upper-left X', 'Absolute upper-left Y', 'Width', 'Height']
    .map(name => Number(new RegExp(`${name}: +(\\d+)`).exec(found)[1]));
  const box = await page.locator('.front').boundingBox();
  const [across] = /dimensions: +(\d+)/.exec(await session.client('xdpyinfo')).slice(1).map(Number);
  const scale = box.width / across;
  await page.mouse.click(box.x + (x + width / 2) * scale, box.y + (y + height / 2) * scale);
};

const clipboardThere = target => session.client('xclip', '-o', '-selection', 'clipboard', '-t', target).catch(() => '');

const own = (target, bytes) => {
  const owner = session.background('xclip', '-quiet', '-selection', 'clipboard', '-t', target);
  owner.stdin.end(bytes);
  return owner;
};

for (const [name, transport] of WAYS)
  describe(`${name}, ${transport}`, () => {
    let browser, page;
    const errors = [];

    before(async () => {
      browser = await launchIn(name, '--autoplay-policy=no-user-gesture-required');
      const context = await browser.newContext({
        ...VIEW,
        ...name === 'chromium' && { permissions: ['clipboard-read', 'clipboard-write'] },
      });
      page = await context.newPage();
      page.on('pageerror', error => errors.push(`${error}`));
      await page.goto(`${await session.newLink()}#transport=${transport}`);
    });

    after(() => browser?.close());

    test('there is a picture', async () => {
      await state(page, 'live', 20000);
      await repaint(page);
    });

    test('text and shortcuts reach the terminal', async () => {
      const file = join(home, `${name}-${transport}`);
      await focusTerminal(page);
      await page.keyboard.type(`cho '${TYPED}' >${file}`);
      await page.keyboard.press('Control+a');
      await page.keyboard.type('e');
      await page.keyboard.press('Enter');
      await until('the file', () => existsSync(file) && readFileSync(file, 'utf8'));
      assert.equal(readFileSync(file, 'utf8'), `${TYPED}\n`);
    });

    test('64 KiB of text are copied here, and pasted there', async () => {
      const owner = own('UTF8_STRING', TEXT);
      await until('the text here', () => page.evaluate(async text => await navigator.clipboard.readText() === text, TEXT));
      owner.kill();
      const text = TEXT.replaceAll('Boxkämpfer', name);
      await page.evaluate(value => navigator.clipboard.writeText(value), text);
      await page.keyboard.press('Control+v');
      await until('the text there', async () => await clipboardThere('UTF8_STRING') === text);
    });

    test('the window has thirty sizes, and the picture fits the last', async () => {
      for (let i = 0; i < 30; i++)
        await page.setViewportSize({ width: 640 + 37 * (i * 7 % 30), height: 480 + 23 * (i * 11 % 30) });
      await page.setViewportSize(VIEW.viewport);
      await until('a picture that fits', async () => {
        const { width, height } = await page.locator('.front').boundingBox();
        return Math.abs(width - WIDTH) < 2 || Math.abs(height - HEIGHT) < 2;
      });
      await state(page, 'live');
      await repaint(page);
    });

    test('a lost link comes back by itself, and keys with it', async () => {
      const loads = await page.evaluate(() => performance.timeOrigin);
      const viewers = ['rd-rtc', 'rd-stream'].flatMap(session.pids);
      assert.notEqual(viewers.length, 0);
      for (const pid of viewers)
        process.kill(pid, 'SIGKILL');
      await until('another link', () => ['rd-rtc', 'rd-stream'].flatMap(session.pids).some(pid => !viewers.includes(pid)), RECOVERY_MS);
      await state(page, 'live', RECOVERY_MS);
      await repaint(page);
      assert.equal(await page.evaluate(() => performance.timeOrigin), loads, 'without reloading');
      const file = join(home, `${name}-${transport}-again`);
      await focusTerminal(page);
      await page.keyboard.type(`echo back >${file}\n`);
      await until('the file', () => existsSync(file) && readFileSync(file, 'utf8') === 'back\n');
    });

    test('who may only view sees, and moves nothing', async t => {
      const context = await browser.newContext(VIEW);
      t.after(() => context.close());
      const viewer = await context.newPage();
      await viewer.goto(`${await session.share('view')}#transport=${transport}`);
      await state(viewer, 'live', 20000);
      await page.bringToFront();
      await page.mouse.move(700, 700);
      await viewer.locator('html[data-role="view"] #pointer:not([hidden])').waitFor({ state: 'attached' });
      const place = () => session.client('xdotool', 'getmouselocation');
      const before = await place();
      await viewer.bringToFront();
      await viewer.mouse.click(100, 100);
      await viewer.keyboard.type('x');
      await viewer.waitForTimeout(300);
      assert.equal(await place(), before);
    });

    test('no error on the way', () => assert.deepEqual(errors, []));
  });
