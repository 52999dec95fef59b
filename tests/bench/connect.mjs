// How long a viewer takes from its offer to the first frame, here and over a
// far link that loses packets, one after the other into one Chromium.
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { openNetwork } from '../browser/network.mjs';
import { attempt, bedOpen } from './bed.mjs';
import { loadStart } from './load.mjs';
import { stop } from './proc.mjs';
import { head, quantile, rows } from './table.mjs';

const FIRST_MS = 30000;
const REST_MS = 500; // to open a page, and to close the last, takes both cores
const ROWS = {
  here: [],
  'far, loss 5 %': ['both delay 100', 'both loss 5'],
};

const synopsis = `usage: connect.mjs [-h] [-j file] [-n times] [row]...
rows: ${Object.keys(ROWS).join(', ')}
-n: how often, 50 by default; the n-th time the network's seed is n`;

// Runs in the page: when the newest peer got how far, in ms.
function keepMarks() {
  const Peer = window.RTCPeerConnection;
  const mark = (name) => { window.marks[name] ??= performance.now(); };
  window.RTCPeerConnection = class extends Peer {
    constructor(...args) {
      super(...args);
      window.marks = {};
      this.addEventListener('iceconnectionstatechange', () => mark(`ice ${this.iceConnectionState}`));
      this.addEventListener('connectionstatechange', () => mark(this.connectionState));
    }

    async createOffer(...args) {
      const offer = await super.createOffer(...args);
      mark('offered');
      return offer;
    }

    async setRemoteDescription(...args) {
      mark('answered');
      return super.setRemoteDescription(...args);
    }
  };
}

async function measure(system, row, seed, { browser }) {
  const network = ROWS[row].length && await openNetwork(seed);
  for (const line of ROWS[row])
    network.say(line);
  const { page, first, close } = await system.connect(browser, async (prepared) => {
    await network?.guard?.(prepared);
    await prepared.addInitScript(keepMarks);
  });
  await sleep(REST_MS);
  const first_ms = await Promise.race([first(), sleep(FIRST_MS, NaN)]);
  const { offered, answered, connected, ...ice } = await page.evaluate(() => window.marks);
  await close();
  await network?.close?.();
  return {
    row, seed, first_ms,
    answered_ms: answered - offered,
    path_ms: ice['ice connected'] - offered,
    connected_ms: connected - offered,
  };
}

const at = (key, q) => (runs) => quantile(runs.map((run) => run[key]), q);
const FIGURES = [
  ['offer to answer p50, ms', at('answered_ms', 0.5)],
  ['offer to a path p50, ms', at('path_ms', 0.5)],
  ['offer to DTLS done p50, ms', at('connected_ms', 0.5)],
  ['offer to DTLS done p95, ms', at('connected_ms', 0.95)],
  ['offer to first frame p50, ms', at('first_ms', 0.5)],
  ['offer to first frame p95, ms', at('first_ms', 0.95)],
  ['offer to first frame, worst, ms', at('first_ms', 1)],
  ['without a picture', (runs) => runs.filter((run) => !Number.isFinite(run.first_ms)).length],
];

async function main() {
  const { values: options, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      json: { type: 'string', short: 'j' },
      times: { type: 'string', short: 'n', default: '50' },
    },
  });
  if (options.help)
    return console.log(synopsis);
  const wanted = positionals.length ? positionals : Object.keys(ROWS);
  const bed = await bedOpen('rd');
  const { child } = await loadStart('video', { display: bed.display, round: 0 });
  const [system] = bed.systems;
  const results = [];

  await measure(system, 'here', 0, bed); // loads the browser's decoder
  for (const row of wanted)
    for (let seed = 1; seed <= +options.times; seed++)
      results.push(await measure(system, row, seed, bed));
  await stop(child);
  await bed.close();

  console.log('\n## Connecting\n');
  console.log(head('link', ['rd']).join('\n'));
  for (const row of wanted)
    console.log(rows(row, FIGURES, [results.filter((result) => result.row === row)]).join('\n'));
  console.log(`\n${options.times} times each. The viewer's process is not yet started when the offer is ` +
    'made; the signalling is not slowed down, the far link has a round trip of 200 ms.');
  if (options.json)
    writeFileSync(options.json, JSON.stringify(results, null, '\t'));
}

await attempt(main);
process.exit(0);
