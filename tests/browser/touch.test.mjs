// Fingers on the page, as the browser itself reports them: what each gesture
// becomes, directly and as a touchpad.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, openPage, serve, until } from './fixture.mjs';

let browser, server;

before(async () => {
  browser = await launch();
  server = await serve();
});

after(async () => {
  await browser?.close();
  server?.close();
});

// fingers(...[x, y]) are those that touch from now on; fewer: the last were
// lifted.
const open = async (t, touch = 'direct') => {
  const all = await openPage(t, browser, server, { hasTouch: true, live: false });
  const { context, page, session } = all;
  await page.goto(`${server.url}#touch=${touch}`);
  await page.locator('html[data-state="live"]').waitFor({ state: 'attached' });
  await until('the events channel', () => session.say('leds none').then(() => true, () => false));
  await page.locator('#bar.open').waitFor();
  await page.locator('#bar:not(.open)').waitFor();
  const devtools = await context.newCDPSession(page);
  let down = [];
  const fingers = (...points) => {
    const now = points.map(([x, y], id) => ({ x, y, id }));
    const [type, touchPoints] = now.length < down.length ? ['touchEnd', down.slice(now.length)]
      : [now.length > down.length ? 'touchStart' : 'touchMove', now];
    down = now;
    return devtools.send('Input.dispatchTouchEvent', { type, touchPoints });
  };
  return { ...all, fingers };
};

const buttons = events => events.filter(event => event.startsWith('button'));

test('directly: a tap clicks, two taps where the first one was, three fingers the middle', async t => {
  const { session, fingers } = await open(t);
  await Promise.all([fingers([400, 300]), fingers(), fingers([408, 305]), fingers()]);
  await until('two clicks', () => buttons(session.events).length >= 4);
  assert.deepEqual(buttons(session.events.splice(0)), ['button 1 down 320 200', 'button 1 up 320 200',
    'button 1 down 320 200', 'button 1 up 320 200']);
  await fingers([300, 300], [400, 300], [500, 300]);
  await fingers();
  await until('a click', () => buttons(session.events).length >= 2);
  assert.deepEqual(buttons(session.events.splice(0)), ['button 2 down 320 200', 'button 2 up 320 200']);
});

test('directly: a finger that moves drags from where it began', async t => {
  const { session, fingers } = await open(t);
  await fingers([400, 300]);
  await fingers([404, 300]);
  assert.deepEqual(buttons(session.events), []);
  await fingers([420, 310]);
  await fingers([480, 350]);
  await fingers();
  await until('the end', () => buttons(session.events).length >= 2);
  const events = session.events.splice(0).filter(event => !event.startsWith('motion'));
  assert.deepEqual(events, ['button 1 down 320 200', 'button 1 up 384 240']);
});

test('a long press is the right button, and drags with it; two fingers tap it', async t => {
  const { session, fingers } = await open(t);
  await fingers([400, 300]);
  await until('the right button', () => session.events.includes('button 3 down 320 200'));
  await fingers([480, 300]);
  await fingers();
  await until('its end', () => session.events.includes('button 3 up 384 200'));
  session.events.length = 0;
  await fingers([390, 300], [410, 300]);
  await fingers([390, 300]);
  await fingers([380, 340]);
  await fingers();
  await until('a click', () => buttons(session.events).length >= 2);
  assert.deepEqual(buttons(session.events), ['button 3 down 320 200', 'button 3 up 320 200']);
});

for (const touch of ['direct', 'trackpad']) {
  test(`${touch}: two fingers scroll what is under them along`, async t => {
    const { session, fingers } = await open(t, touch);
    await fingers([400, 300], [460, 300]);
    for (let y = 310; y <= 360; y += 10)
      await fingers([400, y], [460, y]);
    await fingers([400, 360]);
    await fingers([100, 100]);
    await fingers();
    await until('the wheel', () => session.events.some(event => event.startsWith('scroll')));
    const events = session.events.filter(event => !event.startsWith('motion'));
    const sum = events.reduce((total, event) => total + +/^scroll 0 (-?\d+)$/.exec(event)[1], 0);
    assert.equal(sum, -120);
  });

  test(`${touch}: two fingers that part zoom with Control and the wheel`, async t => {
    const { session, fingers } = await open(t, touch);
    await fingers([350, 300], [450, 300]);
    for (let by = 5; by <= 50; by += 5)
      await fingers([350 - by, 300], [450 + by, 300]);
    await fingers();
    await until('four notches', () => session.events.length >= 12);
    const events = session.events.filter(event => !event.startsWith('motion'));
    assert.deepEqual(events, Array(4).fill(['key Control_L down', 'scroll 0 -120', 'key Control_L up']).flat());
  });
}

