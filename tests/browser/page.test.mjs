// The page alone, against a stand-in for the session: what each key, button,
// wheel and clipboard becomes, and what the page does when the link is lost.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, openPage, serve, state, until } from './fixture.mjs';
import { copiedPicture, copyPicture, makePicture, nothingYet, sumOf } from './pictures.mjs';

let browser, server;

before(async () => {
  browser = await launch();
  server = await serve();
});

after(async () => {
  await browser?.close();
  server?.close();
});

const open = (t, options) => openPage(t, browser, server, options);

const openSettings = async page => {
  await page.mouse.move(400, 3);
  await page.click('#prefs');
};

// Key events as a browser would send them: rows of type, key, code and more.
const keys = (page, ...rows) => page.evaluate(events => {
  for (const [type, key, code, rest = {}] of events)
    document.activeElement.dispatchEvent(
      new KeyboardEvent(`key${type}`, { key, code, bubbles: true, cancelable: true, ...rest }));
}, rows);

// Until what the session said of its locks is known here, and answered so.
const answerLocks = async (page, session, locks, answer) => {
  const tap = key => keys(page, ['down', key, key, locks], ['up', key, key, locks]);
  await until(answer, async () => {
    await tap('F13');
    return session.events.includes(answer);
  });
  await tap('F14');
  await until('all before', () => session.events.includes('key F14 up'));
  session.events.length = 0;
};

test('it connects, plays and complains about nothing', async t => {
  const { page, session, errors } = await open(t);
  const [sdp] = session.offers;
  assert.match(sdp, /a=fmtp:\d+ .*;stereo=1/);
  assert.match(sdp, /m=application /);
  assert.equal(sdp.match(/a=recvonly/g).length, 1);
  const media = await page.evaluate(() => {
    const video = document.querySelector('video.front');
    const audio = document.querySelector('audio');
    return {
      size: [video.videoWidth, video.videoHeight],
      video: video.srcObject.getTracks().map(track => track.kind),
      audio: audio.srcObject.getTracks().map(track => track.kind),
      veil: getComputedStyle(document.getElementById('veil')).display,
    };
  });
  assert.deepEqual(media, { size: [640, 400], video: ['video'], audio: ['audio'], veil: 'none' });
  assert.deepEqual(errors, []);
});

test('the picture is letterboxed, centred and on whole pixels', async t => {
  const { page } = await open(t);
  const box = () => page.evaluate(() => {
    const { x, y, width, height } = document.querySelector('video.front').getBoundingClientRect();
    return [x, y, width, height, document.querySelector('video.front').style.imageRendering];
  });
  assert.deepEqual(await box(), [0, 50, 800, 500, 'auto']);
  await page.setViewportSize({ width: 1400, height: 800 });
  await until('twice the size', async () => `${await box()}` === '60,0,1280,800,pixelated');
  await page.setViewportSize({ width: 701, height: 401 });
  await until('whole pixels', async () => (await box()).slice(0, 4).every(Number.isInteger));
});

test('the pointer is mapped through the letterbox and clamped', async t => {
  const { page, session } = await open(t);
  const at = async (x, y) => {
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.up();
    await until('the click', () => session.events.some(event => event.startsWith('button 1 up')));
    return session.events.splice(0).filter(event => event.startsWith('button')).map(event => event.slice(9));
  };
  assert.deepEqual(await at(0, 50), ['down 0 0', 'up 0 0']);
  assert.deepEqual(await at(400, 300), ['down 320 200', 'up 320 200']);
  assert.deepEqual(await at(799, 549), ['down 639 399', 'up 639 399']);
  assert.deepEqual(await at(30, 20), ['down 24 0', 'up 24 0']);
  assert.deepEqual(await at(30, 590), ['down 24 399', 'up 24 399']);
  await page.setViewportSize({ width: 1400, height: 800 });
  assert.deepEqual(await at(61, 1), ['down 0 0', 'up 0 0']);
  assert.deepEqual(await at(1339, 400), ['down 639 200', 'up 639 200']);
  assert.deepEqual(await at(20, 400), ['down 0 200', 'up 0 200']);
});

test('motion is numbered, and where it rests is said reliably', async t => {
  const { page, session } = await open(t);
  await page.mouse.move(100, 100);
  await page.mouse.move(700, 500, { steps: 20 });
  await until('where it rests', () => session.events.at(-1) === 'motion 560 360');
  const numbers = session.motion.map(line => +/^(\d+) motion \d+ \d+$/.exec(line)[1]);
  assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b));
  assert.equal(new Set(numbers).size, numbers.length);
  assert.match(session.motion.at(-1), / motion 560 360$/);
});

test('each button goes up and down where it was, together and dragged out of the window', async t => {
  const { page, session } = await open(t);
  await page.mouse.move(400, 300);
  await session.take(1);
  for (const button of ['left', 'right', 'middle'])
    await page.mouse.down({ button });
  await page.mouse.move(-40, -40);
  for (const button of ['left', 'right', 'middle'])
    await page.mouse.up({ button });
  assert.deepEqual((await session.take(6)).filter(event => !event.startsWith('motion')), [
    'button 1 down 320 200', 'button 3 down 320 200', 'button 2 down 320 200',
    'button 1 up 0 0', 'button 3 up 0 0', 'button 2 up 0 0',
  ]);
  await page.evaluate(() => {
    const stage = document.getElementById('stage');
    for (const buttons of [8, 24, 0])
      stage.dispatchEvent(new PointerEvent('pointermove', { buttons, clientX: 400, clientY: 300, bubbles: true }));
  });
  assert.deepEqual((await session.take(4)).filter(event => !event.startsWith('motion')), [
    'button 8 down 320 200', 'button 9 down 320 200', 'button 8 up 320 200', 'button 9 up 320 200',
  ]);
});

test('a finger presses where it touches, and brings no keyboard up unasked', async t => {
  const { page, session } = await open(t, { hasTouch: true });
  await page.touchscreen.tap(400, 300);
  assert.deepEqual((await session.take(2)).filter(event => event.startsWith('button')),
    ['button 1 down 320 200', 'button 1 up 320 200']);
  assert.equal(await page.evaluate(() => document.getElementById('keys').inputMode), 'none');
  await page.locator('#bar.open').waitFor(); // it greets
  await page.locator('#type').waitFor({ state: 'hidden' }); // faded away again
  await page.touchscreen.tap(400, 595);
  await page.locator('#type').tap();
  assert.equal(await page.evaluate(() => document.activeElement.inputMode), 'text');
});

