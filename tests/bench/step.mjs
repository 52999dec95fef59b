// A film over a link that narrows from 8 to 1 Mbit/s and widens again: how
// fast the sender follows, and how long packets wait for the link meanwhile.
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';

import { startSession } from '../browser/desktop.mjs';
import { launch, state } from '../browser/fixture.mjs';
import { openNetwork } from '../browser/network.mjs';

const BUFFER_MS = 400;
const PIECE_MS = 500;
const SETTLE_MS = 8000;
const WIDE_MS = 10000;

const { values } = parseArgs({ options: {
  help: { type: 'boolean', short: 'h' },
  seeds: { type: 'string', short: 'n', default: '3' },
} });
if (values.help) {
  console.log('usage: step.mjs [-h] [-n seeds]');
  process.exit();
}

const session = await startSession('step', '-s', '1280x720');
const browser = await launch();
const load = session.background(process.env.WORKLOAD, '-d', session.display, 'full');

// What was sent, kbit/s with what found no room, and waited at most, ms.
const look = async (network, ms) => {
  const begin = performance.now();
  await network.report();
  await sleep(ms);
  const { down } = await network.report();
  const all = down.bytes * (1 + down.dropped / (down.packets || 1));
  return { kbits: all * 8 / (performance.now() - begin), wait: down.queue_us / 1000 };
};

const measure = async seed => {
  const network = await openNetwork(seed);
  network.say('both delay 20');
  network.say(`down rate 8000 ${BUFFER_MS}`);
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  const page = await context.newPage();
  await network.guard(page);
  await page.goto(await session.newLink());
  await state(page, 'live', 30000);
  await sleep(SETTLE_MS);
  network.say(`down rate 1000 ${BUFFER_MS}`);
  const first = await look(network, 1500);
  const second = await look(network, 1500);
  const third = await look(network, 3000);
  network.say(`down rate 8000 ${BUFFER_MS}`);
  const begin = performance.now();
  let widest = 0;
  let at = NaN;
  while (performance.now() - begin < WIDE_MS + PIECE_MS) {
    const { kbits } = await look(network, PIECE_MS);
    widest = Math.max(widest, kbits);
    if (kbits >= 6500 && Number.isNaN(at))
      at = (performance.now() - begin) / 1000;
  }
  await context.close();
  await network.close();
  return [seed, second.kbits, Math.max(first.wait, second.wait), third.wait, at, widest];
};

console.log(`A link of 8, then 1, then 8 Mbit/s; its buffer holds ${BUFFER_MS} ms.
sent: kbit/s from 1.5 to 3 s after it narrowed (at most 1100);
peak: ms that packets waited until then (at most 400); after: from 3 s on (100);
wide: s until 6500 kbit/s were sent again (10), of at most so many kbit/s

seed   sent   peak  after   wide   most`);
for (let seed = 1; seed <= Number(values.seeds); seed++)
  console.log((await measure(seed)).map((n, i) => (i === 4 ? n.toFixed(1) : `${Math.round(n)}`).padStart(i ? 7 : 4)).join(''));

load.kill();
await browser.close();
await session.stop();
process.exit();
