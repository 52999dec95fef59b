// A session as somebody starts it: how long until a page shows its picture, and
// what it takes while nothing happens and nobody watches.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';

import { cost, usage } from './proc.mjs';
import { quantile } from './table.mjs';
import { browserOpen } from './viewer.mjs';

const SETTLE_MS = 15000;

const synopsis = `usage: session.mjs [-h] [-n starts] [-t seconds]
-n: how often it is started, 10 by default
-t: how long the last one is looked at, 30 by default`;

const run = promisify(execFile);

// Of the whole set that a process has, what is its alone, in kB.
function privateOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
    return [...text.matchAll(/^Private_\w+:\s*(\d+)/gm)].reduce((sum, [, kb]) => sum + +kb, 0);
  } catch {
    return 0; // it has just ended
  }
}

async function open(browser, url) {
  const page = await browser.newPage();
  await page.goto(url);
  await page.waitForFunction(() => document.querySelector('video')?.videoWidth > 0, null, { polling: 'raf' });
  await page.close();
}

async function startOnce(browser, env) {
  const begun = performance.now();
  const { stdout } = await run('rd-desktop', ['start'], { env });
  const ready = performance.now() - begun;
  await open(browser, stdout.trim());
  return { ready, live: performance.now() - begun };
}

async function rest(keeper, seconds) {
  await sleep(SETTLE_MS);
  const before = usage([keeper]);
  await sleep(seconds * 1000);
  const after = usage([keeper]);
  const { cpu } = cost(before, after, seconds);
  const sum = (wanted) => after.filter(({ name }) => wanted(name))
    .reduce((all, { pid }) => all + privateOf(pid), 0) / 1024;
  const share = (wanted) => Object.entries(cpu).filter(([name]) => wanted(name))
    .reduce((all, [, percent]) => all + percent, 0);
  for (const [whose, wanted] of [['rd', (name) => name.startsWith('rd-')], ['all', () => true]])
    console.log(`idle, ${whose}: ${sum(wanted).toFixed(1)} MB private, ${share(wanted).toFixed(2)} % of a core`);
}

const { values } = parseArgs({ options: { h: { type: 'boolean', short: 'h' },
  n: { type: 'string', short: 'n', default: '10' }, t: { type: 'string', short: 't', default: '30' } } });
if (values.h) {
  console.log(synopsis);
  process.exit();
}
const dir = await mkdtemp(join(tmpdir(), 'rd-bench.'));
const env = { ...process.env, XDG_RUNTIME_DIR: dir };
const browser = await browserOpen();
const starts = [];
try {
  for (let i = 0; i < +values.n; i++) {
    if (i)
      await run('rd-desktop', ['stop'], { env });
    starts.push(await startOnce(browser, env));
  }
  for (const key of ['ready', 'live'])
    console.log(`start to ${key}: p50 ${quantile(starts.map((each) => each[key]), 0.5).toFixed(0)} ms, worst ${
      Math.max(...starts.map((each) => each[key])).toFixed(0)} ms`);
  await rest(+readFileSync(join(dir, 'rd/desktop/lock'), 'latin1'), +values.t);
} finally {
  await run('rd-desktop', ['stop'], { env }).catch(() => {});
  await browser.close();
  await rm(dir, { recursive: true });
}
