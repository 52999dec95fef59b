// The browser's microphone, a tone, as programs in the session hear it, over
// both ways to the session.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { home, run, startSession } from './desktop.mjs';
import { launch, state, until } from './fixture.mjs';

const TONE = 660;
const LOUD = .01; // the browser takes a steady tone for noise, and suppresses most of it
const VIEW = { viewport: { width: 800, height: 600 } };

let browser, session;

before(async () => {
  const tone = join(home, 'tone.wav');
  await run('sox', '-n', '-r', '48000', '-c', '1', '-b', '16', tone, 'synth', '10', 'sine', `${TONE}`, 'gain', '-6');
  session = await startSession('mic', '-s', '800x600', '-xstartup', 'icewm');
  browser = await launch('--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${tone}`);
});

after(async () => {
  await browser?.close();
  await session?.stop().catch(() => {});
});

const open = async hash => {
  const page = await (await browser.newContext({ ...VIEW, permissions: ['microphone'] })).newPage();
  await page.goto(`${await session.newLink()}${hash}`);
  await state(page, 'live', 20000);
  return page;
};

// What a program hears in a second: loudness and frequency.
const hear = async () => {
  const raw = join(home, 'heard.raw');
  await session.client('sh', '-c', `timeout 1.5 parecord --raw --latency-msec=20 --rate=48000 --channels=1 --format=s16le '${raw}' || :`);
  const text = await run('sh', '-c', `sox -t raw -r 48000 -e signed -b 16 -c 1 '${raw}' -n trim 0.3 stat 2>&1`);
  const [loud, hertz] = [/RMS +amplitude: +(\S+)/, /Rough +frequency: +(\S+)/].map(field => Number(field.exec(text)?.[1]));
  return { loud, hertz };
};

const sinkState = async () => /\tmic\t.*\t(\w+)\n/.exec(await session.client('pactl', 'list', 'short', 'sinks'))[1];

for (const [transport, program] of [['webrtc', 'rd-rtc'], ['websocket', 'rd-stream']])
  describe(transport, () => {
    let page;

    before(async () => page = await open(`#transport=${transport}`));
    after(() => page?.context().close());

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
      for (const pid of session.pids(program))
        process.kill(pid);
      await state(page, 'reconnecting');
      await state(page, 'live');
      await until('the tone', async () => (await hear()).loud > LOUD, 30000);
    });

    test('until it is pressed again', async () => {
      await page.mouse.move(400, 3);
      await page.click('#mic');
      await page.locator('html[data-mic="off"]').waitFor({ state: 'attached' });
      await until('silence', async () => (await hear()).loud < .001, 30000);
      await until('a sink that sleeps', async () => await sinkState() === 'SUSPENDED');
    });

    test('who may only view has no such button', async t => {
      const viewer = await (await browser.newContext(VIEW)).newPage();
      t.after(() => viewer.context().close());
      await viewer.goto(`${await session.share('view')}#transport=${transport}`);
      await state(viewer, 'live', 20000);
      assert.ok(await viewer.locator('#mic').isHidden());
    });
  });

test('another speaker can be chosen, and is used again', async t => {
  const page = await open('');
  t.after(() => page.context().close());
  const sink = () => page.evaluate(() => document.querySelector('audio').sinkId);
  const speakers = page.getByRole('combobox', { name: /^Speaker/ });
  const choose = async name => {
    await page.mouse.move(400, 3);
    await page.click('#prefs');
    await page.click('summary');
    await until('their names', async () => await speakers.locator('option').count() > 1);
    await speakers.selectOption(name ?? await speakers.locator('option').last().textContent());
  };
  await choose();
  const chosen = await until('it plays there', sink);
  await page.reload();
  await state(page, 'live', 20000);
  await until('it plays there again', async () => await sink() === chosen);
  await choose('As the system');
  await until('and back', async () => await sink() === '');
});
