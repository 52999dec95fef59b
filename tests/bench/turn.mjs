// run turn.mjs [-n rounds] [-t ms]: rd-turn beside coturn, on one core each,
// with the same load from the other core; medians, and the ratio of the two.
// Wants coturn, two processors, and as root more descriptors than 20,000.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { ready, start } from './proc.mjs';
import { quantile } from './table.mjs';

const { values: { n: rounds, t: ms } } = parseArgs({
  options: { n: { type: 'string', default: '5' }, t: { type: 'string', default: '1000' } },
});
const TURNLOAD = join(dirname(process.env.WORKLOAD), 'turnload');
const [FIRST_PORT, LAST_PORT] = [20000, 60000];
const RELAYS = '127.0.0.2'; // nobody else's
const dir = mkdtempSync(join(tmpdir(), 'rd-turn-bench.'));
process.on('exit', () => rmSync(dir, { recursive: true }));
writeFileSync(join(dir, 'users'), 'bench bench\n', { mode: 0o600 });

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

const SERVERS = {
  'rd-turn': (port) => ['rd-turn', '-l', `127.0.0.1:${port}`, '-a', RELAYS, '-A', '127.0.0.1',
    '-u', join(dir, 'users'), '-m', '11000', '-n', '100000', '-N', '100000',
    '-p', `${FIRST_PORT}-${LAST_PORT}`, '-R', '3'],
  coturn: (port) => ['turnserver', '-n', '--no-cli', '-L', '127.0.0.1', '-E', RELAYS, '-p', `${port}`,
    '--no-tls', '--no-dtls', '--no-tcp', '-a', '-u', 'bench:bench', '-r', 'rd', '-m', '1',
    '--allow-loopback-peers', '--min-port', `${FIRST_PORT}`, '--max-port', `${LAST_PORT}`,
    '--no-stdout-log', '--log-file', join(dir, 'log'), '--pidfile', join(dir, 'pid')],
};

// How long until it answers is part of what is told by who asks.
async function serve(name) {
  const port = await freePort();
  const child = start('taskset', ['-c', '0', ...SERVERS[name](port)]);
  const ended = () => { throw new Error(`${name}: ${child.errors}`); };
  if (name === 'rd-turn')
    await ready(child);
  else
    await Promise.race([new Promise((resolve) => setTimeout(resolve, 1000)), child.ended.then(ended)]);
  return { port, child };
}

const load = (port, pid, args) => Object.fromEntries(
  execFileSync('taskset', ['-c', '1', TURNLOAD, '-d', ms, '-P', `${pid}`, ...args, `${port}`], { encoding: 'utf8' })
    .trim().split('\n').map((line) => line.split(' ')).map(([key, value]) => [key, +value]));

async function kill(child) {
  child.kill('SIGKILL');
  await child.ended;
}

async function measure(name, args) {
  const { port, child } = await serve(name);
  try {
    return load(port, child.pid, args);
  } finally {
    await kill(child);
  }
}

/** Medians by name; the servers take turns, so that both have the same weather. */
async function compare(args, times = +rounds) {
  const runs = Object.fromEntries(Object.keys(SERVERS).map((name) => [name, []]));
  for (let i = 0; i < times; i++)
    for (const name of Object.keys(SERVERS))
      runs[name].push(await measure(name, typeof args === 'function' ? args(name) : args));
  return Object.fromEntries(Object.entries(runs).map(([name, some]) => [name,
    Object.fromEntries(Object.keys(some[0]).map((key) => [key, quantile(some.map((run) => run[key]), 0.5)]))]));
}

function row(what, unit, values) {
  const [ours, theirs] = Object.values(values);
  const ratio = Number.isFinite(theirs) ? (ours / theirs).toFixed(2) : '-';
  const text = (value) => (Number.isFinite(value) ? value.toFixed(value < 100 ? 2 : 0) : '-');
  console.log(`| ${what} | ${unit} | ${text(ours)} | ${text(theirs)} | ${ratio} |`);
}

