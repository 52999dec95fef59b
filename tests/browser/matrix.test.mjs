// The same of a real session in both browsers, over both transports: typing,
// clipboard, files, thirty window sizes, a lost link, and roles.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fill, hash, home, startDisplay, startSession } from './desktop.mjs';
import { launchIn, state, until } from './fixture.mjs';
import { copiedPicture, copyPicture, makePicture, repaint, sumOf } from './pictures.mjs';
import { asked, moves, role } from './roles.mjs';

// Firefox now and then calls it an error of the page that a socket of the way
// that was given up did not open; why only then is not known.
const GIVEN_UP = /connection to ws:\S+\/ws\/signal was interrupted|establish a connection .*\/ws\/signal/;

const [WIDTH, HEIGHT] = [1024, 768];
const VIEW = { viewport: { width: WIDTH, height: HEIGHT } };
const RECOVERY_MS = 10000;
const TYPED = 'ä ß € @ \\ | ~ 漢 😀';
const TEXT = 'Zwölf Boxkämpfer 漢字 😀\n'.repeat(2300).slice(0, 1 << 16);

// Firefox is left to find out itself that it has no H.264 by WebRTC.
const WAYS = [['chromium', 'webrtc'], ['chromium', 'websocket'], ['firefox', 'auto']];

const big = join(home, 'big file ä.bin');
const store = join(home, 'store');
let display, session, sum;

before(async () => {
  display = await startDisplay();
  mkdirSync(store);
  await fill(big, 200);
  sum = await hash(big);
  session = await startSession('matrix', '-s', `${WIDTH}x${HEIGHT}`, '-files', store);
});

after(() => session?.stop().catch(() => {}));

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

for (const [name, transport] of WAYS)
  describe(`${name}, ${transport}`, () => {
    let browser, page;
    const errors = [];

    before(async () => {
      browser = await launchIn(name, ['--autoplay-policy=no-user-gesture-required'], display);
      const context = await browser.newContext({
        ...VIEW,
        ...name === 'chromium' && { permissions: ['clipboard-read', 'clipboard-write'] },
      });
      page = await context.newPage();
      page.on('pageerror', error => GIVEN_UP.test(error) || errors.push(`${error}`));
      await page.goto(`${await session.newLink()}#transport=${transport}`);
    });

    after(() => browser?.close());

    test('there is a picture', async () => {
      await state(page, 'live', 20000);
      await repaint(session, page, RECOVERY_MS);
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
      const owner = session.copy('UTF8_STRING', TEXT);
      await until('the text here', () => page.evaluate(async text => await navigator.clipboard.readText() === text, TEXT));
      owner.kill();
      const text = TEXT.replaceAll('Boxkämpfer', name);
      await page.evaluate(value => navigator.clipboard.writeText(value), text);
      await page.keyboard.press('Control+v');
      await until('the text there', async () => `${await session.copied('UTF8_STRING')}` === text);
    });

    test('a picture of a megabyte is copied here, and another pasted there', async () => {
      const [theirs, ours] = [await makePicture(page, 1), await makePicture(page, 2)];
      assert.ok(theirs.length * 3 / 4 > 1e6, `${theirs.length * 3 / 4} bytes`);
      const sums = [await sumOf(page, theirs), await sumOf(page, ours)];
      assert.notEqual(...sums);
      const owner = session.copy('image/png', Buffer.from(theirs, 'base64'));
      await until('the picture here', async () => {
        const here = await copiedPicture(page);
        return here && await sumOf(page, here) === sums[0];
      });
      owner.kill();
      await copyPicture(page, ours);
      await page.keyboard.press('Control+v');
      await until('the picture there', async () => {
        const there = (await session.copied('image/png')).toString('base64');
        return there && await sumOf(page, there) === sums[1];
      });
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
      await repaint(session, page, RECOVERY_MS);
    });

    test('a lost link comes back by itself, and keys with it', async () => {
      const loads = await page.evaluate(() => performance.timeOrigin);
      const viewers = ['rd-rtc', 'rd-stream'].flatMap(session.pids);
      assert.notEqual(viewers.length, 0);
      for (const pid of viewers)
        process.kill(pid, 'SIGKILL');
      await until('another link', () => ['rd-rtc', 'rd-stream'].flatMap(session.pids).some(pid => !viewers.includes(pid)), RECOVERY_MS);
      await state(page, 'live', RECOVERY_MS);
      await repaint(session, page, RECOVERY_MS);
      assert.equal(await page.evaluate(() => performance.timeOrigin), loads, 'without reloading');
      const file = join(home, `${name}-${transport}-again`);
      await focusTerminal(page);
      await page.keyboard.type(`\necho back >${file}\n`); // the end first of what pasting began
      await until('the file', () => existsSync(file) && readFileSync(file, 'utf8') === 'back\n');
    });

    test('a file of 200 MB arrives as it was', async () => {
      await page.setInputFiles('input[multiple]', big);
      await page.locator('html[data-uploads="some"]').waitFor({ state: 'attached' });
      await page.locator('html[data-uploads="none"]').waitFor({ state: 'attached', timeout: 120000 });
      assert.deepEqual(readdirSync(store), [basename(big)]);
      assert.equal(await hash(join(store, basename(big))), sum);
      await page.keyboard.press('Escape');
    });

    test('and is saved here by rd-send', async () => {
      const saving = page.waitForEvent('download', { timeout: 60000 });
      await session.client('rd-send', join(store, basename(big)));
      const download = await saving;
      assert.equal(download.suggestedFilename(), basename(big));
      assert.equal(await hash(await download.path()), sum);
      await download.delete();
      rmSync(join(store, basename(big)));
    });

    // Another browser of somebody who got such a link.
    const come = async (t, mayDo) => {
      const context = await browser.newContext(VIEW);
      t.after(() => context.close());
      const guest = await context.newPage();
      await guest.goto(`${await session.share(mayDo)}#transport=${transport}&name=Vic`);
      await role(guest, 'view');
      return guest;
    };

    test('who may only view moves nothing, asks, is let, and gives back', async t => {
      const viewer = await come(t, 'view');
      assert.deepEqual([await moves(session, page), await moves(session, viewer)], [true, false]);
      await viewer.click('#wish');
      await asked(page, 'Vic').getByText('Allow').click();
      await Promise.all([role(viewer, 'control'), role(page, 'view')]);
      assert.deepEqual([await moves(session, viewer), await moves(session, page)], [true, false]);
      await page.click('#wish');
      await Promise.all([role(page, 'control'), role(viewer, 'view')]);
      assert.equal(await moves(session, page), true);
    });

    test('who may control takes it, until the owner takes it back', async t => {
      const guest = await come(t, 'control');
      await guest.click('text=Take control');
      await Promise.all([role(guest, 'control'), role(page, 'view')]);
      assert.deepEqual([await moves(session, guest), await moves(session, page)], [true, false]);
      await page.click('#wish');
      await Promise.all([role(page, 'control'), role(guest, 'view')]);
      assert.equal(await moves(session, page), true);
    });

    test('no error on the way', () => assert.deepEqual(errors, []));
  });
