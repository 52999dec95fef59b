// Three machines, as network namespaces: a session's, a browser's, and a router
// between them that lets through what it is told to, at first nothing. Neither
// of the two is in a network with the other or with anybody else.

import { execFile } from 'node:child_process';
import { run } from './desktop.mjs';

export const PORT = 3478;
export const address = { session: '10.71.1.2', router: '10.71.0.1' };

const name = Object.fromEntries(['session', 'router', 'browser'].map(of => [of, `rd-${of}-${process.pid}`]));

// What puts a command there.
export const at = of => ['ip', 'netns', 'exec', name[of]];

// Lines of ip(8) for the machine of.
const ip = (of, ...lines) => new Promise((resolve, reject) => {
  const child = execFile('ip', ['-netns', name[of], '-batch', '-'], error => error ? reject(error) : resolve());
  child.stdin.end(lines.join('\n'));
});

const connect = async (of, number) => {
  await ip('router',
    `link add rd${number} type veth peer name eth0 netns ${name[of]}`,
    `address add 10.71.${number}.1/24 dev rd${number}`,
    `link set rd${number} up`);
  await ip(of,
    `address add 10.71.${number}.2/24 dev eth0`,
    'link set lo up',
    'link set eth0 up',
    `route add default via 10.71.${number}.1`);
};

// The router lets nothing through but those protocols to one port there.
export const pass = (of, ...protocols) => run(...at('router'), 'nft', `
  flush ruleset
  table inet rd {
    chain rules {
      iif lo accept
      ct state established accept
      ip daddr ${address[of]} meta l4proto { ${protocols} } th dport ${PORT} accept
    }
    chain in { type filter hook input priority 0; policy drop; jump rules; }
    chain through { type filter hook forward priority 0; policy drop; jump rules; }
  }`);

export const close = async () => {
  for (const netns of Object.values(name))
    await run('ip', 'netns', 'del', netns).catch(() => {});
};

// Why they cannot be had here, or ''.
export const open = async () => {
  try {
    for (const netns of Object.values(name))
      await run('ip', 'netns', 'add', netns);
    await connect('session', 1);
    await connect('browser', 2);
    await ip('router', 'link set lo up', `address add ${address.router}/32 dev lo`);
    await run(...at('router'), 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
    await pass('router', 'udp', 'tcp');
    return '';
  } catch (error) {
    await close();
    return error.message.trim().replaceAll(/\s+/g, ' ');
  }
};
