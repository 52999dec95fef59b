// What a TURN server is for: a browser that has no other way to a session.

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { expectUse, launchThere, openPage, startSession, startSessionThere, startTurn } from './apart.mjs';
import { home, run } from './desktop.mjs';
import { launch } from './fixture.mjs';
import * as networks from './networks.mjs';

const [KEY, CERTIFICATE] = ['key', 'certificate'].map(file => join(home, file));
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
  browser = await launch(`--ignore-certificate-errors-spki-list=${(await spkiOf(CERTIFICATE)).trim()}`);
});

after(() => browser?.close());

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
  const session = await startSession(t, {}, [], 'own', '-turn', `${await freePort()}`);
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
  await startTurn(t, [], ELSEWHERE, '-l', `127.0.0.1:${plain}`, '-T', `127.0.0.1:${tls}`, '-c', CERTIFICATE, '-k', KEY,
    '-A', '127.0.0.1', ...(await run('hostname', '-I')).split(/\s+/).filter(Boolean).flatMap(own => ['-A', own]));
  const session = await startSession(t, { ...ELSEWHERE, TURN_HOST: '127.0.0.1', TURN_PORT: `${tls}`, TURN_PROTOCOL: 'tls' }, [], 'elsewhere');
  const page = await openPage(t, browser, session, relayOnly('turns:'));
  await expectUse(page, session, 'relayed tls');
});

// With a server at a machine, which nothing but its one port can be reached of.
const apart = (title, place, variables, options, prepare) => test(title, async t => {
  const obstacle = await networks.open();
  if (obstacle)
    return t.skip(`no networks can be made: ${obstacle}`);
  t.after(networks.close);
  await prepare(t);
  const session = await startSessionThere(t, variables, place, ...options);
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
  t => startTurn(t, networks.at('router'), ELSEWHERE, '-l', `${networks.address.router}:${networks.PORT}`, '-a', networks.address.router, '-p', '62000-62999', '-A', `${networks.address.router}:62000-62999`));

apart('apart from it, with one of its ports let through: likewise', 'session',
  {}, ['-turn', `${networks.PORT}`], () => {});