test('wheels of every kind become 1/120 of a notch, and nothing is lost on the way', async t => {
  const { page, session } = await open(t);
  const wheel = async (...events) => {
    await page.evaluate(list => {
      for (const event of list)
        document.getElementById('stage').dispatchEvent(
          new WheelEvent('wheel', { clientX: 400, clientY: 300, bubbles: true, cancelable: true, ...event }));
    }, events);
    return (await session.take(1)).filter(event => event.startsWith('scroll'));
  };
  assert.deepEqual(await wheel({ deltaY: 3, deltaMode: 1 }), ['scroll 0 120']);
  assert.deepEqual(await wheel({ deltaX: -1, deltaMode: 1 }), ['scroll -40 0']);
  assert.deepEqual(await wheel({ deltaY: 1, deltaMode: 2 }), ['scroll 0 1200']);
  assert.deepEqual(await wheel({ deltaY: 60 }), ['scroll 0 120']);
  assert.deepEqual(await wheel({ deltaY: .25 }, { deltaY: .25 }, { deltaY: -.5 }), ['scroll 0 1', 'scroll 0 -1']);
  assert.deepEqual(await wheel({ deltaX: 60, shiftKey: true }), ['scroll 0 120']);
  await page.mouse.move(400, 300);
  await page.mouse.wheel(0, -120);
  assert.match((await session.take(1)).at(-1), /^scroll 0 -\d\d\d$/);
});

test('two fingers on a touchpad zoom: whole notches with Control, which nobody pressed', async t => {
  const { page, session } = await open(t);
  const wheel = (...events) => page.evaluate(list => {
    for (const deltaY of list)
      document.getElementById('stage').dispatchEvent(new WheelEvent('wheel',
        { clientX: 400, clientY: 300, deltaY, ctrlKey: true, bubbles: true, cancelable: true }));
  }, events);
  await wheel(-6, -6, -6, 30);
  assert.deepEqual(await session.take(7), ['motion 320 200', 'key Control_L down', 'scroll 0 -120', 'key Control_L up',
    'key Control_L down', 'scroll 0 120', 'key Control_L up']);
  await page.keyboard.down('Control');
  await wheel(-60);
  await page.keyboard.up('Control');
  assert.deepEqual(await session.take(3), ['key Control_L down', 'scroll 0 -120', 'key Control_L up']);
});

test('locked, the pointer says how far it moves and is not sent anywhere', async t => {
  const { page, session, errors } = await open(t);
  const stage = () => page.evaluate(() => document.pointerLockElement?.id);
  await page.mouse.move(400, 3);
  await page.click('#grab');
  await page.locator('#grab[aria-pressed="true"]').waitFor();
  assert.equal(await stage(), 'stage');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'keys');
  session.events.length = 0;
  const start = [400, 300];
  await page.mouse.move(...start);
  await until('it has moved', () => session.events.length);
  session.events.length = 0;
  for (const [x, y] of [[5, 0], [25, -10], [300, 250]])
    await page.mouse.move(start[0] + x, start[1] + y);
  await page.mouse.down();
  await page.mouse.up();
  await until('the click', () => session.events.includes('button 1 up'));
  const events = session.events.splice(0);
  const moves = events.filter(event => event.startsWith('move ')).map(event => event.split(' ').slice(1).map(Number));
  assert.deepEqual(moves.reduce(([x, y], move) => [x + move[0], y + move[1]], [0, 0]), [300, 250]);
  assert.deepEqual(events.slice(-2), ['button 1 down', 'button 1 up']);
  await session.say(`cursor 16 16 4 8 ${ARROW}`);
  await session.say('pointer 320 200');
  await page.locator('#pointer').waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.role), 'control');
  await page.evaluate(() => document.exitPointerLock());
  await page.locator('#grab[aria-pressed="false"]').waitFor();
  await session.say('pointer 320 200'); // on its way when the lock ended
  session.events.length = session.motion.length = 0;
  await page.mouse.move(400, 300);
  await page.mouse.move(401, 300);
  await until('a place', () => session.motion.length);
  assert.ok(!await page.locator('#pointer').isVisible());
  assert.equal(await page.evaluate(() => document.documentElement.dataset.role), 'control');
  assert.deepEqual(errors, []);
});

test('every key has its keysym', async t => {
  const { page, session } = await open(t);
  const shift = { shiftKey: true };
  const right = { location: 2 };
  const pad = { location: 3 };
  const rows = [
    ['a', 'KeyA', 'a'], ['A', 'KeyA', 'A', shift], ['7', 'Digit7', '7'], [' ', 'Space', '0x20'],
    ['/', 'Digit7', '0x2f', shift], ['ä', 'Quote', '0xe4'], ['ß', 'Minus', '0xdf'], ['€', 'KeyE', '0x10020ac'],
    ['漢', 'KeyK', '0x1006f22'], ['😀', 'KeyS', '0x101f600'], ['ж', 'Semicolon', '0x1000436'],
    ['м', 'KeyV', 'm', { code: 'KeyM', ctrlKey: true }],
    ['Enter', 'Enter', 'Return'], ['Tab', 'Tab', 'Tab'], ['Backspace', 'Backspace', 'BackSpace'],
    ['Escape', 'Escape', 'Escape'], ['Delete', 'Delete', 'Delete'], ['PageUp', 'PageUp', 'Prior'],
    ['PageDown', 'PageDown', 'Next'], ['ArrowLeft', 'ArrowLeft', 'Left'], ['Insert', 'Insert', 'Insert'],
    ['ContextMenu', 'ContextMenu', 'Menu'], ['PrintScreen', 'PrintScreen', 'Print'], ['Pause', 'Pause', 'Pause'],
    ['F1', 'F1', 'F1'], ['F12', 'F12', 'F12'], ['F24', 'F24', 'F24'],
    ['Shift', 'ShiftLeft', 'Shift_L', shift], ['Shift', 'ShiftRight', 'Shift_R', { ...shift, ...right }],
    ['Control', 'ControlRight', 'Control_R', { ctrlKey: true, ...right }],
    ['Alt', 'AltLeft', 'Alt_L', { altKey: true }], ['Meta', 'AltLeft', 'Alt_L', { altKey: true, metaKey: true }],
    ['Meta', 'MetaLeft', 'Super_L', { metaKey: true }], ['Meta', 'MetaRight', 'Super_R', { metaKey: true, ...right }],
    ['5', 'Numpad5', 'KP_5', pad], ['Clear', 'Numpad5', 'KP_Begin', pad], ['Enter', 'NumpadEnter', 'KP_Enter', pad],
    ['+', 'NumpadAdd', 'KP_Add', pad], [',', 'NumpadDecimal', 'KP_Separator', pad], ['.', 'NumpadDecimal', 'KP_Decimal', pad],
    ['Home', 'Numpad7', 'KP_Home', pad], ['AudioVolumeUp', 'AudioVolumeUp', 'XF86AudioRaiseVolume'],
    ['MediaPlayPause', 'MediaPlayPause', 'XF86AudioPlay'], ['BrowserBack', 'BrowserBack', 'XF86Back'],
    ['HangulMode', 'Lang1', 'Hangul'],
  ];
  for (const [key, code, sym, rest] of rows) {
    await keys(page, ['down', key, code, rest], ['up', key, rest?.code ?? code, rest?.location ? { location: rest.location } : {}]);
    assert.deepEqual(await session.take(2), [`key ${sym} down`, `key ${sym} up`], `${key} ${code}`);
  }
});

