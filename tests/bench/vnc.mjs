// rd-vnc beside Debian's VNC servers, all with one client of ours: how long a
// change takes until the client has it, and what a server costs.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as dial, createServer } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { LOADS, latencies, loadStart } from './load.mjs';
import { cost, ready, start, stop, usage } from './proc.mjs';
import { displayOpen } from './systems.mjs';
import { head, quantile, rows } from './table.mjs';

const SETTLE_MS = 2000;
const SIZE = '1920x1080';
const WATCH = join(dirname(process.env.WORKLOAD), 'vncwatch');
const PASSWORD = 'benchpwd';
const MANY = 10;
const CROWD = 2000;
const AGAIN_MS = 1000;
const UNDER = { many: 'video', crowd: 'flashvideo', stopped: 'flashvideo' }; // what is drawn

const synopsis = `usage: vnc.mjs [-h] [-e tight|zrle|raw] [-n rounds] [-q quality] [-s server]... [load]...
servers: rd Xtigervnc x0tigervncserver x11vnc
loads: idle typing scroll video flash flashvideo many crowd stopped
many: ${MANY} clients that see video, for ratio to the load video
crowd: flashvideo beside ${CROWD} connections that say nothing, made again when they are closed
stopped: flashvideo beside a client that is stopped
quality: of JPEG, -1 for none; 8 by default
BENCH_SECONDS: how long each load runs, 10 by default`;

async function freePort() {
  const server = createServer();
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  const { port } = server.address();
  await new Promise((done) => { server.close(done); });
  return `${port}`;
}

/** Start a server that does not say when it is ready, on a display. */
function scraperOpen(name, options) {
  return async () => {
    const display = await displayOpen();
    const port = await freePort();
    const tool = start(name, [...options, '-display', display.name, '-rfbport', port]);
    return { display, port, tools: [tool], close: () => stop(tool) };
  };
}

async function rdOpen(scratch) {
  const path = (name) => join(scratch, name);
  const display = await displayOpen();
  const port = await freePort();
  writeFileSync(path('password'), `${PASSWORD}\n`, { mode: 0o600 });
  const capture = start('rd-capture', ['-R3', '-d', display.name, '-l', path('screen')]);
  await ready(capture);
  const vnc = start('rd-vnc', ['-R3', '-p', path('password'), '-l', port, path('screen')]);
  await ready(vnc);
  const tools = [capture, vnc];
  return { display, port, tools, close: () => Promise.all(tools.map(stop)) };
}

/** The display is the VNC server. */
async function xtigervncOpen() {
  const port = await freePort();
  const server = start('Xtigervnc', ['-displayfd', '3', '-geometry', SIZE, '-depth', '24',
    '-rfbport', port, '-SecurityTypes', 'None', '-localhost', '-nolisten', 'tcp', '-s', '0',
    '-noreset']);
  const display = { server, name: `:${await ready(server)}` };
  return { display, port, tools: [], close: () => {} };
}

const SERVERS = {
  rd: rdOpen,
  Xtigervnc: xtigervncOpen,
  x0tigervncserver: scraperOpen('X0tigervnc', ['-SecurityTypes', 'None', '-localhost=1']),
  x11vnc: scraperOpen('x11vnc', ['-quiet', '-localhost', '-nopw', '-forever', '-shared', '-noxrecord']),
};

async function watchOpen(port, how, more) {
  const seen = [], updates = [];
  const child = start(WATCH, [...more, '-R3', '-e', how.encoding, '-p', PASSWORD,
    ...how.quality >= 0 ? ['-q', `${how.quality}`] : [], port], (line) => {
    const [word, ...numbers] = line.split(' ');
    if (word === 'seen')
      seen.push({ counter: +numbers[0], decoded: numbers[1] / 1000 });
    else
      updates.push(numbers.map(Number));
  });
  await ready(child);
  return { child, seen, updates };
}

/** A server may take a while until it listens, or lets in who comes after a crowd. */
async function connect(port, how, ...more) {
  for (let tries = 100; ; tries--)
    try {
      return await watchOpen(port, how, more);
    } catch (error) {
      if (!tries)
        throw error;
      await sleep(100);
    }
}

/** Connections that say nothing. */
function crowdOpen(port) {
  const sockets = new Set();
  let open = true;
  const one = () => {
    const socket = dial(port, '127.0.0.1');
    sockets.add(socket);
    socket.on('error', () => {}).on('data', () => {}).on('close', () => {
      sockets.delete(socket);
      if (open)
        setTimeout(one, AGAIN_MS);
    });
  };
  for (let i = 0; i < CROWD; i++)
    one();
  return () => {
    open = false;
    sockets.forEach((socket) => socket.destroy());
  };
}

/** Who else is there; how to end that. */
async function companyOpen(load, port, run) {
  if (load === 'crowd')
    return crowdOpen(port);
  if (load !== 'stopped')
    return () => {};
  const { child } = await connect(port, run, '-d');
  child.kill('SIGSTOP');
  return () => child.kill('SIGKILL');
}

