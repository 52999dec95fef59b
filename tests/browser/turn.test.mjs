// What a TURN server is for: a browser that has no other way to a session.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { home, run, startSessionBy } from './desktop.mjs';
import { launch, state, until } from './fixture.mjs';
import { moves } from './roles.mjs';
import * as networks from './networks.mjs';

const [KEY, CERTIFICATE, USERS] = ['key', 'certificate', 'users'].map(file => join(home, file));
const VIEWPORT = { width: 1024, height: 768 };
const ELSEWHERE = { TURN_USERNAME: 'me', TURN_PASSWORD: 'a"b\\c$d' };

let browser;

// Of TCP and UDP, and none that the system gives to others meanwhile.
const freePort = async () => {
  for (;;) {
    const port = 20000 + Math.floor(10000 * Math.random());
    const sockets = [createServer().listen(port), createSocket('udp4').bind(port)];
    const free = await Promise.all(sockets.map(socket => once(socket, 'listening'))).then(() => true, () => false);
    for (const socket of sockets)
      try {
        socket.close();
      } catch { /* it never was open */ }
    if (free)
      return port;
  }
};

const spkiOf = certificate => run('sh', '-c',
  `openssl x509 -in '${certificate}' -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64`);

before(async () => {
  await run('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', '/CN=rd', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', KEY, '-out', CERTIFICATE);
  writeFileSync(USERS, `${ELSEWHERE.TURN_USERNAME} ${ELSEWHERE.TURN_PASSWORD}\n`, { mode: 0o600 });
  browser = await launch(`--ignore-certificate-errors-spki-list=${(await spkiOf(CERTIFICATE)).trim()}`);
});

after(() => browser?.close());

// rd-turn, once it is ready.
const startTurn = async (t, by, ...options) => {
  const [program, ...args] = [...by, 'rd-turn', '-u', USERS, '-R', '3', ...options];
  const turn = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit', 'pipe'] });
  t.after(() => turn.kill('SIGKILL'));
  await new Promise((resolve, reject) => {
    turn.stdio[3].once('data', resolve);
    turn.once('exit', () => reject(new Error('rd-turn does not start')));
  });
};

const start = async (t, variables, by, name, ...options) => {
  Object.assign(process.env, variables);
  const session = await startSessionBy(by, name, '-s', '1024x768', ...options).finally(() => {
    for (const variable of Object.keys(variables))
      delete process.env[variable];
  });
  t.after(() => session.stop().catch(() => {}));
  return session;
};

// A page that shows the session, by WebRTC only.
const openPage = async (t, from, session, prepare = () => {}) => {
  const context = await from.newContext({ viewport: VIEWPORT });
  t.after(() => context.close());
  const page = await context.newPage();
  await prepare(page);
  await page.goto(`${await session.newLink()}#transport=webrtc&stats=on`);
  await state(page, 'live', 30000);
  return page;
};

// It goes that way, new pictures arrive and input does.
const expectUse = async (page, session, way) => {
  await page.locator('#stats p', { hasText: way }).waitFor();
  assert.ok(await moves(session, page), 'the pointer');
  const frames = () => page.evaluate(() => document.querySelector('video.front').getVideoPlaybackQuality().totalVideoFrames);
  const before = await frames();
  await session.client('xsetroot', '-solid', 'red');
  await until('another picture', async () => await frames() > before);
};

// The browser has nothing but relays, of the servers whose URL has that in it.
const relayOnly = part => page => page.addInitScript(text => {
  window.names = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    setConfiguration({ iceServers, ...rest }) {
      window.names.push(...iceServers.map(({ username }) => username));
      super.setConfiguration({ ...rest, iceTransportPolicy: 'relay', iceServers: iceServers.filter(({ urls }) => urls.includes(text)) });
    }
  };
}, part);

