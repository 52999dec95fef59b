// A real session for the browser's tests: rd-desktop in a runtime directory
// of its own, and what X clients in it see.

import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const runFile = promisify(execFile);

export const home = mkdtempSync(join(tmpdir(), 'rd-browser-'));
process.env.XDG_RUNTIME_DIR = home;
// Shells read nobody's settings, which may take longer than a test waits.
const settings = mkdtempSync(join(tmpdir(), 'rd-browser-home-'));
process.env.HOME = settings;

// However the test ends, its sessions end too.
const keepers = new Set();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => process.exit(1));
process.on('exit', () => {
  for (const pid of [...keepers].filter(isRunning))
    process.kill(pid);
  for (const dir of [home, settings])
    rmSync(dir, { recursive: true, force: true });
});

export const run = async (program, ...args) => (await runFile(program, args, { maxBuffer: 1 << 26 })).stdout;

export const fill = (path, megabytes) => run('sh', '-c', `head -c ${megabytes * 1000000} /dev/urandom >'${path}'`);

export const hash = async path => {
  const sum = createHash('sha256');
  for await (const piece of createReadStream(path))
    sum.update(piece);
  return sum.digest('hex');
};

const children = pid => {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
};

export const descendants = pid => children(pid).flatMap(child => [child, ...descendants(child)]);

const commandOf = pid => {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
};

// A process that has ended but was not waited for has no command line.
export const isRunning = pid => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
};

// A display for a browser: what to add to its environment.
export const startDisplay = async () => {
  const server = spawn('Xvfb', ['-displayfd', '1', '-screen', '0', '1920x1440x24', '-noreset', '-nolisten', 'tcp'],
    { stdio: ['ignore', 'pipe', 'ignore'] });
  keepers.add(server.pid);
  const [number] = await once(server.stdout, 'data');
  server.unref();
  server.stdout.unref();
  return { DISPLAY: `:${`${number}`.trim()}` };
};

export const startSession = (name, ...options) => startSessionBy([], name, ...options);

// by: a command and its arguments that puts another into namespaces of its own.
export const startSessionBy = async (by, name, ...options) => {
  const link = (await run(...by, 'rd-desktop', 'start', ...options, name)).trim();
  const dir = join(home, 'rd', name);
  const lines = readFileSync(join(dir, 'env'), 'utf8');
  const env = { ...process.env };
  for (const [, key, value] of lines.matchAll(/(\w+)='?([^'\s]*)'?/g))
    env[key] = value;
  const keeper = Number(readFileSync(join(dir, 'lock'), 'utf8'));
  keepers.add(keeper);
  const inside = command => by.length ? ['nsenter', '-m', '-n', '-t', `${keeper}`, ...command] : command;
  const client = async (...command) => {
    const [program, ...args] = inside(command);
    return (await runFile(program, args, { env, maxBuffer: 1 << 26 })).stdout;
  };
  const background = (...command) => {
    const [program, ...args] = inside(command);
    return spawn(program, args, { env, stdio: ['pipe', 'pipe', 'ignore'] });
  };
  return {
    link, dir, env, keeper,
    display: env.DISPLAY,
    newLink: async () => (await run('rd-desktop', 'url', name)).trim(),
    share: async (...options) => (await run('rd-desktop', 'share', ...options, name)).trim(),
    stop: () => run('rd-desktop', 'stop', name),
    // What a client of the session's display says.
    client, background,
    // A sound card for a browser that nobody in the session hears, likewise.
    async addSpeaker() {
      await client('pactl', 'load-module', 'module-null-sink', 'sink_name=browser');
      return { PULSE_SERVER: env.PULSE_SERVER, PULSE_SINK: 'browser' };
    },
    place: () => client('xdotool', 'getmouselocation'),
    // A program that has copied those bytes, and the bytes that any has.
    copy(target, bytes) {
      const owner = background('xclip', '-quiet', '-selection', 'clipboard', '-t', target);
      owner.stdin.end(bytes);
      return owner;
    },
    copied: async target => Buffer.from(await client('sh', '-c', 'xclip -o -selection clipboard -t "$1" 2>/dev/null | base64', 'sh', target), 'base64'),
    // The pids of the session's tools of that name, rd-rtc among them.
    pids: command => descendants(keeper).filter(pid => commandOf(pid) === command),
    screenshot: file => runFile('ffmpeg', ['-v', 'error', '-y', '-f', 'x11grab', '-draw_mouse', '0', '-i', env.DISPLAY,
      '-frames:v', '1', file], { env }),
  };
};

export const leftovers = () => readdirSync(home);
