// The way over a WebSocket: it is found where WebRTC does not get through,
// carries what WebRTC does, and never shows what is old. BROWSER=firefox runs
// it there, where it is the only way.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { home, startSession } from './desktop.mjs';
import { launchIn, state, until } from './fixture.mjs';
import { repaint } from './pictures.mjs';

const [WIDTH, HEIGHT] = [1024, 768];
const firefox = process.env.BROWSER === 'firefox';

let browser, session;

before(async () => {
  session = await startSession('stream', '-s', `${WIDTH}x${HEIGHT}`);
  browser = await launchIn(firefox ? 'firefox' : 'chromium', ['--autoplay-policy=no-user-gesture-required'], await session.addSpeaker());
});

after(async () => {
  await browser?.close();
  await session?.stop().catch(() => {});
});

// As if a firewall let nothing but HTTP through, from the next peer on.
const block = () => {
  const Peer = window.RTCPeerConnection;
  window.RTCPeerConnection = function (config) {
    return new Peer({ ...config, iceTransportPolicy: 'relay' });
  };
};

const open = async (t, { blocked = true, hash = '', link } = {}) => {
  const context = await browser.newContext({ viewport: { width: WIDTH, height: HEIGHT } });
  t.after(() => context.close());
  const page = await context.newPage();
  if (blocked)
    await page.addInitScript(block);
  await page.goto(`${link ?? await session.newLink()}${hash}`);
  await state(page, 'live', 20000);
  return page;
};

const tag = page => page.evaluate(() => document.querySelector('.front').tagName);

test('where WebRTC is blocked the picture comes over the WebSocket, and typing goes back', async t => {
  const page = await open(t);
  assert.equal(await tag(page), 'CANVAS');
  await repaint(session, page);
  const file = join(home, 'streamed');
  await page.mouse.click(300, 250);
  await page.keyboard.type(`echo 'ä € 漢' >${file}\n`);
  await until('the file', () => existsSync(file) && readFileSync(file, 'utf8') === 'ä € 漢\n');
});

test('sound comes with it, and statistics are told', async t => {
  const page = await open(t, { hash: '#stats=on' });
  const player = session.background('sh', '-c', 'exec sox -n -t raw -r 48000 -c 2 -e signed -b 16 - synth 20 sine 440 | pacat --rate=48000 --channels=2 --format=s16le');
  t.after(() => player.kill());
  await page.mouse.click(300, 250);
  const peak = () => page.evaluate(async () => {
    const audio = new AudioContext();
    const analyser = new AnalyserNode(audio, { fftSize: 16384 });
    audio.createMediaStreamSource(document.querySelector('audio').srcObject).connect(analyser);
    await audio.resume();
    await new Promise(resolve => setTimeout(resolve, 600));
    const bins = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(bins);
    const hz = bins.indexOf(Math.max(...bins)) * audio.sampleRate / analyser.fftSize;
    await audio.close();
    return hz;
  });
  await until('a tone of 440 Hz', async () => Math.abs(await peak() - 440) < 5, 20000);
  await page.locator('#stats p', { hasText: 'WebSocket' }).waitFor();
  const number = name => page.locator(`#stats .${name} + dd`).innerText().then(text => Number.parseFloat(text.replace('≈', '')));
  await until('times', async () => {
    await page.keyboard.press('Shift');
    await repaint(session, page);
    return await number('network') >= 0 && await number('decode') > 0;
  });
});

test('who may only view does so here, too', async t => {
  const page = await open(t, { link: await session.share('view') });
  assert.equal(await tag(page), 'CANVAS');
  await page.locator('html[data-role="view"]').waitFor({ state: 'attached' });
  const place = await session.place();
  await page.mouse.click(100, 100);
  await page.keyboard.type('x');
  await repaint(session, page);
  assert.equal(await session.place(), place);
});

