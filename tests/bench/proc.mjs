// Processes: starting them, ending them, and what they cost by /proc.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const TICKS = 100; // USER_HZ of every Linux that we know
const children = new Set();

process.on('exit', () => children.forEach((child) => child.kill()));
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => process.exit(130));

/** Start a program whose stdout lines go to onLine; fd 3 is a pipe for -R. */
export function start(command, args, onLine = () => {}) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
  child.errors = '';
  child.on('error', ({ message }) => { child.errors = message; });
  children.add(child);
  child.ended = once(child, 'close').catch(() => {})
    .then(() => { children.delete(child); });
  child.stdin.on('error', () => {}); // its end is told by its status
  child.stderr.on('data', (text) => { child.errors = (child.errors + text).slice(-2000); });
  createInterface({ input: child.stdout }).on('line', onLine);
  return child;
}

/** What child writes to fd 3 when it is ready; throws when it ends instead. */
export async function ready(child) {
  const told = once(child.stdio[3], 'data').then(([text]) => String(text));
  const text = await Promise.race([told, child.ended]);
  if (text === undefined)
    throw new Error(`${child.spawnargs.join(' ')}: ${child.errors.trim()}`);
  return text.trim();
}

export async function stop(child) {
  child.kill();
  await child.ended;
}

function read(path) {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // it has just ended
  }
}

// Name, parent and ticks of one process: proc(5), /proc/pid/stat.
function stat(pid) {
  const [, name, rest] = /\((.*)\) (.*)/s.exec(read(`/proc/${pid}/stat`)) ?? [];
  const field = rest?.split(' ');
  return field && { pid, name, parent: +field[1], ticks: +field[11] + +field[12] };
}

function wakeups(pid) {
  let sum = 0;
  try {
    for (const tid of readdirSync(`/proc/${pid}/task`))
      sum += +(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(
        read(`/proc/${pid}/task/${tid}/status`))?.[1] ?? 0);
  } catch {
    // it has just ended
  }
  return sum;
}

/** The cost so far of the processes roots and all their descendants. */
export function usage(roots) {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
    .map((pid) => stat(+pid)).filter(Boolean);
  const wanted = new Set(roots);
  for (let size = 0; size !== wanted.size;) {
    size = wanted.size;
    for (const { pid, parent } of all)
      if (wanted.has(parent))
        wanted.add(pid);
  }
  return all.filter(({ pid }) => wanted.has(pid))
    .map((process) => ({ ...process, wakeups: wakeups(process.pid) }));
}

/** CPU, in % of one core, and wake-ups/s, by program, between two usages. */
export function cost(before, after, seconds) {
  const old = new Map(before.map((process) => [process.pid, process]));
  const cpu = {}, woken = {};
  for (const { pid, name, ticks, wakeups: n } of after) {
    const { ticks: ticks0, wakeups: n0 } = old.get(pid) ?? { ticks: 0, wakeups: 0 };
    cpu[name] = (cpu[name] ?? 0) + (ticks - ticks0) / TICKS / seconds * 100;
    woken[name] = (woken[name] ?? 0) + (n - n0) / seconds;
  }
  return { cpu, woken };
}