test('locks and AltGr stay here: the character they choose goes over', async t => {
  const { page, session } = await open(t);
  const level3 = { modifierAltGraph: true };
  await keys(page, ['down', 'CapsLock', 'CapsLock'], ['up', 'CapsLock', 'CapsLock'], ['down', 'NumLock', 'NumLock'],
    ['down', 'AltGraph', 'AltRight', level3], ['down', '@', 'KeyQ', level3], ['up', '@', 'KeyQ', level3],
    ['up', 'AltGraph', 'AltRight']);
  assert.deepEqual(await session.take(2), ['key 0x40 down', 'key 0x40 up']);
});

test('Caps and Num Lock of the session are made to be as here, before the key', async t => {
  const { page, session } = await open(t);
  const caps = { modifierCapsLock: true };
  const both = { ...caps, modifierNumLock: true };
  const tap = (key, code, locks) => keys(page, ['down', key, code, locks], ['up', key, code, locks]);
  await answerLocks(page, session, caps, 'leds caps');
  await tap('A', 'KeyA', caps);
  assert.deepEqual(await session.take(2), ['key A down', 'key A up'], 'said once');
  await tap('A', 'KeyA', both);
  assert.deepEqual(await session.take(3), ['leds caps num', 'key A down', 'key A up']);
  await keys(page, ['down', 'CapsLock', 'CapsLock', both], ['up', 'CapsLock', 'CapsLock', { modifierNumLock: true }]);
  assert.deepEqual(await session.take(1), ['leds num'], 'a lock\'s own key tells when it is up');
  await session.say('leds num scroll');
  await tap('a', '', caps); // on the screen
  await tap('a', 'KeyA', { modifierNumLock: true });
  assert.deepEqual(await session.take(4), ['key a down', 'key a up', 'key a down', 'key a up']);
  await session.say('leds none'); // somebody in the session
  await answerLocks(page, session, { modifierNumLock: true }, 'leds num');
});

test('what is held is said every second, and nothing when nothing is', async t => {
  const { page, session } = await open(t);
  await page.keyboard.down('a');
  await until('three signs of life', () => session.beats >= 3);
  await page.keyboard.up('a');
  await page.mouse.down();
  const before = session.beats;
  await until('for buttons too', () => session.beats > before);
  await page.mouse.up();
  await page.waitForTimeout(1100);
  const after = session.beats;
  await page.waitForTimeout(1500);
  assert.equal(session.beats, after);
});

test('what went down goes up, whatever the modifiers are by then', async t => {
  const { page, session } = await open(t);
  await page.keyboard.down('Shift');
  await page.keyboard.down('KeyA');
  await page.keyboard.up('Shift');
  await page.keyboard.up('KeyA');
  assert.deepEqual(await session.take(4), ['key Shift_L down', 'key A down', 'key Shift_L up', 'key A up']);
});

test('repeats are left to the session, shortcuts are not the browser\'s', async t => {
  const { page, session } = await open(t);
  await page.keyboard.down('x');
  await page.keyboard.down('x');
  await page.keyboard.up('x');
  await page.keyboard.press('Control+f');
  await page.keyboard.press('F5');
  assert.deepEqual(await session.take(8), ['key x down', 'key x up', 'key Control_L down', 'key f down', 'key f up',
    'key Control_L up', 'key F5 down', 'key F5 up']);
  await page.keyboard.press('Tab');
  assert.deepEqual(await session.take(2), ['key Tab down', 'key Tab up']);
});

test('no key stays down: on blur, and when a keyup went elsewhere', async t => {
  const { page, session } = await open(t);
  await page.keyboard.down('Alt');
  await page.keyboard.down('q');
  await page.evaluate(() => document.activeElement.blur());
  assert.deepEqual(await session.take(4), ['key Alt_L down', 'key q down', 'key Alt_L up', 'key q up']);
  await page.mouse.click(400, 300);
  await session.take(2);
  await keys(page, ['down', 'Control', 'ControlLeft', { ctrlKey: true }], ['down', 'c', 'KeyC']);
  assert.deepEqual(await session.take(3), ['key Control_L down', 'key Control_L up', 'key c down']);
});

test('Windows: the Control before AltGr is none, alone it is one', async t => {
  const { page, session } = await open(t, { platform: 'Win32' });
  const control = { ctrlKey: true };
  const level3 = { modifierAltGraph: true };
  await keys(page, ['down', 'Control', 'ControlLeft', control], ['down', 'AltGraph', 'AltRight', level3],
    ['down', '€', 'KeyE', level3], ['up', '€', 'KeyE', level3],
    ['up', 'Control', 'ControlLeft', level3], ['up', 'AltGraph', 'AltRight']);
  assert.deepEqual(await session.take(2), ['key 0x10020ac down', 'key 0x10020ac up']);
  await keys(page, ['down', 'Control', 'ControlLeft', control], ['down', 'c', 'KeyC', control],
    ['up', 'c', 'KeyC', control], ['up', 'Control', 'ControlLeft']);
  assert.deepEqual(await session.take(4), ['key Control_L down', 'key c down', 'key c up', 'key Control_L up']);
  await keys(page, ['down', 'Control', 'ControlLeft', control], ['up', 'Control', 'ControlLeft']);
  assert.deepEqual(await session.take(2), ['key Control_L down', 'key Control_L up']);
});