test('when WebRTC dies the WebSocket takes over without reloading', { skip: firefox && 'it has no H.264 there' }, async t => {
  const page = await open(t, { blocked: false });
  await until('WebRTC to be first', async () => {
    if (await tag(page) === 'VIDEO')
      return true;
    await page.reload(); // this machine is busy
    await state(page, 'live');
  }, 30000);
  const loads = await page.evaluate(() => performance.timeOrigin);
  await page.evaluate(block);
  for (const pid of session.pids('rd-rtc'))
    process.kill(pid, 'SIGKILL');
  await until('the WebSocket', async () => await tag(page) === 'CANVAS');
  await state(page, 'live');
  await repaint(session, page);
  assert.equal(await page.evaluate(() => performance.timeOrigin), loads);
});

test('rd-stream killed: the picture is back by itself', async t => {
  const page = await open(t);
  const victims = session.pids('rd-stream');
  victims.forEach(pid => process.kill(pid, 'SIGKILL'));
  await until('another rd-stream', () => session.pids('rd-stream').some(pid => !victims.includes(pid)));
  await state(page, 'live');
  await repaint(session, page);
});

// A way to the session that can hang: then nothing gets through, not even an end.
const openRelay = async t => {
  const sockets = new Set();
  const server = createServer(client => {
    const origin = connect({ port: new URL(session.link).port, host: '127.0.0.1' });
    client.pipe(origin).pipe(client);
    for (const socket of [client, origin])
      sockets.add(socket.on('error', () => socket.destroy()));
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    sockets.forEach(socket => socket.destroy());
  });
  return {
    link: async () => Object.assign(new URL(await session.newLink()), { port: server.address().port }).href,
    hang: () => sockets.forEach(socket => socket.unpipe().pause()),
  };
};

const areDown = async count => (await session.client('inputwatch', '-q')).startsWith(`${count} keys`);

// Seen by the page itself, for it may be live again soon.
const isLost = page => page.evaluate(() => new Promise((resolve, reject) => {
  const root = document.documentElement;
  new MutationObserver(() => root.dataset.state === 'reconnecting' && resolve()).observe(root, { attributes: true });
  setTimeout(() => reject(new Error('the page notices nothing')), 30000);
}));

// A link that hangs, with a key down or without: how both sides notice.
const hang = async (t, prepare) => {
  const relay = await openRelay(t);
  const page = await open(t, { blocked: false, hash: '#transport=websocket', link: await relay.link() });
  const ours = session.pids('rd-stream');
  await prepare(page);
  const [begun, took] = [performance.now(), {}];
  const note = (what, promise) => promise.then(() => took[what] = Math.round(performance.now() - begun));
  relay.hang();
  await Promise.all([
    note('released', until('no key down', () => areDown(0), 30000)),
    note('page', isLost(page)),
    note('session', until('another rd-stream', () => !session.pids('rd-stream').some(pid => ours.includes(pid)), 30000)),
  ]);
  await state(page, 'live', 20000);
  await repaint(session, page);
  t.diagnostic(`noticed after, in ms: ${JSON.stringify(took)}`);
  return took;
};

test('a link that hangs with a key down: it goes up, and the page is back by itself', async t => {
  await hang(t, async page => {
    await page.mouse.click(300, 250);
    await page.keyboard.down('a');
    await until('the key', () => areDown(1));
  });
});

test('a link that hangs at rest does not stay so', async t => {
  await hang(t, () => {});
});

test('a page that reads nothing for a while is not sent the past', { skip: firefox && 'its frames cannot be counted' }, async t => {
  const context = await browser.newContext({ viewport: { width: WIDTH, height: HEIGHT } });
  t.after(() => context.close());
  const page = await context.newPage();
  let pictures = 0;
  page.on('websocket', socket => socket.on('framereceived', () => pictures++));
  await page.goto(`${await session.newLink()}#transport=websocket`);
  await state(page, 'live');
  const noise = session.background('xterm', '-e', 'yes | cat -n');
  t.after(() => noise.kill());
  await until('motion', () => pictures > 30);
  const busy = page.evaluate(() => {
    const end = performance.now() + 3000;
    while (performance.now() < end);
  });
  await new Promise(resolve => setTimeout(resolve, 1000));
  const before = pictures;
  await new Promise(resolve => setTimeout(resolve, 1500));
  assert.ok(pictures - before < 10, `${pictures - before} pieces in 1.5 s`);
  await busy;
  await repaint(session, page);
});
