// How many sessions a machine carries: idle ones and ones that are typed in,
// each with its X server, rd-capture, rd-encode and a reader.
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { attempt, scratchOpen } from './bed.mjs';
import { cost, ready, start, stop, usage } from './proc.mjs';
import { stagesOpen } from './stages.mjs';
import { displayOpen } from './systems.mjs';
import { quantile } from './table.mjs';

const SETTLE_MS = 4000;

const synopsis = `usage: density.mjs [-h] [-i idle] [-t typing]
sessions of 1920x1080, 30 idle and 4 typed in by default
BENCH_SECONDS: how long they are looked at, 10 by default`;

async function sessionOpen(load, scratch, number) {
  const path = (name) => join(scratch, `${number}.${name}`);
  const display = await displayOpen();
  const drawn = []; // when, ms
  const painter = start(process.env.WORKLOAD, ['-v', '-R3', '-d', display.name, '-s', `${number + 1}`, load],
    (line) => drawn.push(line.split(' ')[1] / 1000));
  await ready(painter);
  const tools = [
    start('rd-capture', ['-R3', '-d', display.name, '-l', path('screen')]),
    start('rd-encode', ['-R3', '-r', '-l', path('video'), path('screen')]),
  ];
  await Promise.all(tools.map(ready));
  const { frames, close } = stagesOpen(path('video'));
  return {
    drawn, frames,
    pids: tools.map(({ pid }) => pid),
    async close() {
      close();
      await Promise.all([...tools, painter].map(stop));
      await stop(display.server);
    },
  };
}

// kB that are a process's own or its share of what others have too.
function memory(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
  return +/^Pss: +(\d+)/m.exec(rollup)[1];
}

async function main() {
  const { values: options } = parseArgs({
    options: {
      help: { type: 'boolean', short: 'h' },
      idle: { type: 'string', short: 'i', default: '30' },
      typing: { type: 'string', short: 't', default: '4' },
    },
  });
  if (options.help)
    return console.log(synopsis);
  const seconds = +(process.env.BENCH_SECONDS ?? 10);
  const scratch = scratchOpen();
  const loads = [...Array(+options.idle).fill('idle'), ...Array(+options.typing).fill('typing')];
  const sessions = [];
  for (const load of loads)
    sessions.push(await sessionOpen(load, scratch, sessions.length));
  await sleep(SETTLE_MS);
  const typed = sessions.slice(+options.idle);
  const first = typed.map(({ drawn }) => drawn.length);
  const pids = sessions.flatMap((session) => session.pids);
  const before = usage(pids);
  await sleep(seconds * 1000);
  const { cpu, woken } = cost(before, usage(pids), seconds);
  const delays = typed.map(({ drawn, frames }, i) => drawn.slice(first[i], -1)
    .map((time) => frames.find(({ captured }) => captured >= time)?.encoded - time));
  const each = memory(sessions[0].pids[0]) + memory(sessions[0].pids[1]);
  await Promise.all(sessions.map((session) => session.close()));

  const sum = (values) => Object.values(values).reduce((a, b) => a + b, 0);
  console.log('\n## Density\n');
  console.log('| figure | rd |\n|---|---|');
  console.log(`| sessions, idle and typed in | ${options.idle} and ${options.typing} |`);
  console.log(`| capture and encode of all, % of a core | ${sum(cpu).toFixed(2)} |`);
  console.log(`| wake-ups/s of all | ${sum(woken).toFixed(1)} |`);
  console.log(`| change to packet, worst p95 of a typed one, ms | ${Math.max(...delays.map((d) => quantile(d, 0.95))).toFixed(2)} |`);
  console.log(`| memory of one idle session's capture and encode, MB | ${(each / 1024).toFixed(1)} |`);
  console.log(`\n1920x1080, ${cpus().length} CPUs, ${seconds} s.`);
}

await attempt(main);