test('Mac: Command is Control, Option chooses characters or is Alt', async t => {
  const { page, session } = await open(t, { platform: 'MacIntel' });
  const command = { metaKey: true };
  const option = { altKey: true };
  await answerLocks(page, session, {}, 'leds num'); // which its keypad always has
  await keys(page, ['down', 'Meta', 'MetaLeft', command], ['down', 'c', 'KeyC', command], ['up', 'Meta', 'MetaLeft']);
  assert.deepEqual(await session.take(3), ['key Control_L down', 'key c', 'key Control_L up']);
  await keys(page, ['down', 'Alt', 'AltLeft', option], ['down', '@', 'KeyL', option], ['up', '@', 'KeyL', option],
    ['up', 'Alt', 'AltLeft']);
  assert.deepEqual(await session.take(2), ['key 0x40 down', 'key 0x40 up']);
  await keys(page, ['down', 'Alt', 'AltLeft', option], ['down', 'ArrowLeft', 'ArrowLeft', option],
    ['up', 'ArrowLeft', 'ArrowLeft', option], ['up', 'Alt', 'AltLeft']);
  assert.deepEqual(await session.take(4), ['key Alt_L down', 'key Left down', 'key Left up', 'key Alt_L up']);
});

test('composed text goes over whole', async t => {
  const { context, page, session } = await open(t);
  const devtools = await context.newCDPSession(page);
  await devtools.send('Input.imeSetComposition', { text: 'にほ', selectionStart: 2, selectionEnd: 2 });
  await devtools.send('Input.imeSetComposition', { text: '日本', selectionStart: 2, selectionEnd: 2 });
  await devtools.send('Input.insertText', { text: '日本' });
  assert.deepEqual(await session.take(1), ['text 日本']);
  await page.keyboard.down('Shift');
  await devtools.send('Input.imeSetComposition', { text: 'カ', selectionStart: 1, selectionEnd: 1 });
  await devtools.send('Input.imeSetComposition', { text: 'カナ', selectionStart: 2, selectionEnd: 2 });
  await page.keyboard.up('Shift');
  await devtools.send('Input.insertText', { text: '仮名' });
  assert.deepEqual(await session.take(3), ['key Shift_L down', 'key Shift_L up', 'text 仮名']);
  await page.keyboard.insertText('naïve\n€ 😀');
  assert.deepEqual(await session.take(3), ['text naïve', 'key Return', 'text € 😀']);
  await keys(page, ['down', 'Dead', 'BracketRight'], ['up', 'Dead', 'BracketRight'], ['down', 'لا', 'KeyB']);
  assert.deepEqual(await session.take(1), ['text لا']);
});

test('what is pasted is in the session\'s clipboard before the key is', async t => {
  const { page, session } = await open(t, { permissions: ['clipboard-read', 'clipboard-write'] });
  const text = 'ä€😀\n'.repeat(8000);
  await page.evaluate(value => navigator.clipboard.writeText(value), text);
  await page.keyboard.press('Control+v');
  const bytes = Buffer.byteLength(text);
  assert.deepEqual(await session.take(5), ['key Control_L down', `clipboard text/plain ${bytes}\n${text}`,
    'key v down', 'key v up', 'key Control_L up']);
  await page.keyboard.press('Control+v');
  assert.deepEqual(await session.take(4), ['key Control_L down', 'key v down', 'key v up', 'key Control_L up'],
    'an old text must not replace what was copied in the session since');
});

test('what is copied in the session is in this computer\'s clipboard', async t => {
  const { page, session, errors } = await open(t, { permissions: ['clipboard-read', 'clipboard-write'] });
  const text = 'grün 漢\n'.repeat(7000);
  await session.say(`clipboard text/plain ${Buffer.byteLength(text)}\n${text}`);
  await until('the clipboard', () => page.evaluate(async value => await navigator.clipboard.readText() === value, text));
  assert.deepEqual(errors, []);
});

test('without leave to write, the clipboard is written with the next gesture, and the panel has it', async t => {
  const { page, session } = await open(t);
  await page.evaluate(() => navigator.clipboard.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError')));
  await page.evaluate(() => {
    document.addEventListener('copy', () => window.copied = document.activeElement.value);
  });
  await session.say('clipboard text/plain 5\nhello');
  await page.waitForTimeout(100);
  await page.keyboard.press('k');
  await until('copied', () => page.evaluate(() => window.copied === 'hello'));
  await session.take(2);
  await page.mouse.move(400, 3);
  await page.click('#clip');
  assert.equal(await page.inputValue('#clipboard textarea'), 'hello');
  await page.keyboard.type('back'); // all of it was selected
  await page.click('#give');
  assert.deepEqual((await session.take(1)).filter(event => !event.startsWith('motion')), ['clipboard text/plain 4\nback']);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'keys');
});

test('a picture of a megabyte is pasted, and only when it is new', async t => {
  const { page, session } = await open(t, { permissions: ['clipboard-read', 'clipboard-write'] });
  const picture = await makePicture(page, 1);
  assert.ok(picture.length * 3 / 4 > 1e6, `${picture.length * 3 / 4} bytes`);
  await copyPicture(page, picture);
  await until('it, on focus or not', async () => {
    await page.keyboard.press('Control+v');
    return session.copies.length;
  });
  const [copy] = session.copies;
  const line = copy.subarray(0, copy.indexOf(10) + 1);
  const [, size] = /^clipboard image\/png (\d+)\n$/.exec(line);
  assert.equal(copy.length, line.length + Number(size));
  assert.equal(await sumOf(page, copy.subarray(line.length).toString('base64')),
    await sumOf(page, picture));
  await page.keyboard.press('Control+v');
  await until('the key', () => session.events.at(-1) === 'key Control_L up');
  assert.equal(session.copies.length, 1);
});

