// Where a frame's time goes, as the overlay shows it, and whose it is: a viewer
// that dies costs the others nothing.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openClock } from '../../bin/rd-web/client/clock.js';
import { openGaps } from '../../bin/rd-web/client/gaps.js';
import { startSession } from './desktop.mjs';
import { launch, state, until } from './fixture.mjs';
import { keepPeers, receives } from './network.mjs';

let browser, session;

before(async () => {
  session = await startSession('latency', '-s', '1024x768');
  browser = await launch('--autoplay-policy=no-user-gesture-required');
});

after(async () => {
  await browser?.close();
  await session?.stop().catch(() => {});
});

// Something to see, until t ends.
const scroll = t => {
  const load = session.background('xterm', '-e', 'sh', '-c', 'while :; do date +%N; sleep .04; done');
  t.after(() => load.kill());
};

test('of a clock that is asked for the quickest answer is believed, for a while', t => {
  t.mock.method(performance, 'now', () => now);
  let now = 1000;
  const clock = openClock();
  const ask = (roundTrip, theirs) => {
    clock.ask();
    now += roundTrip;
    clock.answer(theirs);
  };
  assert.ok(Number.isNaN(clock.ahead()));
  clock.answer(5);
  assert.ok(Number.isNaN(clock.ahead()), 'nobody asked');
  ask(10, 7005);
  assert.deepEqual([clock.ahead(), clock.roundTrip()], [6000, 10]);
  ask(100, 7100);
  assert.deepEqual([clock.ahead(), clock.roundTrip()], [6000, 100]);
  for (let i = 0; i < 14; i++)
    ask(100, now + 50 + 6040);
  assert.equal(clock.ahead(), 6040, 'the clocks have drifted apart');
});

test('a freeze is a gap that the session did not make', () => {
  const gaps = openGaps();
  const show = (...times) => times.forEach(gaps.add);
  show(0, 33, 66, 1066);
  gaps.excuse(1000);
  assert.equal(gaps.told(), '0 0', 'the display was at rest');
  show(1100, 1400);
  gaps.excuse(33);
  assert.equal(gaps.told(), '0 0', 'that rest was told before its end was seen');
  show(1433, 1733);
  gaps.excuse(33);
  gaps.excuse(33);
  assert.equal(gaps.told(), '1 267');
  assert.equal(gaps.told(), '0 0', 'each is told once');
  gaps.pause();
  show(9000, 9033);
  gaps.excuse(33);
  assert.deepEqual([gaps.freezes, gaps.frozen], [1, 267]);
});

const STAGES = ['capture', 'encode', 'pace', 'network', 'decode', 'render'];

for (const [transport, stages] of [['webrtc', STAGES], ['websocket', STAGES.filter(name => name !== 'pace')]])
  test(`by ${transport} each part of the way has its milliseconds`, async t => {
    const page = await browser.newPage();
    t.after(() => page.close());
    await page.goto(`${await session.newLink()}#stats=on&transport=${transport}`);
    await state(page, 'live', 20000);
    scroll(t);
    const read = () => page.evaluate(() => Object.fromEntries([...document.querySelectorAll('#stats dt')]
      .map(term => [term.className.replace('stage ', ''), Number.parseFloat(term.nextElementSibling.textContent.replace('≈', ''))])));
    let shown;
    await until('milliseconds', async () => {
      shown = await read();
      return stages.every(name => Number.isFinite(shown[name])) && shown.encode > 0 && shown.decode > 0;
    }, 30000).catch(error => assert.fail(`${error.message}: ${JSON.stringify(shown)}`));
    const total = await page.locator('#total').innerText();
    assert.ok(Number.parseFloat(total.replace('≈', '')) > 0, total);
  });

test('by webrtc the time on the way is by the frames\' own capture times', async t => {
  const page = await browser.newPage();
  t.after(() => page.close());
  await page.addInitScript(keepPeers);
  await page.goto(`${await session.newLink()}#transport=webrtc`);
  await state(page, 'live', 20000);
  scroll(t);
  const ages = await until('capture times', () => page.evaluate(() => {
    const [{ receiver }] = window.peer.getTransceivers();
    return receiver.getSynchronizationSources().map(({ captureTimestamp }) => captureTimestamp).filter(Boolean);
  }).then(times => times.length && times), 20000);
  const now = Number(process.hrtime.bigint() / 1000000n); // the session's clock is this machine's
  assert.ok(ages.every(time => time <= now && now - time < 60000), `${ages} at ${now}`);
});

test('a viewer that is killed leaves the others\' frames alone', async t => {
  scroll(t);
  const join = async () => {
    const page = await browser.newPage();
    t.after(() => page.close());
    await page.addInitScript(keepPeers);
    await page.goto(`${await session.share('view')}#transport=webrtc`);
    await state(page, 'live', 20000);
    return page;
  };
  const others = [await join(), await join()];
  const theirs = session.pids('rd-rtc');
  const victim = await join();
  const before = await Promise.all(others.map(page => receives(page)));
  const peers = await Promise.all(others.map(page => page.evaluateHandle(() => window.peer)));
  const killed = session.pids('rd-rtc').filter(pid => !theirs.includes(pid));
  assert.ok(killed.length);
  killed.forEach(pid => process.kill(pid, 'SIGKILL'));
  for (const [i, page] of others.entries()) {
    await until('50 more frames', async () => (await receives(page)).framesDecoded >= before[i].framesDecoded + 50, 20000);
    assert.ok(await page.evaluate(old => window.peer === old, peers[i]), 'by the same peer');
  }
  await state(victim, 'live', 20000);
});
