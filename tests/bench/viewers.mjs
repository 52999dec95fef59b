// What another viewer costs, and what the others notice when viewers die.
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { attempt, bedOpen } from './bed.mjs';
import { loadStart } from './load.mjs';
import { cost, stop, usage } from './proc.mjs';
import { BITRATE } from './systems.mjs';

const SETTLE_MS = 4000;

const synopsis = `usage: viewers.mjs [-h] [-n viewers] [load]
8 viewers of the load "full" by default; a second one after the other dies.
BENCH_SECONDS: how long that goes on, 60 by default`;

// The receiver without what costs most: frames are decoded and thrown away, for
// many viewers are to fit on this machine.
const receive = async (path) => {
  window.watchDecoded = async (track) => {
    const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
    for (;;) {
      const { value: frame, done } = await reader.read();
      if (done)
        return;
      firstFrame(performance.now());
      frame.close();
    }
  };
  pc?.close();
  video.remove();
  Object.defineProperty(video, 'srcObject', { set() {}, configurable: true });
  await offerTo(path);
};

// A picture may be there before it is counted.
const stateOf = ({ page }) => page.evaluate(async () => {
  for (;;) {
    const { stats } = await report();
    if (stats)
      return stats;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});

async function viewerJoin(page, peers) {
  const known = peers();
  await page.evaluate(receive, '/ws/signal');
  const viewer = { page, pid: peers().find((pid) => !known.includes(pid)) };
  viewer.joined = await stateOf(viewer);
  return viewer;
}

/** What froze for these viewers since they were there. */
async function frozen(viewers) {
  const states = await Promise.all(viewers.map(stateOf));
  const since = (key) => states.reduce((sum, now, i) => sum + now[key] - viewers[i].joined[key], 0);
  return { freezes: since('freezeCount'), seconds: since('totalFreezesDuration'), frames: since('framesDecoded') };
}

/** CPU, in % of a core, by program, and Mbit/s to one viewer. */
async function look(system, [viewer], seconds) {
  const [before, old] = [usage(system.pids()), await stateOf(viewer)];
  await sleep(seconds * 1000);
  const { cpu } = cost(before, usage(system.pids()), seconds);
  const now = await stateOf(viewer);
  return { cpu, mbits: (now.bytesReceived - old.bytesReceived) * 8 / 1e6 / seconds };
}

async function main() {
  const { values: options, positionals: [load = 'full'] } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      viewers: { type: 'string', short: 'n', default: '8' },
    },
  });
  if (options.help)
    return console.log(synopsis);
  const most = +options.viewers;
  const seconds = +(process.env.BENCH_SECONDS ?? 60);
  const { display, browser, systems: [system], close } = await bedOpen('rd');
  const { child } = await loadStart(load, { display, round: 0 });
  const peers = () => usage(system.pids()).filter(({ name }) => name === 'rd-rtc').map(({ pid }) => pid);
  const newPage = () => system.connect(browser).then(({ page }) => page);
  const viewers = [await viewerJoin(await newPage(), peers)];

  await sleep(SETTLE_MS);
  const alone = await look(system, viewers, 10);
  while (viewers.length < most)
    viewers.push(await viewerJoin(await newPage(), peers));
  await sleep(SETTLE_MS);
  for (const viewer of viewers)
    viewer.joined = await stateOf(viewer);
  const crowd = await look(system, viewers, 10);
  const calm = await frozen(viewers);

  // Pages stay: to start one takes this machine longer than to kill a viewer.
  let [dead, lived] = [0, { freezes: 0, seconds: 0, frames: 0 }];
  for (const viewer of viewers)
    viewer.joined = await stateOf(viewer);
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    const next = Date.now() + 1000;
    const victim = viewers.shift();
    const its = await frozen([victim]);
    Object.keys(lived).forEach((key) => { lived[key] += its[key]; });
    process.kill(victim.pid, 'SIGKILL');
    dead++;
    viewers.push(await viewerJoin(victim.page, peers));
    await sleep(Math.max(0, next - Date.now()));
  }
  const last = await frozen(viewers);
  const shared = ({ cpu }) => cpu['rd-capture'] + cpu['rd-encode'];
  const each = crowd.cpu['rd-rtc'] / most;
  const count = ({ freezes, seconds: s, frames }) => `${freezes}, ${s.toFixed(2)} s of ${frames} frames`;
  console.log('\n## Viewers\n');
  console.log('| figure | rd |\n|---|---|');
  console.log(`| to one of one viewer, Mbit/s | ${alone.mbits.toFixed(2)} |`);
  console.log(`| to one of ${most}, Mbit/s | ${crowd.mbits.toFixed(2)} |`);
  console.log(`| rd-capture and rd-encode with one, % of a core | ${shared(alone).toFixed(1)} |`);
  console.log(`| rd-capture and rd-encode with ${most} | ${shared(crowd).toFixed(1)} |`);
  console.log(`| rd-rtc of each of ${most} | ${each.toFixed(2)} |`);
  console.log(`| the same at ${BITRATE / 1e6} Mbit/s, if it grows likewise | ${(each / crowd.mbits * BITRATE / 1e6).toFixed(2)} |`);
  console.log(`| freezes of all in 10 s | ${count(calm)} |`);
  console.log(`| freezes of those alive while ${dead} died | ${count(Object.fromEntries(Object.keys(last).map((key) => [key, last[key] + lived[key]])))} |`);
  console.log(`\n1920x1080, load ${load}; ${cpus().length} CPUs, which decode for all, too.`);
  await stop(child);
  await close();
}

await attempt(main);
