// A session and a browser, each at its machine of networks.mjs, and a page of
// the one in the other that has nothing but WebRTC.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { home, run, startSessionBy } from './desktop.mjs';
import { launch, state, until } from './fixture.mjs';
import { at } from './networks.mjs';
import { moves } from './roles.mjs';

// As ssh -L would: of the session's machine its HTTP, at the browser's own.
const forward = async (t, port) => {
  const socket = join(home, 'http');
  for (const [of, ...ends] of [['session', `UNIX-LISTEN:${socket},fork`, `TCP:127.0.0.1:${port}`],
    ['browser', `TCP-LISTEN:${port},bind=127.0.0.1,fork`, `UNIX-CONNECT:${socket}`]]) {
    const [program, ...args] = [...at(of), 'socat', ...ends];
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    t.after(() => child.kill());
  }
  await until('the forwarded port', () => run(...at('browser'), 'curl', '-so', '/dev/null', `http://127.0.0.1:${port}/`).then(() => true, () => false));
};

// A session with those environment variables, by a command as of startSessionBy().
export const startSession = async (t, variables, by, title, ...options) => {
  Object.assign(process.env, variables);
  const session = await startSessionBy(by, title, '-s', '1024x768', ...options).finally(() => {
    for (const variable of Object.keys(variables))
      delete process.env[variable];
  });
  t.after(() => session.stop().catch(() => {}));
  return session;
};

// One at the session's machine whose HTTP is at the browser's. Displays are
// numbered by network, but their sockets are in one folder.
export const startSessionThere = async (t, variables, title, ...options) => {
  const session = await startSession(t, variables, [...at('session'), 'sh', '-c',
    'mkdir -pm 1777 /tmp/.X11-unix && mount -t tmpfs tmpfs /tmp/.X11-unix && exec "$@"', 'sh'], title, ...options);
  await forward(t, new URL(session.link).port);
  return session;
};

// rd-turn, once it is ready, run by a command likewise, for one user.
export const startTurn = async (t, by, { TURN_USERNAME, TURN_PASSWORD }, ...options) => {
  const users = join(home, 'users');
  writeFileSync(users, `${TURN_USERNAME} ${TURN_PASSWORD}\n`, { mode: 0o600 });
  const [program, ...args] = [...by, 'rd-turn', '-u', users, '-R', '3', ...options];
  const turn = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit', 'pipe'] });
  t.after(() => turn.kill('SIGKILL'));
  await new Promise((resolve, reject) => {
    turn.stdio[3].once('data', resolve);
    turn.once('exit', () => reject(new Error('rd-turn does not start')));
  });
};

export const launchThere = async t => {
  const [program, { CHROMIUM = '/usr/bin/chromium' }] = [join(home, 'chromium'), process.env];
  writeFileSync(program, `#!/bin/sh\nexec ${at('browser').join(' ')} '${CHROMIUM}' "$@"\n`, { mode: 0o755 });
  process.env.CHROMIUM = program;
  const there = await launch();
  process.env.CHROMIUM = CHROMIUM;
  t.after(() => there.close());
  return there;
};

export const openPage = async (t, browser, session, prepare = () => {}) => {
  const context = await browser.newContext({ viewport: { width: 1024, height: 768 } });
  t.after(() => context.close());
  const page = await context.newPage();
  await prepare(page);
  await page.goto(`${await session.newLink()}#transport=webrtc&stats=on`);
  await state(page, 'live', 30000);
  return page;
};

// It goes that way, new pictures arrive and input does.
export const expectUse = async (page, session, way) => {
  await page.locator('#stats p', { hasText: way }).waitFor();
  assert.ok(await moves(session, page), 'the pointer');
  const frames = () => page.evaluate(() => document.querySelector('video.front').getVideoPlaybackQuality().totalVideoFrames);
  const before = await frames();
  await session.client('xsetroot', '-solid', 'red');
  await until('another picture', async () => await frames() > before);
};