test('as a touchpad: a finger moves the pointer, a tap clicks where that is', async t => {
  const { page, session, fingers } = await open(t, 'trackpad');
  await session.say('cursor 16 16 4 8 iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAYAAAAf8/9hAAAAF0lEQVR42mNk+M9AEmAc1TCqYVTDSNIAAA0hAhHHs8krAAAAAElFTkSuQmCC');
  await fingers([100, 100]);
  await page.locator('#pointer').waitFor();
  for (let x = 120; x <= 200; x += 20)
    await fingers([x, 100]);
  await fingers();
  await until('where it rests', () => session.events.includes('motion 448 200'));
  const { x, y } = await page.locator('#pointer').boundingBox();
  assert.deepEqual([x, y].map(Math.round), [400 + 160 - 5, 300 - 10]);
  session.events.length = 0;
  await fingers([700, 500]);
  await fingers();
  await until('a click', () => session.events.length >= 2);
  assert.deepEqual(session.events.splice(0), ['button 1 down 448 200', 'button 1 up 448 200']);
  for (let n = 0; n < 4; n++) {
    await fingers([100, 100]);
    await fingers([700, 100]);
    await fingers();
  }
  await until('the edge', () => session.events.includes('motion 639 200'));
  await fingers([700, 100]);
  await fingers([640, 100]);
  await fingers();
  await until('and back from it at once', () => session.events.includes('motion 562 200'));
});

test('as a touchpad: a tap and a finger that comes back drag', async t => {
  const { session, fingers } = await open(t, 'trackpad');
  await Promise.all([fingers([400, 300]), fingers(), fingers([400, 300])]);
  await fingers([400, 340]);
  await fingers();
  await until('the end', () => buttons(session.events).length >= 2);
  assert.deepEqual(buttons(session.events), ['button 1 down 320 200', 'button 1 up 320 251']);
});

test('keys that a keyboard on a screen lacks: pressed as long as the finger is, modifiers for the next key', async t => {
  const { page, session, fingers } = await open(t);
  await page.evaluate(() => document.getElementById('type').click());
  const key = name => page.locator('#keyrow').getByRole('button', { name, exact: true });
  const middle = async name => {
    const { x, y, width, height } = await key(name).boundingBox();
    return [x + width / 2, y + height / 2];
  };
  assert.equal(await page.evaluate(() => document.activeElement.inputMode), 'text');
  session.events.length = 0;
  await fingers(await middle('Left'));
  assert.deepEqual(await session.take(1), ['key Left down']);
  await fingers();
  assert.deepEqual(await session.take(1), ['key Left up']);

  await key('Ctrl').tap();
  await key('Alt').tap();
  assert.equal(await key('Ctrl').getAttribute('aria-pressed'), 'true');
  await page.keyboard.insertText('c');
  assert.deepEqual(await session.take(5), ['key Control_L down', 'key Alt_L down', 'text c',
    'key Control_L up', 'key Alt_L up']);
  assert.equal(await key('Ctrl').getAttribute('aria-pressed'), 'false');

  await key('Shift').tap();
  await key('Shift').tap();
  await key('Tab').tap();
  await key('Tab').tap();
  await key('Shift').tap();
  assert.deepEqual(await session.take(6), ['key Shift_L down', 'key Tab down', 'key Tab up', 'key Tab down', 'key Tab up',
    'key Shift_L up']);

  await key('Super').tap();
  await page.evaluate(() => document.activeElement.blur());
  assert.deepEqual(await session.take(2), ['key Super_L down', 'key Super_L up']);
  assert.equal(await key('Super').getAttribute('aria-pressed'), 'false');

  await key('Fn').focus();
  await page.keyboard.press('Enter');
  for (let i = 0; i < 4; i++)
    await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.deepEqual(await session.take(2), ['key Prior down', 'key Prior up'], 'by keyboard too');
  await page.keyboard.press('Escape');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'keys');
});

test('a letter that is composed is a shortcut at once when a modifier is down', async t => {
  const { context, page, session } = await open(t);
  await page.evaluate(() => document.getElementById('type').click());
  session.events.length = 0;
  await page.locator('#keyrow').getByRole('button', { name: 'Ctrl' }).tap();
  const devtools = await context.newCDPSession(page);
  await devtools.send('Input.imeSetComposition', { text: 'c', selectionStart: 1, selectionEnd: 1 });
  assert.deepEqual(await session.take(3), ['key Control_L down', 'text c', 'key Control_L up']);
});

test('a touch that the system takes away lets go', async t => {
  const { page, session, fingers } = await open(t);
  await fingers([400, 300]);
  await fingers([480, 300]);
  await until('a button', () => session.events.includes('button 1 down 320 200'));
  await page.evaluate(() => {
    const stage = document.getElementById('stage');
    for (let pointerId = 0; pointerId < 20; pointerId++)
      stage.dispatchEvent(new PointerEvent('pointercancel', { pointerId, pointerType: 'touch' }));
  });
  await until('none', () => session.events.includes('button 1 up 384 200'));
});