test('a picture copied in the session, in pieces, and HTML with its text are in this computer\'s clipboard', async t => {
  const { page, session, errors } = await open(t, { permissions: ['clipboard-read', 'clipboard-write'] });
  const picture = await makePicture(page, 2);
  await session.copy({ 'image/png': Buffer.from(picture, 'base64') });
  const want = await sumOf(page, picture);
  await until('the picture', async () => {
    const there = await copiedPicture(page);
    return there && await sumOf(page, there) === want;
  });
  await session.copy({ 'text/plain': Buffer.from('bold'), 'text/html': Buffer.from('<b>bold</b>') });
  const forms = await until('the HTML', () => page.evaluate(async () => {
    const [item] = await navigator.clipboard.read();
    return item.types.includes('text/html') && {
      html: await (await item.getType('text/html')).text(), text: await (await item.getType('text/plain')).text() };
  }).catch(nothingYet));
  assert.equal(forms.text, 'bold');
  assert.match(forms.html, /<b[^>]*>bold<\/b>/);
  await page.keyboard.press('Control+v');
  await until('the key', () => session.events.at(-1) === 'key Control_L up');
  assert.equal(session.copies.length, 0, 'and is not sent back');
  assert.deepEqual(errors, []);
});

test('what is pasted has its HTML', async t => {
  const { page, session } = await open(t);
  await page.evaluate(() => {
    const data = new DataTransfer();
    data.setData('text/plain', 'bold');
    data.setData('text/html', '<b>bold</b>');
    document.getElementById('keys').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data }));
  });
  assert.deepEqual(await session.take(1), ['clipboard text/plain 4 text/html 11\nbold<b>bold</b>']);
});

test('a session that takes no clipboard says so, and how much it takes', async t => {
  const { page, session } = await open(t);
  const give = async text => {
    await page.mouse.move(400, 3);
    await page.click('#clip');
    await page.fill('#clipboard textarea', text);
    await page.click('#give');
  };
  await session.say('clipboard-rule out 4194304');
  await give('no');
  await page.locator('#notice', { hasText: 'takes no clipboard' }).waitFor();
  await session.say('clipboard-rule both 1024');
  await give('x'.repeat(1025));
  await page.locator('#notice', { hasText: '2 KiB of at most 1 KiB' }).waitFor();
  await give('x'.repeat(1024));
  await until('one that fits', () => session.copies.length === 1);
});

test('a text too long for the session is refused in words', async t => {
  const { page, session } = await open(t);
  await page.mouse.move(400, 3);
  await page.click('#clip');
  await page.fill('#clipboard textarea', 'x'.repeat(5 << 20));
  await page.click('#give');
  await page.locator('#notice', { hasText: 'Too long' }).waitFor();
  assert.equal(session.events.filter(event => event.startsWith('clipboard')).length, 0);
});

const ARROW = 'iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAYAAAAf8/9hAAAAF0lEQVR42mNk+M9AEmAc1TCqYVTDSNIAAA0hAhHHs8krAAAAAElFTkSuQmCC';

