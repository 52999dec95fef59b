// Files between this browser and a real session: sent whole, in folders and
// after a cut, with what is there kept; and saved from it.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fill, hash, home, startSession } from './desktop.mjs';
import { launch, state, until } from './fixture.mjs';

const store = join(home, 'store');
const here = join(home, 'here');
let browser, page, session;

before(async () => {
  mkdirSync(store);
  mkdirSync(join(here, 'folder', 'deep', 'er'), { recursive: true });
  session = await startSession('files', '-s', '640x480', '-files', store);
  browser = await launch();
  page = await browser.newPage({ viewport: { width: 800, height: 600 } });
  await page.goto(session.link);
  await state(page, 'live', 20000);
});

after(async () => {
  await browser?.close();
  await session?.stop().catch(() => {});
});

const makeFile = async (name, megabytes) => {
  const path = join(here, name);
  await fill(path, megabytes);
  return path;
};

const [FILES, FOLDER] = ['input[multiple]', 'input[webkitdirectory]'];
const send = (...paths) => page.setInputFiles(FILES, paths);
const sent = ms => page.locator('html[data-uploads="none"]').waitFor({ state: 'attached', timeout: ms });
const hidden = () => readdirSync(store).filter(name => name.startsWith('.'));

test('200 MB arrive as they were', async () => {
  const path = await makeFile('big file ä.bin', 200);
  await send(path);
  await page.locator('#uploads progress').waitFor();
  await until('the file', () => existsSync(join(store, 'big file ä.bin')), 120000);
  assert.equal(await hash(join(store, 'big file ä.bin')), await hash(path));
  await sent(5000);
  assert.deepEqual(hidden(), []);
  await page.locator('#store a', { hasText: 'big file ä.bin' }).waitFor();
  await page.screenshot({ path: join(home, 'files.png') });
});

test('a folder comes with its folders, empty files too', async () => {
  const tree = { 'folder/a.txt': 'a', 'folder/empty': '', 'folder/deep/b c.txt': 'bc', 'folder/deep/er/#d?.txt': 'd%' };
  for (const [name, text] of Object.entries(tree))
    writeFileSync(join(here, name), text);
  await page.setInputFiles(FOLDER, join(here, 'folder'));
  for (const [name, text] of Object.entries(tree))
    await until(name, () => existsSync(join(store, name)) && readFileSync(join(store, name), 'utf8') === text);
  await sent(5000);
});

test('what is dropped is sent, folders opened', async () => {
  await page.evaluate(() => {
    const data = new DataTransfer();
    data.items.add(new File(['dropped'], 'dropped.txt'));
    for (const type of ['dragover', 'drop']) {
      const event = new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true });
      document.getElementById('stage').dispatchEvent(event);
      if (type === 'dragover')
        window.overlay = !document.getElementById('drop').hidden && event.defaultPrevented;
    }
  });
  assert.ok(await page.evaluate(() => window.overlay && document.getElementById('drop').hidden));
  await until('the file', () => existsSync(join(store, 'dropped.txt')));
});

test('what is there is replaced only when that is wanted', async () => {
  const path = join(here, 'dropped.txt');
  writeFileSync(path, 'another');
  await send(path);
  await page.getByText('There is such a file already.').waitFor();
  await page.getByRole('button', { name: 'Skip' }).click();
  assert.equal(readFileSync(join(store, 'dropped.txt'), 'utf8'), 'dropped');
  await send(path);
  await page.getByRole('button', { name: 'Replace' }).click();
  await until('the other one', () => readFileSync(join(store, 'dropped.txt'), 'utf8') === 'another');
});

// Delay what is sent, so that there is time to interfere.
const slowly = async ms => {
  await page.route('**/files/**', async route => {
    if (route.request().method() === 'PUT')
      await new Promise(resolve => setTimeout(resolve, ms));
    await route.continue().catch(() => {});
  });
};

test('a file goes on where it was when rd-web dies, and none is left of one that is cancelled', async t => {
  await slowly(30);
  t.after(() => page.unrouteAll({ behavior: 'ignoreErrors' }));
  const path = await makeFile('cut.bin', 3);
  await send(path);
  const partial = () => hidden().map(name => readFileSync(join(store, name)).length)[0] ?? 0;
  await until('a part of it', () => partial() > 100000);
  const starts = [];
  page.on('request', request => {
    const range = /^bytes (\d+)-/.exec(request.headers()['content-range'] ?? '');
    if (range)
      starts.push(Number(range[1]));
  });
  process.kill(session.pids('rd-web')[0], 'SIGKILL');
  await until('the file', () => existsSync(join(store, 'cut.bin')), 60000);
  assert.equal(await hash(join(store, 'cut.bin')), await hash(path));
  assert.ok(Math.min(...starts) > 0, 'it did not begin again');
  await state(page, 'live', 20000);
  await send(await makeFile('cancelled.bin', 8));
  await until('a part of it', () => hidden().length);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await until('nothing of it', () => !hidden().length);
  assert.ok(!existsSync(join(store, 'cancelled.bin')));
});

test('rd-send makes the browser save a file, whichever folder it is in', async () => {
  const inside = join(store, 'big file ä.bin');
  const outside = await makeFile('result.bin', 5);
  for (const path of [inside, outside]) {
    const saving = page.waitForEvent('download', { timeout: 20000 });
    await session.client('rd-send', path);
    const download = await saving;
    assert.equal(download.suggestedFilename(), path.split('/').at(-1));
    assert.equal(await hash(await download.path()), await hash(path));
  }
  await page.locator('#notice', { hasText: 'result.bin' }).waitFor();
});

test('a name of the list saves that file', async () => {
  if (await page.locator('#files').isHidden())
    await page.locator('#transfer').dispatchEvent('click');
  const saving = page.waitForEvent('download');
  await page.locator('#store a', { hasText: 'result.bin' }).click();
  assert.equal(await hash(await (await saving).path()), await hash(join(store, 'result.bin')));
});

test('who may only view sees none of it', async () => {
  const viewer = await browser.newPage();
  await viewer.goto(await session.share('view'));
  await state(viewer, 'live', 20000);
  await page.mouse.move(60, 500);
  await viewer.locator('html[data-role="view"]').waitFor({ state: 'attached' });
  assert.equal(await viewer.locator('#transfer').isVisible(), false);
  assert.equal(await viewer.evaluate(async () => (await fetch('files/')).status), 403);
  await viewer.close();
});
