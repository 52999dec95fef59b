// Who has but one way to a session takes it, without a relay.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectUse, launchThere, openPage, startSessionThere, startTurn } from './apart.mjs';
import { keepPeers, receives } from './network.mjs';
import * as networks from './networks.mjs';

// By networks of that family that pass() lets something through, maybe with a
// server that the session knows: is() what the page goes to the one expected?
const only = (way, name, { family, pass, server = {} }, is) => test(`by ${way} alone`, async t => {
  const obstacle = await networks.open(family);
  if (obstacle)
    return t.skip(`no networks can be made: ${obstacle}`);
  t.after(networks.close);
  await pass();
  const { TURN_HOST: host } = server;
  if (host)
    await startTurn(t, networks.at('router'), server, '-l', `${host}:${networks.PORT}`, '-a', host);
  const session = await startSessionThere(t, server, name);
  const page = await openPage(t, await launchThere(t), session, each => each.addInitScript(keepPeers));
  const { way: found } = await receives(page);
  assert.ok(is(found), JSON.stringify(found));
  await expectUse(page, session, found.protocol);
});

only('IPv6', 'six', { family: 6, pass: () => networks.passAll('udp') },
  ({ protocol, address }) => protocol === 'udp' && address.startsWith('fd71:'));

only('TCP', 'tcp', { pass: () => networks.passAll('tcp') },
  ({ protocol, tcpType }) => protocol === 'tcp' && tcpType === 'passive');

// Which a server told the session that is out of the browser's reach.
only('an address of a NAT\'s', 'nat', {
  pass: networks.hide,
  server: { TURN_HOST: networks.address.router, TURN_USERNAME: 'me', TURN_PASSWORD: 'secret' },
}, ({ candidateType, address }) => candidateType === 'srflx' && address === networks.address.outside);