test('the session\'s cursor is the window\'s, and an image where one may only view', async t => {
  const { page, session, errors } = await open(t);
  const cursor = () => page.evaluate(() => document.getElementById('stage').style.cursor);
  await session.say(`cursor 16 16 4 8 ${ARROW}`);
  await until('its shape and hot spot, scaled', async () => /^.*url\("data:image\/png;base64,.*5 10, default$/s.test(await cursor()));
  await session.say('cursor 0 0 0 0 -');
  await until('hidden', async () => await cursor() === 'none');
  await session.say(`cursor 16 16 4 8 ${ARROW}`);
  await session.say('pointer 320 200');
  await state(page, 'live');
  await page.locator('html[data-role="view"]').waitFor({ state: 'attached' });
  const { x, y } = await page.locator('#pointer').boundingBox();
  assert.deepEqual([x, y], [395, 290]);
  assert.deepEqual(errors, []);
});

test('a cursor too large for browsers is an image that follows the hand', async t => {
  const { page, session } = await open(t);
  const png = await page.evaluate(() => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [160, 120];
    canvas.getContext('2d').fillRect(40, 30, 60, 60);
    return canvas.toDataURL().split(',')[1];
  });
  await page.mouse.move(400, 300);
  await session.say(`cursor 160 120 40 20 ${png}`);
  await page.locator('#pointer').waitFor();
  assert.equal(await page.evaluate(() => document.getElementById('stage').style.cursor), 'none');
  await page.mouse.move(500, 350);
  assert.deepEqual(await page.locator('#pointer').boundingBox(), { x: 450, y: 325, width: 200, height: 150 });
  await session.say(`cursor 16 16 4 8 ${ARROW}`);
  await page.locator('#pointer').waitFor({ state: 'hidden' });
});

test('on a dense screen picture and cursor are dense too', async t => {
  const { page, session } = await open(t, { deviceScaleFactor: 2, viewport: { width: 640, height: 400 } });
  assert.equal(await page.evaluate(() => document.querySelector('video.front').style.imageRendering), 'pixelated');
  await session.say(`cursor 16 16 4 8 ${ARROW}`);
  const size = () => page.evaluate(async () => {
    const [, data] = /image-set\(url\("([^"]*)"\) 2x\) 4 8/.exec(document.getElementById('stage').style.cursor) ?? [];
    const image = new Image();
    image.src = data ?? '';
    await image.decode().catch(() => {});
    return image.naturalWidth;
  });
  await until('twice the pixels', async () => await size() === 32);
});

test('the session is asked for the window\'s size, calmly, or for another that was chosen', async t => {
  const { page, session } = await open(t, { deviceScaleFactor: 2, viewport: { width: 801, height: 600 } });
  const asked = async (what, size) => {
    await until(what, () => session.sizes.at(-1) === size).catch(error => assert.fail(`${error.message}: ${session.sizes}`));
    await page.waitForTimeout(300);
    assert.equal(session.sizes.at(-1), size);
    return session.sizes.splice(0).length;
  };
  assert.equal(await asked('its pixels', 'size 1602 1200 192'), 1);
  for (let width = 790; width > 700; width -= 10)
    await page.setViewportSize({ width, height: 500 });
  assert.ok(await asked('the last of many sizes', 'size 1420 1000 192') < 5);
  await session.say('size 640 400');
  await page.waitForTimeout(300);
  assert.deepEqual(session.sizes, [], 'another size of the display is no reason to ask');
  await page.evaluate(() => dispatchEvent(new Event('focus')));
  await asked('its size again, turned to', 'size 1420 1000 192');

  await openSettings(page);
  await page.getByRole('combobox', { name: /^Size/ }).selectOption('1920 × 1080');
  await asked('the size chosen', 'size 1920 1080 96');
  await page.setViewportSize({ width: 900, height: 700 });
  await page.waitForTimeout(300);
  assert.deepEqual(session.sizes, []);
  await page.getByRole('combobox', { name: /^Size/ }).selectOption('As this window');
  await asked('the window\'s', 'size 1800 1400 192');
  await page.click('summary');
  await page.getByLabel('Every pixel').uncheck();
  await asked('coarse pixels', 'size 900 700 96');
  await page.reload();
  await state(page, 'live');
  await asked('what was remembered', 'size 900 700 96');
});

test('a display of odd size is shown without what the video adds', async t => {
  const { page, session } = await open(t, { viewport: { width: 639, height: 399 } });
  await session.say('size 639 399');
  const { width, height, clipPath, imageRendering } = await until('the layout', () => page.evaluate(() => {
    const { style } = document.querySelector('video.front');
    return style.clipPath && { ...Object.fromEntries(['width', 'height', 'clipPath', 'imageRendering'].map(name => [name, style[name]])) };
  }));
  assert.deepEqual([width, height, clipPath, imageRendering], ['640px', '400px', 'inset(0px 1px 1px 0px)', 'pixelated']);
  await page.mouse.move(638, 398);
  await until('the last pixel', () => session.events.at(-1) === 'motion 638 398');
});

test('full screen takes the system\'s keys along', async t => {
  const { page } = await open(t);
  await page.evaluate(() => navigator.keyboard.lock = async () => window.locked = true);
  await page.mouse.move(400, 3);
  await page.click('#full');
  await page.locator('#full[aria-pressed="true"]').waitFor();
  assert.ok(await page.evaluate(() => window.locked && document.activeElement.id === 'keys'));
  await page.click('#full');
  await page.locator('#full[aria-pressed="false"]').waitFor();
});

test('a lost link: the last picture stays, dimmed, until the next one is there', async t => {
  const { page, session } = await open(t);
  await page.evaluate(() => { // the colour of one spot in every frame from here on
    const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    window.colours = new Set();
    const look = () => {
      context.clearRect(0, 0, 1, 1);
      context.drawImage(document.querySelector('video.front'), -40, -200);
      const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
      window.colours.add(red > 150 && green < 80 && blue < 80 ? 'red' : `${[red, green, blue]}`);
      requestAnimationFrame(look);
    };
    look();
  });
  await page.keyboard.down('w');
  session.up = false;
  await session.drop();
  await state(page, 'reconnecting');
  await page.waitForTimeout(900);
  assert.equal(await page.locator('#veil h1').textContent(), 'Reconnecting');
  session.up = true;
  await state(page, 'live');
  session.events.length = 0;
  await page.keyboard.up('w');
  await until('events again', async () => {
    await page.keyboard.press('n');
    return session.events.length;
  });
  assert.deepEqual(await page.evaluate(() => [...window.colours]), ['red']);
  assert.equal(session.events[0], 'key n down', 'the new link knows nothing of keys held on the old');
});

test('where the pointer went while a link was lost, the next one hears', async t => {
  const { page, session } = await open(t);
  session.up = false;
  await session.drop();
  await state(page, 'reconnecting');
  await page.mouse.move(300, 200);
  session.events.length = 0;
  session.up = true;
  await state(page, 'live');
  await until('the place', () => session.events.some(event => event.startsWith('motion ')));
});

test('an answer that never leads to a picture is tried again', async t => {
  const { page, session } = await open(t, { live: false });
  await page.goto(server.url);
  await until('an offer', () => session.offers.length);
  await session.signal({ type: 'error', message: 'no video here' });
  await state(page, 'live');
  assert.ok(session.offers.length >= 2);
});

test('no way opens: the page says which were tried, and what to do', async t => {
  const { page, session } = await open(t, { live: false });
  session.deaf = true;
  session.servers = ['turn:192.0.2.1:9?transport=tcp', 'turns:192.0.2.1:9?transport=tcp']
    .map(urls => ({ urls, username: 'me', credential: 'secret' }));
  await page.clock.install();
  await page.goto(server.url);
  const udp = page.locator('#ways li', { hasText: 'UDP' });
  await until('an answer', () => page.evaluate(() => document.querySelector('#veil p').textContent.startsWith('Looking')));
  await page.clock.runFor(5500);
  await udp.getByText('no answer yet').waitFor();
  await page.clock.runFor(10000);
  await udp.getByText('failed').waitFor();
  assert.match(await udp.textContent(), /firewall/);
  const rows = await page.locator('#ways li').allTextContents();
  assert.deepEqual(rows.slice(1, 4).map(text => text.replace(/(?<=failed).*(?=password)/, ' … ')),
    ['TCPnot tried', 'TURN, TCPfailed … password is right.', 'TURN, TLSfailed … password is right.']);
  session.deaf = false;
  await page.clock.resume();
  await state(page, 'live');
  assert.ok(await page.locator('#ways').isHidden());
});

test('the session\'s servers are asked for addresses, and nobody else', async t => {
  const { page, session } = await open(t, { live: false });
  await page.addInitScript(() => {
    window.asked = [];
    window.RTCPeerConnection = class extends RTCPeerConnection {
      setLocalDescription(...description) {
        window.asked.push(this.getConfiguration().iceServers);
        return super.setLocalDescription(...description);
      }
    };
  });
  const turn = { urls: ['turn:192.0.2.1:3478?transport=udp'], username: 'me', credential: 'secret' };
  const asked = () => page.evaluate(() => window.asked);
  session.silent = true;
  await page.goto(server.url);
  await until('the session', () => session.routes.length);
  assert.deepEqual(await asked(), []);
  await session.signal({ type: 'servers', iceServers: [turn] });
  await until('addresses', async () => (await asked()).length);
  session.silent = false;
  await session.signal({ type: 'error', message: 'again' });
  await state(page, 'live');
  const [first, second] = await asked();
  assert.deepEqual(first.map(({ urls, username, credential }) => ({ urls, username, credential })), [turn]);
  assert.deepEqual(second, [], 'an answer without them before it means none');
});

test('a browser without the session\'s codec is told so, not kept waiting', async t => {
  const { page, session } = await open(t, { live: false });
  await page.addInitScript(() => delete window.VideoDecoder);
  await session.refuseVideo();
  await page.goto(server.url);
  await state(page, 'lost');
  await page.locator('#veil p', { hasText: 'H.264' }).waitFor();
  assert.equal(session.offers.length, 1);
});

test('over plain http, without a direct way, it says why and what to do', async t => {
  const { page, session } = await open(t, { live: false });
  await page.addInitScript(() => {
    delete window.VideoDecoder;
    Object.defineProperty(window, 'isSecureContext', { value: false });
  });
  session.silent = true;
  await page.goto(server.url);
  await until('an offer', () => session.routes.length);
  await session.signal({ type: 'error', message: 'no network path to the viewer' });
  await state(page, 'reconnecting');
  await page.locator('#veil p', { hasText: /https.*ssh -L/ }).waitFor();
});

test('a link that was used says so, and tries again when told', async t => {
  const { page, session } = await open(t);
  session.up = false;
  server.refuse(401);
  await session.drop();
  await state(page, 'lost');
  await page.locator('#veil p', { hasText: 'rd-desktop url' }).waitFor();
  server.refuse(0);
  session.up = true;
  await page.click('#veil button');
  await state(page, 'live');
});

test('sound waits for a gesture and then is remembered as on or off', async t => {
  const { page } = await open(t, { live: false });
  await page.addInitScript(() => { // automation counts as a gesture, so the browser's rule is played here
    const { play } = HTMLMediaElement.prototype;
    let gesture = false;
    addEventListener('pointerdown', () => gesture = true, { capture: true });
    HTMLMediaElement.prototype.play = function () {
      return gesture || this.muted ? play.call(this) : Promise.reject(new DOMException('', 'NotAllowedError'));
    };
  });
  await page.goto(server.url);
  const sound = name => page.locator(`html[data-sound="${name}"]`).waitFor({ state: 'attached' });
  await sound('waiting');
  assert.ok(await page.locator('#hint').isVisible());
  await page.mouse.click(400, 300);
  await sound('on');
  assert.ok(!await page.locator('#hint').isVisible());
  assert.ok(await page.evaluate(() => !document.querySelector('audio').muted && !document.querySelector('audio').paused));
  await page.mouse.move(400, 3);
  await page.click('#mute');
  await sound('off');
  await page.reload();
  await sound('off');
});

test('the bar: by keyboard, with names, and out of the way again', async t => {
  const { page, session } = await open(t);
  await page.locator('#bar.open').waitFor(); // it greets
  await page.locator('#mute').waitFor({ state: 'hidden' });
  await page.keyboard.press('Control+Alt+Shift');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'mute');
  const names = await page.locator('#tools').getByRole('button').evaluateAll(list => list.map(button => button.ariaLabel));
  assert.deepEqual(names, ['Sound', 'Microphone', 'Clipboard', 'Files', 'Lock the pointer, for games and 3D', 'Settings', 'Statistics',
    'Another monitor', 'Full screen']);
  await session.take(6);
  for (let i = 0; i < 7; i++)
    await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.ok(await page.locator('#stats').isVisible());
  await page.waitForTimeout(100);
  assert.deepEqual(session.events.splice(0).filter(event => !event.startsWith('stats ')), [], 'the keys were the bar\'s');
  await session.say('stats frames=60 bytes=90000 capture_us=600 encode_us=2100 send_us=400 rtt_us=900 resent=2');
  await page.locator('#stats dd', { hasText: '2.10 ms' }).waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'keys');
  await page.locator('#bar:not(.open)').waitFor();
  await page.reload();
  assert.ok(await page.locator('#stats').isVisible(), 'remembered');
});

