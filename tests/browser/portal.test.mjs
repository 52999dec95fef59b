// The dashboard, behind the edge, as somebody uses it: in a real browser, with
// a real Supervisor.

import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { appendFile, chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch, until } from './fixture.mjs';

const PAGE = new URL('../../bin/rd-portal/client', import.meta.url).pathname;
const SHOTS = process.env.SHOTS; // a folder for pictures of the page
const PASSWORD = 'a "good" password';

let dir, browser, context, page, external;
const running = [];

const freePort = () => new Promise(resolve => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

// A program that says it is ready on descriptor 3.
const run = async (command, args, env = {}) => {
  const child = spawn(command, args, {
    env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit', 'pipe'] });
  running.push(child);
  child.over = new Promise(resolve => child.once('exit', resolve));
  await new Promise((resolve, reject) => {
    child.stdio[3].once('data', resolve);
    child.once('exit', status => reject(new Error(`${command} ended with ${status}`)));
  });
};

const supervise = async () => {
  await writeFile(join(dir, 'supervisord.conf'), `
[supervisord]
logfile=${dir}/supervisord.log
pidfile=${dir}/supervisord.pid
nodaemon=true
${process.getuid() ? '' : 'user=root'}
[unix_http_server]
file=${dir}/supervisor.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[program:desktop]
command=sh -c 'echo "desktop \x1b[32mready\x1b[0m <script>"; exec sleep 1000'
stdout_logfile=${dir}/logs/desktop.log
startsecs=0
[program:caddy]
command=sleep 1000
startsecs=0
[program:broken]
command=/does/not/exist
startretries=0
`);
  const child = spawn('supervisord', ['-c', join(dir, 'supervisord.conf')], { stdio: 'ignore' });
  child.over = new Promise(resolve => child.once('exit', resolve));
  running.push(child);
};

// Says what the real one says.
const fakeCloudflared = async () => {
  const file = join(dir, 'bin/cloudflared');
  await mkdir(join(dir, 'bin'));
  await writeFile(file, `#!/bin/sh
case $* in *:9999*) exit 1 ;; esac
echo "INF | https://some-words-$$.trycloudflare.com |" >&2
exec sleep 1000
`);
  await chmod(file, 0o755);
};

const shoot = async name => SHOTS && await page.screenshot({ path: join(SHOTS, `${name}.png`) });

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rd-portal.'));
  await mkdir(join(dir, 'auth'), { mode: 0o700 });
  await mkdir(join(dir, 'logs'));
  const [internal, desk] = [await freePort(), await freePort()];
  external = await freePort();
  const env = {
    PORTAL_CONFIG: [`localhost:${external}:${internal}:/:Instance Portal`,
      `localhost:${desk}:1:/<b>:Desktop <img src=x>`, `localhost:${desk + 1}:2:/a:Other`].join('|'),
    PORTAL_LINKS: 'The <b>manual|https://example.org/a|How it is done,Bad|javascript:alert(1),Here|/capabilities',
    WEB_PASSWORD: PASSWORD, WEB_USERNAME: 'me', VAST_CONTAINERLABEL: 'C.42' };
  await supervise();
  await fakeCloudflared();
  env.PATH = `${dir}/bin:${process.env.PATH}`;
  await run('rd-portal', ['-t', join(dir, 'tunnels'),'-f', join(dir, 'portal.yaml'), '-l', `127.0.0.1:${internal}`, '-R', '3',
    '-a', join(dir, 'auth'), '-d', join(dir, 'logs'), '-s', join(dir, 'supervisor.sock'), '-w', PAGE], env);
  await run('rd-edge', ['run', '-a', `${internal}`, '-d', join(dir, 'edge'), '-f', join(dir, 'portal.yaml'),
    '-R', '3'], env);
  browser = await launch();
  context = await browser.newContext({ locale: 'en-US', colorScheme: 'light' });
  page = await context.newPage();
  page.on('pageerror', error => page.problem = error);
  await page.goto(`http://127.0.0.1:${external}/`);
});

after(async () => {
  await browser?.close();
  for (const child of running.reverse()) {
    child.kill();
    await child.over;
  }
  await rm(dir, { recursive: true });
});

test('a form asks who comes', async () => {
  await page.locator('.login form').waitFor();
  await shoot('login');
  await page.fill('[name=username]', 'me');
  await page.fill('[name=password]', 'wrong');
  await page.click('button');
  await page.getByText('The name or the password is wrong.').waitFor();
  await page.fill('[name=username]', 'me');
  await page.fill('[name=password]', PASSWORD);
  await page.click('button');
  await page.locator('#apps article').first().waitFor();
  assert.equal(new URL(page.url()).pathname, '/');
});

test('applications are cards, whatever they are called', async () => {
  const card = page.locator('#apps article', { hasText: 'Desktop <img src=x>' });
  await card.waitFor();
  assert.equal(await page.locator('#apps article').count(), 3);
  assert.equal(await page.locator('#apps article img').count(), 0);
  await page.getByRole('button', { name: 'You are here' }).waitFor();
  await card.getByText('Connection options').click();
  await card.locator('code').waitFor();
  assert.match(await card.locator('code').textContent(), /^ssh .*-L 1:localhost:1 \w+@127\.0\.0\.1$/);
  await card.getByRole('link', { name: /^http:\/\/127\.0\.0\.1:\d+\/<b>$/ }).waitFor();
  await page.locator('#gauges progress').first().waitFor();
  await shoot('light');
});

test('a card leads to its application with a token for it alone', async () => {
  const link = page.locator('#apps article', { hasText: 'Other' }).getByRole('link', { name: 'Launch' });
  const response = await context.request.get(new URL(await link.getAttribute('href'), page.url()).href,
    { maxRedirects: 0 });
  assert.equal(response.status(), 303);
  assert.match(response.headers().location, /^http:\/\/127\.0\.0\.1:\d+\/a\?token=[0-9a-f]{64}$/);
});

test('a tunnel is opened, and closed', async () => {
  await page.click('nav [href="#/tunnels"]');
  await page.getByText('No tunnel is open.').waitFor();
  await page.fill('#target', 'localhost:9999');
  await page.getByRole('button', { name: 'Open a tunnel' }).click();
  await page.getByText("This did not work: 'cloudflared' has ended").waitFor();
  const url = await page.locator('#targets option').first().getAttribute('value');
  await page.fill('#target', url);
  await page.getByRole('button', { name: 'Open a tunnel' }).click();
  const link = page.locator('#ways a');
  await link.waitFor();
  const address = await link.textContent();
  assert.match(address, /^https:\/\/some-words-\d+\.trycloudflare\.com$/);
  assert.equal(await page.locator('#trouble').isVisible(), false);
  await shoot('tunnels');
  await page.getByRole('button', { name: 'New address' }).click();
  await until('another address', async () => await link.textContent() !== address);
  const another = await link.textContent();
  await page.click('nav [href="#/apps"]');
  const card = page.locator('#apps article').first();
  await card.getByText('Connection options').click();
  await card.getByRole('link', { name: `${another}/`, exact: true }).waitFor();
  await page.click('nav [href="#/tunnels"]');
  await page.getByRole('button', { name: `Close ${url}` }).click();
  await page.getByText('No tunnel is open.').waitFor();
});

test('a service is stopped and started', async () => {
  await page.click('nav [href="#/services"]');
  const row = page.locator('#processes li', { hasText: 'desktop' });
  await row.getByText('Running').waitFor();
  await page.locator('#processes li', { hasText: 'broken' }).getByText('Failed').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Stop caddy' }).count(), 0);
  await shoot('services');
  await row.getByRole('button', { name: 'Stop' }).click();
  await row.getByText('Stopped').waitFor();
  await page.click('nav [href="#/apps"]');
  await page.getByRole('button', { name: 'Service stopped' }).waitFor();
  await page.click('nav [href="#/services"]');
  await row.getByRole('button', { name: 'Start' }).click();
  await row.getByText('Running').waitFor();
});

test('its log is read as it grows', async () => {
  await page.locator('#processes li', { hasText: 'desktop' }).getByRole('link', { name: 'Log' }).click();
  const lines = page.locator('#lines div:visible');
  await lines.first().waitFor();
  assert.match(await lines.first().textContent(), /desktop ready <script>$/);
  assert.equal(await page.locator('#lines script').count(), 0);
  assert.equal(await page.locator('#lines [data-ink="2"]').first().textContent(), 'ready');
  await appendFile(join(dir, 'logs/desktop.log'), '10 %\r20 %\r\x1b[1;31m30 %\x1b[0m');
  await page.locator('#lines div', { hasText: '30 %' }).waitFor();
  await appendFile(join(dir, 'logs/desktop.log'), '\r\x1b[38;5;208m99 %');
  await page.locator('#lines div', { hasText: '99 %' }).waitFor();
  assert.equal(await page.locator('#lines div', { hasText: '30 %' }).count(), 0);
  await appendFile(join(dir, 'logs/other.log'), 'something else\n');
  await page.locator('#lines div', { hasText: 'something else' }).waitFor({ state: 'attached' });
  assert.equal(await lines.filter({ hasText: 'something else' }).count(), 0);
  await page.selectOption('#file', '');
  await lines.filter({ hasText: 'something else' }).waitFor();
  await shoot('logs');
  await page.fill('#search', 'ELSE');
  await until('only what was searched for', async () => await lines.count() === 1);
  await page.fill('#search', '');
  await page.click('#pause');
  await appendFile(join(dir, 'logs/other.log'), 'while it is paused\n');
  const held = await context.request.get(`http://127.0.0.1:${external}/download-logs?file=other.log`);
  assert.match(await held.text(), /while it is paused/);
  assert.equal(await page.getByText('while it is paused').count(), 0);
  await page.click('#pause');
  await page.getByText('while it is paused').waitFor();
});

test('links of its owner have a page', async () => {
  await page.click('nav [href="#/tools"]');
  await page.getByRole('link', { name: 'Open The <b>manual' }).waitFor();
  assert.deepEqual(await page.locator('#tools a').evaluateAll(links => links.map(link => link.getAttribute('href'))),
    ['https://example.org/a', '/capabilities']);
  await shoot('tools');
});

test('on a phone, in the dark, nothing is cut off', async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.emulateMedia({ colorScheme: 'dark' });
  for (const name of ['apps', 'tunnels', 'services', 'logs', 'tools']) {
    await page.click(`nav [href="#/${name}"]`);
    await page.locator(`#${name}`).waitFor();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), name);
    const nav = await page.locator('nav').evaluate(({ scrollWidth, clientWidth, clientHeight, firstElementChild }) =>
      [scrollWidth <= clientWidth, clientHeight === firstElementChild.offsetHeight]);
    assert.deepEqual(nav, [true, true], 'all pages are in one line');
    await shoot(`phone-${name}`);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.click('nav [href="#/apps"]');
  await shoot('dark');
});

test('who logs out is out', async () => {
  await page.click('#user');
  await page.getByRole('button', { name: 'Log out', exact: true }).click();
  await page.locator('.login form').waitFor();
  assert.equal((await context.request.get(`http://127.0.0.1:${external}/get-applications`)).status(), 401);
  assert.equal(page.problem, undefined);
});