test('a server of the session\'s own, by UDP and by TCP', async t => {
  const session = await start(t, {}, [], 'own', '-turn', `${await freePort()}`);
  const names = [];
  for (const transport of ['udp', 'tcp']) {
    const page = await openPage(t, browser, session, relayOnly(`transport=${transport}`));
    await expectUse(page, session, `relayed ${transport}`);
    names.push(...await page.evaluate(() => window.names));
  }
  const now = Date.now() / 1000;
  assert.equal(names.length, 4);
  assert.equal(new Set(names).size, 2, 'each viewer has a name of its own');
  for (const end of names.map(each => Number(each.split(':')[0])))
    assert.ok(end > now && end < now + 3600, 'that lasts an hour at most');
});

test('a server elsewhere, by TLS', async t => {
  const [plain, tls] = [await freePort(), await freePort()];
  await startTurn(t, [], '-l', `127.0.0.1:${plain}`, '-T', `127.0.0.1:${tls}`, '-c', CERTIFICATE, '-k', KEY,
    '-A', '127.0.0.1', ...(await run('hostname', '-I')).split(/\s+/).filter(Boolean).flatMap(own => ['-A', own]));
  const session = await start(t, { ...ELSEWHERE, TURN_HOST: '127.0.0.1', TURN_PORT: `${tls}`, TURN_PROTOCOL: 'tls' }, [], 'elsewhere');
  const page = await openPage(t, browser, session, relayOnly('turns:'));
  await expectUse(page, session, 'relayed tls');
});

// As ssh -L would: of the session's machine its HTTP, at the browser's own.
const forward = async (t, port) => {
  const socket = join(home, 'http');
  for (const [of, ...ends] of [['session', `UNIX-LISTEN:${socket},fork`, `TCP:127.0.0.1:${port}`],
    ['browser', `TCP-LISTEN:${port},bind=127.0.0.1,fork`, `UNIX-CONNECT:${socket}`]]) {
    const [program, ...args] = [...networks.at(of), 'socat', ...ends];
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    t.after(() => child.kill());
  }
  await until('the forwarded port', () => run(...networks.at('browser'), 'curl', '-so', '/dev/null', `http://127.0.0.1:${port}/`).then(() => true, () => false));
};

// Displays are numbered by network, but their sockets are in one folder.
const bySession = () => [...networks.at('session'), 'sh', '-c',
  'mkdir -pm 1777 /tmp/.X11-unix && mount -t tmpfs tmpfs /tmp/.X11-unix && exec "$@"', 'sh'];

const launchThere = async t => {
  const [program, { CHROMIUM = '/usr/bin/chromium' }] = [join(home, 'chromium'), process.env];
  writeFileSync(program, `#!/bin/sh\nexec ${networks.at('browser').join(' ')} '${CHROMIUM}' "$@"\n`, { mode: 0o755 });
  process.env.CHROMIUM = program;
  const there = await launch();
  process.env.CHROMIUM = CHROMIUM;
  t.after(() => there.close());
  return there;
};

// With a server at a machine, which nothing but its one port can be reached of.
const apart = (title, place, variables, options, prepare) => test(title, async t => {
  const obstacle = await networks.open();
  if (obstacle)
    return t.skip(`no networks can be made: ${obstacle}`);
  t.after(networks.close);
  await prepare(t);
  const session = await start(t, variables, bySession(), place, ...options);
  await forward(t, new URL(session.link).port);
  const there = await launchThere(t);
  for (const transport of ['udp', 'tcp']) {
    await networks.pass(place, transport);
    const page = await openPage(t, there, session);
    await expectUse(page, session, `relayed ${transport}`);
    await page.context().close();
  }
});

apart('apart from it, with a server between: by UDP alone, and by TCP alone', 'router',
  { ...ELSEWHERE, TURN_HOST: networks.address.router }, [],
  t => startTurn(t, networks.at('router'), '-l', `${networks.address.router}:${networks.PORT}`, '-a', networks.address.router, '-p', '62000-62999', '-A', `${networks.address.router}:62000-62999`));

apart('apart from it, with one of its ports let through: likewise', 'session',
  {}, ['-turn', `${networks.PORT}`], () => {});
