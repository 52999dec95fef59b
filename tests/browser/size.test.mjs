// The session's display follows the window: a real session and browser.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { home, startSession } from './desktop.mjs';
import { launch, state, until } from './fixture.mjs';

let browser, page, session;

before(async () => {
  session = await startSession('size', '-s', '640x480', '-xstartup', 'icewm');
  browser = await launch();
  page = await (await browser.newContext({ viewport: { width: 800, height: 600 } })).newPage();
  await page.goto(session.link);
  await state(page, 'live');
});

after(async () => {
  await browser?.close();
  await session?.stop().catch(() => {});
});

const displaySize = async () => {
  const text = await session.client('xwininfo', '-root');
  return ['Width', 'Height'].map(side => Number(new RegExp(`${side}: (\\d+)`).exec(text)[1]));
};

const even = pixels => pixels + pixels % 2;

// The picture fills the window, pixel for pixel.
const fits = (target, width, height) => target.evaluate(([w, h]) => {
  const { videoWidth, videoHeight, style } = document.querySelector('video.front');
  return videoWidth === w && videoHeight === h && style.left === '0px' && style.top === '0px' &&
    style.width === `${w}px` && style.height === `${h}px` && style.imageRendering === 'pixelated';
}, [even(width), even(height)]);

const settled = async (target, width, height) => {
  await until(`a display of ${width}x${height}`, async () => `${await displaySize()}` === `${[width, height]}`);
  await until(`a picture of ${width}x${height}`, () => fits(target, width, height));
};

test('from the first picture on', () => settled(page, 800, 600));

test('through thirty sizes, each pixel for pixel', async () => {
  for (let i = 0; i < 30; i++)
    await page.setViewportSize({ width: 500 + 37 * (i % 9), height: 420 + 29 * (i % 7) });
  await page.setViewportSize({ width: 811, height: 607 });
  await settled(page, 811, 607);
  for (let i = 0; i < 30; i++) {
    const [width, height] = [520 + 41 * (i % 7), 400 + 23 * (i % 11)];
    await page.setViewportSize({ width, height });
    await settled(page, width, height);
  }
});

// Lines one pixel wide, which any scaling would smear.
test('and what is fine stays so', async () => {
  await page.setViewportSize({ width: 640, height: 480 });
  await settled(page, 640, 480);
  const lines = join(home, 'lines.xbm');
  writeFileSync(lines, '#define l_width 2\n#define l_height 1\nstatic char l_bits[] = {\n 0x01};\n');
  await session.client('xsetroot', '-bitmap', lines, '-fg', 'white', '-bg', 'black');
  const shades = async () => {
    const shot = (await page.screenshot({ clip: { x: 300, y: 200, width: 16, height: 1 } })).toString('base64');
    return page.evaluate(async data => {
      const image = new Image();
      image.src = `data:image/png;base64,${data}`;
      await image.decode();
      const context = new OffscreenCanvas(16, 1).getContext('2d');
      context.drawImage(image, 0, 0);
      return [...context.getImageData(0, 0, 16, 1).data].filter((_, i) => i % 4 === 0);
    }, shot);
  };
  let seen;
  await until('every second pixel', async () => {
    seen = await shades();
    return seen.every((shade, i) => Math.abs(shade - 255 * ((i + (seen[0] > 128 ? 1 : 0)) % 2)) < 40);
  }).catch(error => assert.fail(`${error.message}: ${seen}`));
});

test('of two windows the last one to ask has its way, and none quarrels', async t => {
  await page.setViewportSize({ width: 700, height: 500 });
  await settled(page, 700, 500);
  const other = await page.context().newPage();
  t.after(() => other.close());
  await other.setViewportSize({ width: 900, height: 650 });
  await other.goto(new URL('/', session.link).href);
  await state(other, 'live');
  await settled(other, 900, 650);
  await page.waitForTimeout(1000);
  assert.deepEqual(await displaySize(), [900, 650]);
  await page.evaluate(() => dispatchEvent(new Event('focus')));
  await settled(page, 700, 500);
  await page.waitForTimeout(1000);
  assert.deepEqual(await displaySize(), [700, 500]);
});

test('a second window is a second monitor', async t => {
  await page.setViewportSize({ width: 700, height: 500 });
  await settled(page, 700, 500);
  await page.mouse.move(350, 3);
  const [second] = await Promise.all([page.waitForEvent('popup'), page.click('#more')]);
  await second.setViewportSize({ width: 641, height: 401 });
  await state(second, 'live');
  await until('both in one display', async () => `${await displaySize()}` === '1341,500');
  const monitors = async () => (await session.client('xrandr', '--listmonitors')).replaceAll(/\/\d+/g, '');
  assert.match(await monitors(), /rd-1 700x500\+0\+0.*\n.*rd-2 641x401\+700\+0/);
  await session.client('xsetroot', '-solid', '#a03060');
  const place = target => target.evaluate(() => {
    const { left, top, width, clipPath } = document.querySelector('video.front').style;
    return [left, top, width, clipPath].join(' ');
  });
  await until('the first part', async () => await place(page) === '0px 0px 1342px inset(0px 642px 0px 0px)');
  await until('the second part', async () => await place(second) === '-700px 0px 1342px inset(0px 1px 99px 700px)');
  await second.mouse.move(300, 200);
  await until('the pointer', async () => /x:1000 y:200/.test(await session.client('xdotool', 'getmouselocation')));

  const terminal = session.background('xterm', '-maximized', '-e', 'cat');
  t.after(() => terminal.kill());
  const bounds = async () => {
    const text = await session.client('xwininfo', '-name', 'cat').catch(() => '');
    return ['Absolute upper-left X', 'Width'].map(field => Number(new RegExp(`${field}: +(\\d+)`).exec(text)?.[1]));
  };
  let seen;
  await until('a window that fills one monitor', async () => {
    seen = await bounds();
    return seen[1] > 500 && seen[1] <= 700 && (seen[0] + seen[1] <= 700 || seen[0] >= 700);
  }).catch(error => assert.fail(`${error.message}: ${seen}`));

  await second.close({ runBeforeUnload: true });
  await settled(page, 700, 500);
  assert.match(await monitors(), /Monitors: 1/);
});