test('what gives way is chosen, said, remembered; half the size is the display all the same', async t => {
  const { page, session } = await open(t);
  const clicked = place => until(place, async () => { // once the page knows the size
    await page.mouse.click(400, 300);
    return session.events.includes(place);
  });
  await openSettings(page);
  await page.keyboard.press('ArrowDown');
  assert.deepEqual((await session.take(1)).slice(-1), ['mode sharp']);
  await page.keyboard.press('Escape');
  assert.ok(await page.locator('#preferences').isHidden());
  assert.equal(await page.evaluate(() => document.activeElement.id), 'keys');
  await page.reload();
  await state(page, 'live');
  assert.deepEqual(await session.take(1), ['mode sharp']);
  assert.deepEqual(session.routes, ['/ws/signal', '/ws/signal']);

  await openSettings(page);
  await page.click('summary');
  await page.getByLabel('Half size').check();
  await page.keyboard.press('Escape');
  await until('another peer', () => session.routes.length === 3);
  assert.equal(session.routes[2], '/ws/signal-half');
  await until('its channel', () => session.say('size 1280 800').then(() => true, () => false));
  await state(page, 'live');
  await clicked('button 1 up 640 400');

  await openSettings(page);
  await page.getByLabel('Half size').uncheck();
  await page.keyboard.press('Escape');
  await until('a peer again', () => session.routes.length === 4);
  assert.equal(session.routes[3], '/ws/signal');
  await state(page, 'live');
  await until('its channel', () => session.say('size 640 400').then(() => true, () => false));
  await clicked('button 1 up 320 200');
});

test('it speaks the browser\'s language, or the one that is wanted', async t => {
  const { page } = await open(t, { locale: 'de-AT' });
  const say = async () => [await page.evaluate(() => document.documentElement.lang),
    await page.locator('#mute').getAttribute('aria-label'), await page.locator('#mute').getAttribute('title')];
  assert.deepEqual(await say(), ['de', 'Ton', 'Ton']);
  await page.goto(`${server.url}#lang=zh`);
  await until('Chinese', async () => `${await say().catch(() => '')}` === 'zh,声音,声音');
  await page.goto(`${server.url}#lang=xx`);
  await until('German', async () => `${await say().catch(() => '')}` === 'de,Ton,Ton');
});

