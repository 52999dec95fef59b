// Three machines, as network namespaces: a session's, a browser's, and a router
// between them that lets through what it is told to, at first nothing. Neither
// of the two is in a network with the other or with anybody else.

import { execFile } from 'node:child_process';
import { run } from './desktop.mjs';

export const PORT = 3478;
export const address = { session: '10.71.1.2', router: '10.71.0.1', outside: '10.71.0.2' };

const name = Object.fromEntries(['session', 'router', 'browser'].map(of => [of, `rd-${of}-${process.pid}`]));

// What puts a command there.
export const at = of => ['ip', 'netns', 'exec', name[of]];

// Lines of ip(8) for the machine of.
const ip = (of, ...lines) => new Promise((resolve, reject) => {
  const child = execFile('ip', ['-netns', name[of], '-batch', '-'], error => error ? reject(error) : resolve());
  child.stdin.end(lines.join('\n'));
});

// Hosts of a network by IPv4 or IPv6.
const hosts = {
  4: number => [1, 2].map(host => [`10.71.${number}.${host}`, '/24']),
  6: number => [1, 2].map(host => [`fd71:${number}::${host}`, '/64 nodad']),
};

const connect = async (of, number, families) => {
  await ip('router',
    `link add rd${number} type veth peer name eth0 netns ${name[of]}`,
    `link set rd${number} up`);
  await ip(of, 'link set lo up', 'link set eth0 up');
  for (const family of families) {
    const [[gateway, length], [own]] = hosts[family](number);
    await ip('router', `address add ${gateway}${length} dev rd${number}`);
    await ip(of, `address add ${own}${length} dev eth0`, `route add default via ${gateway}`);
  }
};

const rule = (accept, more = '') => run(...at('router'), 'nft', `
  flush ruleset
  table inet rd {
    chain rules {
      iif lo accept
      ct state established accept
      icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
      ${accept}
    }
    chain in { type filter hook input priority 0; policy drop; jump rules; }
    chain through { type filter hook forward priority 0; policy drop; jump rules; }
    ${more}
  }`);

// The router lets nothing through but those protocols to one port there.
export const pass = (of, ...protocols) => rule(`ip daddr ${address[of]} meta l4proto { ${protocols} } th dport ${PORT} accept`);

// Nothing but those from anywhere to anywhere.
export const passAll = (...protocols) => rule(`meta l4proto { ${protocols} } accept`);

// Nothing but UDP to the session at an address of the router's own, which is
// what others see of it, and from it to that port of the router's.
export const hide = () => rule(`
    ip saddr ${address.session} ip daddr ${address.router} udp dport ${PORT} accept
    ct status dnat meta l4proto udp accept`, `
    chain to { type nat hook prerouting priority -100; iifname rd2 ip daddr ${address.outside} dnat ip to ${address.session}; }
    chain from { type nat hook postrouting priority 100; ip saddr ${address.session} snat ip to ${address.outside}; }
    chain own { type nat hook input priority 100; ip saddr ${address.session} snat ip to ${address.outside}; }`);

export const close = async () => {
  for (const netns of Object.values(name))
    await run('ip', 'netns', 'del', netns).catch(() => {});
};

// Why they cannot be had here, or ''. The session's machine has IPv4 or IPv6;
// a browser's that has no IPv4 tells nothing of IPv6 either.
export const open = async (family = 4) => {
  try {
    for (const netns of Object.values(name))
      await run('ip', 'netns', 'add', netns);
    // An address that has to prove itself first comes while a page is loading,
    // and Chromium ends all requests when there is a new one.
    for (const of of Object.keys(name))
      await run(...at(of), 'sysctl', '-qw', 'net.ipv6.conf.all.accept_dad=0', 'net.ipv6.conf.default.accept_dad=0');
    await connect('session', 1, [family]);
    await connect('browser', 2, new Set([4, family]));
    await ip('router', 'link set lo up', ...[address.router, address.outside].map(own => `address add ${own}/32 dev lo`));
    await run(...at('router'), 'sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1');
    await rule('');
    return '';
  } catch (error) {
    await close();
    return error.message.trim().replaceAll(/\s+/g, ' ');
  }
};