/** CPU that the X server takes for a load when nobody looks. */
async function ownCost(load, system) {
  const { child } = await loadStart(load, system);
  const before = usage([system.display.server.pid]);
  await sleep(SETTLE_MS);
  const { cpu } = cost(before, usage([system.display.server.pid]), SETTLE_MS / 1000);
  await stop(child);
  return Object.values(cpu)[0];
}

async function measure(name, system, load, run) {
  const drawn = UNDER[load] ?? load;
  const own = await ownCost(drawn, { ...system, round: 0 });
  const { child, toggles } = await loadStart(drawn, { ...system, round: 0 });
  const watches = [];
  for (let i = 0; i < (load === 'many' ? MANY : 1); i++)
    watches.push(await connect(system.port, run, ...i ? ['-d'] : []));
  const leave = await companyOpen(load, system.port, run);
  await sleep(SETTLE_MS);
  const pids = [system.display.server, ...system.tools].map(({ pid }) => pid);
  const [{ seen, updates }] = watches;
  const count = () => watches.reduce((all, watch) => all + watch.updates.length, 0);
  const before = usage(pids), first = toggles.length, from = updates.length, counted = count();
  await sleep(run.seconds * 1000);
  const after = usage(pids), last = toggles.length, to = updates.length, all = count() - counted;
  leave();
  await sleep(200);
  await Promise.all([child, ...watches.map((watch) => watch.child)].map(stop));
  const { cpu } = cost(before, after, run.seconds);
  const sum = Object.values(cpu).reduce((a, b) => a + b, 0);
  const part = updates.slice(from, to);
  const bytes = (updates[to - 1]?.[1] ?? 0) - (updates[from - 1]?.[1] ?? 0);
  return {
    server: name, load, cpu,
    server_cpu: Math.max(0, sum - own),
    update_ms: Math.max(0, sum - own) * 10 * run.seconds / all,
    updates: part.length / run.seconds,
    kbits: bytes * 8 / 1000 / run.seconds,
    moved: part.reduce((pixels, numbers) => pixels + numbers[3], 0) / run.seconds / 1e6,
    ...LOADS[drawn].includes('flash') && latencies(toggles.slice(first, last), seen, 0),
  };
}

const median = (key) => (runs) => quantile(runs.map((run) => run[key]), 0.5);
const pooled = (key, q) => (runs) => quantile(runs.flatMap((run) => run[key] ?? []), q);
const FIGURES = [
  ['CPU beyond the load\'s own, % of a core', median('server_cpu')],
  ['CPU per update of any client, ms', median('update_ms')],
  ['updates/s of the first client', median('updates')],
  ['kbit/s', median('kbits')],
  ['pixels moved, million/s', median('moved')],
  ['change to decoded p50, ms', pooled('decoded_ms', 0.5)],
  ['change to decoded p95, ms', pooled('decoded_ms', 0.95)],
  ['changes never decoded', median('missed')],
];

/** Every program's share. */
function shares(runs) {
  const names = new Set(runs.flatMap(({ cpu }) => Object.keys(cpu)));
  return [...names].map((name) => [`- ${name}, all of it`,
    (some) => quantile(some.map(({ cpu }) => cpu[name]), 0.5)]);
}

function table(results, servers) {
  const lines = head('load', servers);
  for (const load of new Set(results.map((result) => result.load))) {
    const runs = results.filter((result) => result.load === load);
    const [total, ...others] = FIGURES;
    lines.push(...rows(load, [total, ...shares(runs), ...others],
      servers.map((name) => runs.filter(({ server }) => server === name))));
  }
  return lines.join('\n');
}

async function main() {
  const { values: options, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      encoding: { type: 'string', short: 'e', default: 'tight' },
      help: { type: 'boolean', short: 'h' },
      quality: { type: 'string', short: 'q', default: '8' },
      rounds: { type: 'string', short: 'n', default: '1' },
      server: { type: 'string', short: 's', multiple: true },
    },
  });
  if (options.help)
    return console.log(synopsis);
  const servers = options.server ?? Object.keys(SERVERS);
  const loads = positionals.length ? positionals : ['idle', 'typing', 'scroll', 'video', 'flash', 'flashvideo', 'many', 'crowd', 'stopped'];
  const scratch = mkdtempSync(join(tmpdir(), 'rd-bench.'));
  process.on('exit', () => rmSync(scratch, { recursive: true }));
  const run = {
    seconds: +(process.env.BENCH_SECONDS ?? 10),
    encoding: options.encoding,
    quality: +options.quality,
  };
  const results = [];
  for (let round = 0; round < +options.rounds; round++)
    for (const name of servers) {
      const system = await SERVERS[name](scratch);
      for (const load of loads) {
        process.stderr.write(`${load}: ${name}\n`);
        results.push(await measure(name, system, load, run));
      }
      await system.close();
      await stop(system.display.server);
    }
  console.log('\n## VNC servers\n');
  console.log(table(results, servers));
  console.log(`\n${SIZE}, ${run.encoding}, quality ${run.quality}; ${cpus().length} CPUs; ` +
    `${run.seconds} s per load, medians of ${options.rounds}.`);
}

try {
  await main();
} catch (error) {
  console.error(`bench: ${error.message}`);
  process.exit(111);
}
