// A real session in a real browser: what is seen, typed, clicked, copied and
// heard, and what happens when tools die or strangers come.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { descendants, home, isRunning, leftovers, run, startSession } from './desktop.mjs';
import { launch, state, until } from './fixture.mjs';
import { repaint } from './pictures.mjs';

const [WIDTH, HEIGHT] = [1024, 768];
const RECOVERY_MS = 3000;

let browser, context, page, session;
const errors = [];

before(async () => {
  session = await startSession('one', '-s', `${WIDTH}x${HEIGHT}`);
  browser = await launch('--autoplay-policy=no-user-gesture-required');
  context = await browser.newContext({
    viewport: { width: WIDTH, height: HEIGHT },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  page = await context.newPage();
  page.on('pageerror', error => errors.push(`${error}`));
  page.on('console', message => message.type() === 'error' && errors.push(message.text()));
  await page.goto(`${session.link}#transport=webrtc`);
  await state(page, 'live');
});

after(async () => {
  await browser?.close();
  await session?.stop().catch(() => {});
});

// The picture as PNG.
const picture = async () => Buffer.from(await page.evaluate(() => {
  const video = document.querySelector('video.front');
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  canvas.getContext('2d').drawImage(video, 0, 0);
  return canvas.toDataURL().split(',')[1];
}), 'base64');

const focusTerminal = () => page.mouse.click(400, 300);

// A window that logs what reaches it, placed where nothing else is.
const eventLog = async (t, x, y) => {
  const xev = session.background('xev', '-geometry', `100x80+${x}+${y}`, '-event', 'button');
  t.after(() => xev.kill());
  let text = '';
  xev.stdout.on('data', data => text += data);
  await until('xev', async () => /IsViewable/.test(await session.client('xwininfo', '-name', 'Event Tester').catch(() => '')));
  return () => text;
};

test('the picture is that of the display', async () => {
  await until('the terminal', () => session.client('xdotool', 'search', '--class', 'xterm').catch(() => ''));
  await page.mouse.move(WIDTH - 30, HEIGHT / 2);
  const [seen, shown] = [join(home, 'seen.png'), join(home, 'shown.png')];
  let ssim = 0;
  await until('a picture that matches', async () => {
    await session.screenshot(shown);
    writeFileSync(seen, await picture());
    const report = await run('sh', '-c', `ffmpeg -i '${seen}' -i '${shown}' -lavfi ssim -f null - 2>&1`);
    ssim = Number(/All:([\d.]+)/.exec(report)?.[1] ?? 0);
    return ssim >= .95;
  }).catch(error => assert.fail(`${error.message}: SSIM ${ssim}`));
});

test('the page can be installed, and what is installed holds no token', async () => {
  const { manifest, types } = await page.evaluate(async () => {
    const { href } = document.querySelector('link[rel="manifest"]');
    const manifest = await (await fetch(href)).json();
    const types = await Promise.all([href, ...manifest.icons.map(({ src }) => src)]
      .map(async url => (await fetch(url)).headers.get('content-type')));
    return { manifest, types };
  });
  assert.deepEqual(types, ['application/manifest+json', 'image/svg+xml', 'image/png', 'image/png']);
  const client = await context.newCDPSession(page);
  const { errors: complaints } = await client.send('Page.getAppManifest');
  const { installabilityErrors } = await client.send('Page.getInstallabilityErrors');
  assert.deepEqual([complaints, installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')], [[], []]);
  assert.equal(new URL(manifest.start_url, session.link).href, `${new URL(session.link).origin}/`);
});

test('text and shortcuts reach the terminal', async () => {
  const file = join(home, 'typed');
  await focusTerminal();
  await page.keyboard.type(`cho 'ä ß € @ 漢 😀' >${file}`);
  await page.keyboard.press('Control+a');
  await page.keyboard.type('e');
  await page.keyboard.press('Enter');
  await until('the file', () => existsSync(file) && readFileSync(file, 'utf8'));
  assert.equal(readFileSync(file, 'utf8'), 'ä ß € @ 漢 😀\n');
});

test('a click lands on the pixel meant, a wheel scrolls there', async t => {
  const events = await eventLog(t, 880, 600);
  await page.mouse.click(913, 641, { button: 'right' });
  await until('the click', () => /ButtonRelease/.test(events()));
  assert.match(events(), /ButtonPress.*\n.*root:\(913,641\).*\n.*button 3/);
  await page.mouse.wheel(0, 100);
  await until('the wheel', () => /button 5,/.test(events()));
  await page.mouse.wheel(0, -100);
  await until('the wheel back', () => /button 4,/.test(events()));
});

test('HTML copied here can be pasted in the session', async () => {
  await page.evaluate(async () => {
    const html = new Blob(['<p>a <b>bold</b> word</p>'], { type: 'text/html' });
    const text = new Blob(['a bold word'], { type: 'text/plain' });
    await navigator.clipboard.write([new ClipboardItem({ 'text/html': html, 'text/plain': text })]);
  });
  await page.keyboard.press('Control+v');
  await until('the HTML there', async () => /<b[^>]*>bold<\/b>/.test(await session.copied('text/html')));
  assert.equal(`${await session.copied('UTF8_STRING')}`, 'a bold word');
});

// What the page plays: loudest frequency and each side's level.
const listen = () => page.evaluate(async () => {
  const audio = new AudioContext();
  const source = audio.createMediaStreamSource(document.querySelector('audio').srcObject);
  const split = audio.createChannelSplitter(2);
  const sides = [0, 1].map(() => audio.createAnalyser());
  source.connect(split);
  sides.forEach((side, i) => {
    side.fftSize = 16384;
    split.connect(side, i);
  });
  await audio.resume();
  await new Promise(resolve => setTimeout(resolve, 600));
  const bins = new Float32Array(sides[0].frequencyBinCount);
  sides[0].getFloatFrequencyData(bins);
  const peak = bins.indexOf(Math.max(...bins)) * audio.sampleRate / sides[0].fftSize;
  const levels = sides.map(side => {
    const samples = new Float32Array(side.fftSize);
    side.getFloatTimeDomainData(samples);
    return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
  });
  await audio.close();
  return { peak, left: levels[0], right: levels[1] };
});

const play = () => {
  const samples = new Int16Array(48000 * 2 * 20);
  for (let i = 0; i < samples.length; i += 2)
    samples[i] = 12000 * Math.sin(2 * Math.PI * 440 * i / 2 / 48000);
  const player = session.background('pacat', '--rate=48000', '--channels=2', '--format=s16le');
  player.stdin.on('error', () => {});
  player.stdin.end(Buffer.from(samples.buffer));
  return player;
};

const heard = async ms => {
  let last;
  await until('the tone', async () => {
    last = await listen();
    return Math.abs(last.peak - 440) < 4 && last.left > .1;
  }, ms).catch(error => assert.fail(`${error.message}: ${JSON.stringify(last)}`));
  return last;
};

test('a tone played in the session is heard here, on its side', async t => {
  const player = play();
  t.after(() => player.kill());
  const { left, right } = await heard(8000);
  assert.ok(right < left / 20, `left ${left}, right ${right}`);
});

test('nothing so far was worth an error message', () => {
  assert.deepEqual(errors, []);
});

for (const tool of ['rd-capture', 'rd-encode', 'rd-input', 'rd-rtc', 'rd-sound', 'rd-web'])
  test(`kill -9 ${tool}: the picture is back by itself`, async () => {
    const loads = await page.evaluate(() => performance.timeOrigin);
    const victims = session.pids(tool);
    assert.notEqual(victims.length, 0);
    for (const pid of victims)
      process.kill(pid, 'SIGKILL');
    await until(`another ${tool}`, () => session.pids(tool).some(pid => !victims.includes(pid)), RECOVERY_MS);
    await state(page, 'live', RECOVERY_MS);
    await repaint(session, page, RECOVERY_MS);
    assert.equal(await page.evaluate(() => performance.timeOrigin), loads, 'without reloading');
  });

test('after all that, keys, clipboard and sound still work', async t => {
  const file = join(home, 'again');
  await focusTerminal();
  // Control-V made the terminal take the next key as it is.
  await page.keyboard.press('x');
  await page.keyboard.press('Control+u');
  await page.keyboard.type(`echo back >${file}\n`);
  await until('the file', () => existsSync(file) && readFileSync(file, 'utf8') === 'back\n');
  await page.evaluate(() => navigator.clipboard.writeText('once more'));
  await page.keyboard.press('Control+v');
  await until('the text', async () => `${await session.copied('UTF8_STRING')}` === 'once more');
  const player = play();
  t.after(() => player.kill());
  await heard(8000);
});

test('strangers get nothing', async () => {
  const { origin } = new URL(session.link);
  const forged = `${origin}/?token=${'0'.repeat(64)}`;
  for (const url of [`${origin}/`, `${origin}/main.js`, forged, session.link, `${origin}/whep`]) {
    const response = await fetch(url, { redirect: 'manual' });
    assert.ok([401, 403].includes(response.status), `${url}: ${response.status}`);
    assert.doesNotMatch(await response.text(), /<video|import /);
    assert.equal(response.headers.get('set-cookie'), null);
  }
  const stranger = await (await browser.newContext()).newPage();
  const response = await stranger.goto(forged);
  assert.ok([401, 403].includes(response.status()));
  const opened = await stranger.evaluate(url => new Promise(resolve => {
    const socket = new WebSocket(url);
    socket.onopen = () => resolve(true);
    socket.onerror = () => resolve(false);
  }), `${origin.replace('http', 'ws')}/ws/signal`);
  assert.equal(opened, false);
  await stranger.context().close();
});

test('who may only view sees the pointer and moves nothing', async t => {
  const viewer = await (await browser.newContext({ viewport: { width: WIDTH, height: HEIGHT } })).newPage();
  t.after(() => viewer.context().close());
  await viewer.goto(await session.share('view'));
  await state(viewer, 'live');
  await page.mouse.move(700, 700);
  await viewer.locator('html[data-role="view"] #pointer').waitFor();
  await until('the pointer', async () => /x:700 y:700/.test(await session.place()));
  await viewer.mouse.click(100, 100);
  await viewer.keyboard.type('x');
  await viewer.waitForTimeout(300);
  assert.match(await session.place(), /x:700 y:700/);
});

test('a viewer of half the size clicks where it means to, and costs nothing when it is gone', async t => {
  const events = await eventLog(t, 880, 600);
  const viewer = await context.newPage();
  t.after(() => viewer.close());
  await viewer.goto(`${new URL(session.link).origin}/#half=on`);
  await state(viewer, 'live');
  const size = () => viewer.evaluate(() => {
    const front = document.querySelector('.front');
    return [front.videoWidth ?? front.width, front.videoHeight ?? front.height];
  });
  await until('half the size', async () => `${await size()}` === `${WIDTH / 2},${HEIGHT / 2}`);
  await viewer.mouse.click(913, 641, { button: 'right' });
  await until('the click', () => /ButtonRelease/.test(events()));
  assert.match(events(), /root:\(91[23],64[01]\).*\n.*button 3/);
  await viewer.close();
});

test('a WHEP viewer that is no browser decodes frames', async () => {
  const link = new URL(await session.share('view'));
  const painting = setInterval(() => repaint(session, page, 5000).catch(() => {}), 300);
  try {
    const viewer = fileURLToPath(new URL('whep.py', import.meta.url));
    const said = await run('/usr/bin/python3', viewer, `${link.origin}/whep`, link.searchParams.get('token'), '5');
    assert.match(said, new RegExp(`^(frame ${WIDTH}x${HEIGHT}\n){5}gone$`, 'm'));
  } finally {
    clearInterval(painting);
  }
});

test('two sessions started together do not meet, and one that is stopped leaves nothing', async () => {
  const pair = await Promise.all([startSession('two', '-s', '640x480'), startSession('three', '-s', '800x600')]);
  const displays = [session, ...pair].map(({ display }) => display);
  assert.equal(new Set(displays).size, 3);
  const sizes = await Promise.all(pair.map(async ({ link }) => {
    const other = await (await browser.newContext()).newPage();
    await other.goto(`${link}#size=session`);
    await state(other, 'live', 20000);
    const size = await other.evaluate(() => {
      const front = document.querySelector('.front');
      return front.videoWidth ?? front.width;
    });
    await other.context().close();
    return size;
  }));
  assert.deepEqual(sizes, [640, 800]);
  const pids = pair.flatMap(({ keeper }) => [keeper, ...descendants(keeper)]);
  await Promise.all(pair.map(({ stop }) => stop()));
  await until('the end of all processes', () => !pids.some(isRunning));
  for (const { dir, display } of pair) {
    const number = display.slice(1);
    for (const path of [dir, `/tmp/.X${number}-lock`, `/tmp/.X11-unix/X${number}`])
      assert.ok(!existsSync(path), path);
  }
});

test('the last session stopped takes its directory along, and the page says what is wrong', async () => {
  const sockets = () => readFileSync('/proc/net/unix', 'utf8').split('\n').filter(line => line.includes(home));
  await session.stop();
  assert.deepEqual(sockets(), []);
  assert.ok(!leftovers().includes('rd'));
  await page.locator('#veil p', { hasText: 'Is the session still running?' }).waitFor();
});