const pick = (results, key) => Object.fromEntries(
  Object.entries(results).map(([name, result]) => [name, typeof key === 'function' ? key(result) : result[key]]));

const LOADS = [200, 1200].flatMap((size) => [
  ...[1, 10, 100].map((clients) => [`${clients} clients, ${size} B`, ['-c', clients, '-s', size]]),
  ...[10, 100].map((clients) => [`${clients} clients, ${size} B, indications`, ['-c', clients, '-s', size, '-g']]),
  ...[1, 10, 100].map((clients) => [`${clients} clients, ${size} B, 30,000/s evenly apart`,
    ['-c', clients, '-s', size, '-r', '30000', '-i', '1']]),
]).concat([
  ['1 client, 200 B, 1000/s: one at a time', ['-c', '1', '-r', '1000', '-i', '1']],
  ['video: 10 viewers, 16 x 1200 B at a time', ['-c', '10', '-s', '1200', '-o', 'f', '-b', '16', '-w', '64']],
  ['video sent as runs (UDP_SEGMENT)', ['-c', '10', '-s', '1200', '-o', 'f', '-b', '16', '-w', '64', '-G']],
]).map(([what, args]) => [what, args.map(String)]);

const HALF = ['-c', '100', '-s', '200', '-i', '1'];

async function latency(full) {
  // There and back is two datagrams.
  const rate = (name) => ['-r', `${Math.round(full[name].relayed_s / 4)}`];
  const relayed = await compare((name) => [...HALF, ...rate(name)]);
  const direct = await compare((name) => [...HALF, ...rate(name), '-x'], 1);
  for (const key of ['p50_us', 'p99_us'])
    row(`added there and back at half load, ${key.slice(0, 3)}`, 'us', Object.fromEntries(
      Object.keys(SERVERS).map((name) => [name, relayed[name][key] - direct[name][key]])));
}

const hex = (number, digits) => number.toString(16).toUpperCase().padStart(digits, '0');

// Of relays, and the one at which it listens.
function boundPorts(port) {
  const [relay, listener] = ['0200007F:', `0100007F:${hex(port, 4)}`];
  return readFileSync('/proc/net/udp', 'latin1').split('\n').slice(1)
    .map((line) => line.trim().split(/\s+/)[1] ?? '')
    .filter((local) => local === listener || local.startsWith(relay)).length;
}

async function restart() {
  const { port, child } = await serve('rd-turn');
  load(port, child.pid, ['-a', '-c', '1000']);
  const before = boundPorts(port);
  await kill(child);
  const left = boundPorts(port);
  const from = performance.now();
  const again = start('taskset', ['-c', '0', ...SERVERS['rd-turn'](port)]);
  await ready(again);
  load(port, again.pid, ['-a', '-c', '1']);
  const took = performance.now() - from;
  await kill(again);
  row('kill -9 and again, until it allocates', 'ms', [took]);
  row(`ports bound of ${before} after kill -9`, '', [left]);
}

console.log('| load | | rd-turn | coturn | ratio |\n|---|---|---|---|---|');
let full;
for (const [what, args] of LOADS) {
  const results = await compare(args);
  if (what === '100 clients, 200 B')
    full = results;
  row(what, 'us CPU each', pick(results, 'cpu_us_each'));
  row(what, 'a second and core', pick(results, ({ cpu_us_each: us }) => 1e6 / us));
  if (args.includes('-r'))
    row(what, 'p99 us', pick(results, 'p99_us'));
}
await latency(full);
const many = await compare(['-a', '-c', '10000'], 1);
row('10,000 allocations, one client after the other', 'a second', pick(many, 'allocations_s'));
row('10,000 allocations', 'bytes each', pick(many, 'bytes_each'));
const flood = await compare(['-u', '-c', '100000'], 1);
row('100,000 sources that prove nothing', 'MB', pick(flood, ({ rss_growth: bytes }) => bytes / 1e6));
row('an allocation meanwhile, p99', 'ms', pick(flood, ({ allocate_p99_us: us }) => us / 1e3));
await restart();
