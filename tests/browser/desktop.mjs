// A real session for the browser's tests: rd-desktop in a runtime directory
// of its own, and what X clients in it see.

import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const runFile = promisify(execFile);

export const home = mkdtempSync(join(tmpdir(), 'rd-browser-'));
process.env.XDG_RUNTIME_DIR = home;

// However the test ends, its sessions end too.
const keepers = new Set();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => process.exit(1));
process.on('exit', () => {
  for (const pid of [...keepers].filter(isRunning))
    process.kill(pid);
  rmSync(home, { recursive: true, force: true });
});

export const run = async (program, ...args) => (await runFile(program, args, { maxBuffer: 1 << 26 })).stdout;

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

export const startSession = async (name, ...options) => {
  const link = (await run('rd-desktop', 'start', ...options, name)).trim();
  const dir = join(home, 'rd', name);
  const lines = readFileSync(join(dir, 'env'), 'utf8');
  const env = { ...process.env };
  for (const [, key, value] of lines.matchAll(/(\w+)='?([^'\s]*)'?/g))
    env[key] = value;
  const keeper = Number(readFileSync(join(dir, 'lock'), 'utf8'));
  keepers.add(keeper);
  return {
    link, dir, env, keeper,
    display: env.DISPLAY,
    newLink: async () => (await run('rd-desktop', 'url', name)).trim(),
    share: async (...options) => (await run('rd-desktop', 'share', ...options, name)).trim(),
    stop: () => run('rd-desktop', 'stop', name),
    // What a client of the session's display says.
    client: async (program, ...args) => (await runFile(program, args, { env, maxBuffer: 1 << 26 })).stdout,
    background: (program, ...args) => spawn(program, args, { env, stdio: ['pipe', 'pipe', 'ignore'] }),
    // The pids of the session's tools of that name, rd-rtc among them.
    pids: command => descendants(keeper).filter(pid => commandOf(pid) === command),
    screenshot: file => runFile('ffmpeg', ['-v', 'error', '-y', '-f', 'x11grab', '-draw_mouse', '0', '-i', env.DISPLAY,
      '-frames:v', '1', file], { env }),
  };
};

export const leftovers = () => readdirSync(home);