test('the URL sets what can be set, until a hand does', async t => {
  const { page, session } = await open(t, { live: false });
  await page.goto(`${server.url}#mode=smooth&stats=on&volume=30&sound=off&nonsense=1`);
  await state(page, 'live');
  assert.equal((await session.take(1))[0], 'mode smooth');
  assert.ok(await page.locator('#stats').isVisible());
  assert.equal(await page.locator('#volume').inputValue(), '30');
  assert.equal(await page.locator('html').getAttribute('data-sound'), 'off');
  await openSettings(page);
  await page.getByLabel('Sharp text').check();
  assert.match(page.url(), /#stats=on&volume=30&sound=off&nonsense=1$/);
  session.events.length = 0; // the page that goes may still ask for stats
  await page.reload();
  await state(page, 'live');
  await until('what was chosen', () => session.events.includes('mode sharp'));
  await page.goto(`${server.url}#mode=__proto__&volume=1000`);
  await until('a peer', () => session.offers.length === 3);
  await state(page, 'live');
  assert.ok(await page.getByLabel('Sharp text').isChecked());
  assert.equal(await page.locator('#volume').inputValue(), '100');
});

// A list as rd-web sends it, of [number, role, state, name] with oneself first.
const list = (me, ...people) =>
  `you ${me}\n${people.map(([number, role, state, name = '']) => `person ${number} ${role} ${state} 0123abcd ${name}`.trimEnd()).join('\n')}\n`;

const joined = async t => {
  const opened = await open(t);
  await until('the people\'s channel', () => opened.session.people);
  return opened;
};

test('alone, there is nothing about people to see', async t => {
  const { page, session } = await joined(t);
  session.people(list(1, [1, 'control', 'controls']));
  await page.mouse.move(400, 3);
  await page.locator('#tools #mute').waitFor();
  assert.equal(await page.locator('#corner').isVisible(), false);
  assert.equal(await page.locator('#people').isVisible(), false);
});

test('who may only watch sees so, asks, and is told what comes of it', async t => {
  const { page, session } = await joined(t);
  const owner = [1, 'control', 'controls', 'Zoë'];
  session.people(list(2, owner, [2, 'view', 'here']));
  await page.locator('html[data-role="view"]').waitFor({ state: 'attached' });
  assert.equal(await page.textContent('#who'), 'Zoë is in control');
  await page.click('#wish');
  assert.deepEqual(session.said, ['ask']);
  session.people(list(2, owner, [2, 'view', 'asks']));
  await page.click('text=Ask no longer');
  assert.equal(session.said.at(-1), 'drop');
  session.people(list(2, owner, [2, 'view', 'here']));
  await page.locator('#notice >> text=refused').waitFor();
  session.people(list(2, [1, 'control', 'here', 'Zoë'], [2, 'view', 'controls']));
  await page.locator('html[data-role="control"]').waitFor({ state: 'attached' });
  assert.equal(await page.textContent('#notice'), 'You are in control');
  assert.equal(await page.locator('#wish').isVisible(), false);
  await page.mouse.move(400, 3);
  await page.click('#people');
  await page.click('#everybody >> text=Hand over');
  assert.equal(session.said.at(-1), 'give 1');
});

test('who is in control is asked, gives, and sees who comes and goes', async t => {
  const { page, session } = await joined(t);
  const me = [1, 'control', 'controls'];
  session.people(list(1, me));
  session.people(list(1, me, [2, 'view', 'here', '<b>Bob</b>']));
  await page.locator('#notice >> text=<b>Bob</b> is here').waitFor();
  session.people(list(1, me, [2, 'view', 'asks', '<b>Bob</b>'], [3, 'view', 'here']));
  const [allow, refuse] = ['Allow', 'Refuse'].map(text => page.locator(`#requests >> text=${text}`));
  await refuse.click();
  await allow.click();
  assert.deepEqual(session.said, ['refuse 2', 'give 2']);
  await allow.focus();
  session.people(list(1, me, [2, 'view', 'asks', '<b>Bob</b>'], [3, 'view', 'away']));
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Allow', 'other news leave the focus alone');
  session.people(list(1, [1, 'control', 'here'], [2, 'view', 'controls', '<b>Bob</b>']));
  await page.locator('#notice >> text=<b>Bob</b> took control').waitFor();
  await page.click('text=Take control');
  assert.equal(session.said.at(-1), 'ask');
  session.people(list(1, me));
  await page.locator('#notice >> text=You are in control').waitFor();
  assert.equal(await page.locator('#corner').isVisible(), false);
});

test('a name from the URL is told, and one by hand is remembered', async t => {
  const { page, session } = await open(t, { live: false });
  await page.goto(`${server.url}#name=Ann+B`);
  await state(page, 'live');
  await until('the name', () => session.said.includes('name Ann B'));
  session.people(list(1, [1, 'control', 'controls', 'Ann B'], [2, 'view', 'here']));
  await page.mouse.move(400, 3);
  await page.click('#people');
  assert.equal(await page.inputValue('#name'), 'Ann B');
  await page.fill('#name', 'Ada');
  await page.press('#name', 'Enter');
  await until('another', () => session.said.includes('name Ada'));
  await page.reload();
  await until('it again', () => session.said.filter(text => text === 'name Ada').length === 2);
});

test('a gamepad is heard of, and what it does', async t => {
  const { page, session } = await open(t);
  const play = pad => page.evaluate(state => {
    const buttons = Array.from({ length: 17 }, (_, i) => ({ value: state?.down[i] ?? 0, pressed: state?.down[i] === 1 }));
    const gamepad = state && { index: 1, id: 'Pad ä', connected: true, axes: state.axes, buttons };
    const before = navigator.getGamepads()[1];
    navigator.getGamepads = () => [null, gamepad];
    if (!before !== !gamepad)
      dispatchEvent(Object.assign(new Event(gamepad ? 'gamepadconnected' : 'gamepaddisconnected'),
        { gamepad: gamepad ?? before }));
  }, pad);
  await play({ axes: [0, 0, 0, 0], down: { 0: 1 } });
  assert.deepEqual(await session.take(2), ['gamepad 1 on Pad ?', 'gamepad 1 button 0 255']);
  await play({ axes: [-1, .5, 0, 0], down: { 6: .5 } });
  assert.deepEqual(await session.take(4),
    ['gamepad 1 axis 0 -32767', 'gamepad 1 axis 1 16384', 'gamepad 1 button 0 0', 'gamepad 1 button 6 128']);
  await session.drop();
  await state(page, 'live');
  const again = await session.take(4);
  assert.equal(again[0], 'gamepad 1 on Pad ?');
  assert.ok(again.includes('gamepad 1 axis 0 -32767'), 'a new link is told all');
  await play(null);
  assert.deepEqual(await session.take(1), ['gamepad 1 off']);
  const frames = await page.evaluate(() => new Promise(resolve => {
    let asked = 0;
    const real = requestAnimationFrame;
    window.requestAnimationFrame = f => { asked++; return real(f); };
    setTimeout(() => resolve(asked), 200);
  }));
  assert.equal(frames, 0, 'nothing is polled without one');
});
