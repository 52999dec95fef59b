// The browser's microphone, a tone, as programs in the session hear it.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { home, run, startSession } from './desktop.mjs';
import { launch, state, until } from './fixture.mjs';

const TONE = 660;
const LOUD = .01; // the browser takes a steady tone for noise, and suppresses most of it

let browser, page, session;

before(async () => {
  const tone = join(home, 'tone.wav');
  await run('sox', '-n', '-r', '48000', '-c', '1', '-b', '16', tone, 'synth', '10', 'sine', `${TONE}`, 'gain', '-6');
  session = await startSession('mic', '-s', '800x600', '-xstartup', 'icewm');
  browser = await launch('--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${tone}`);
  page = await (await browser.newContext({ viewport: { width: 800, height: 600 }, permissions: ['microphone'] })).newPage();
  await page.goto(session.link);
  await state(page, 'live');
});

after(async () => {
  await browser?.close();
  await session?.stop().catch(() => {});
});

// What a program hears in a second: loudness and frequency.
const hear = async () => {
  const raw = join(home, 'heard.raw');
  await session.client('sh', '-c', `timeout 1.5 parecord --raw --latency-msec=20 --rate=48000 --channels=1 --format=s16le '${raw}' || :`);
  const text = await run('sh', '-c', `sox -t raw -r 48000 -e signed -b 16 -c 1 '${raw}' -n trim 0.3 stat 2>&1`);
  const [loud, hertz] = [/RMS +amplitude: +(\S+)/, /Rough +frequency: +(\S+)/].map(field => Number(field.exec(text)?.[1]));
  return { loud, hertz };
};

const sinkState = async () => /\tmic\t.*\t(\w+)\n/.exec(await session.client('pactl', 'list', 'short', 'sinks'))[1];

test('it is silent, and costs nothing, until its button is pressed', async () => {
  assert.equal(await page.locator('#mic').getAttribute('aria-pressed'), 'false');
  await until('silence', async () => (await hear()).loud < .001, 30000);
  await until('a sink that sleeps', async () => await sinkState() === 'SUSPENDED');
});

test('then programs hear it', async () => {
  await page.mouse.move(400, 3);
  await page.click('#mic');
  await page.locator('html[data-mic="on"]').waitFor({ state: 'attached' });
  let heard;
  await until('the tone', async () => {
    heard = await hear();
    return heard.loud > LOUD && Math.abs(heard.hertz - TONE) < 40;
  }, 30000).catch(error => assert.fail(`${error.message}: ${JSON.stringify(heard)}`));
});

test('also after the link was lost', async () => {
  for (const pid of session.pids('rd-rtc'))
    process.kill(pid);
  await state(page, 'reconnecting');
  await state(page, 'live');
  await until('the tone', async () => (await hear()).loud > LOUD, 30000);
});

test('and another speaker can be chosen', async () => {
  await page.mouse.move(400, 3);
  await page.click('#prefs');
  await page.click('summary');
  const speakers = page.getByRole('combobox', { name: /^Speaker/ });
  await until('their names', async () => await speakers.locator('option').count() > 1);
  const name = await speakers.locator('option').last().textContent();
  await speakers.selectOption(name);
  await until('it plays there', () => page.evaluate(() => document.querySelector('audio').sinkId !== ''));
  await speakers.selectOption('As the system');
  await until('and back', () => page.evaluate(() => document.querySelector('audio').sinkId === ''));
  await page.keyboard.press('Escape');
});

test('until it is pressed again', async () => {
  await page.mouse.move(400, 3);
  await page.click('#mic');
  await page.locator('html[data-mic="off"]').waitFor({ state: 'attached' });
  await until('silence', async () => (await hear()).loud < .001, 30000);
  await until('a sink that sleeps', async () => await sinkState() === 'SUSPENDED');
});

test('who may only view has no such button', async t => {
  const viewer = await (await browser.newContext({ viewport: { width: 800, height: 600 } })).newPage();
  t.after(() => viewer.context().close());
  await viewer.goto(await session.share('view'));
  await state(viewer, 'live');
  assert.ok(await viewer.locator('#mic').isHidden());
});
