// What a bench works in: a scratch directory, a display, a browser and the
// systems that it looks at.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { stop } from './proc.mjs';
import { displayOpen, rdOpen, selkiesMissing, selkiesOpen, streamOpen } from './systems.mjs';
import { browserOpen } from './viewer.mjs';

const openers = { rd: rdOpen, stream: streamOpen, selkies: selkiesOpen };

/** A directory that goes with this process. */
export function scratchOpen() {
  const path = mkdtempSync(join(tmpdir(), 'rd-bench.'));
  process.on('exit', () => rmSync(path, { recursive: true }));
  return path;
}

/** missing: why there is no Selkies-like sender, if one was wanted. */
export async function bedOpen(...wanted) {
  const scratch = scratchOpen();
  const missing = wanted.includes('selkies') ? await selkiesMissing() : '';
  const display = await displayOpen();
  const browser = await browserOpen();
  const systems = [];
  for (const [name, open] of Object.entries(openers))
    if (wanted.includes(name) && !(name === 'selkies' && missing))
      systems.push(await open(display.name, mkdtempSync(join(scratch, `${name}.`))));
  return {
    display, browser, systems, missing,
    async close() {
      await browser.close();
      await Promise.all(systems.map((system) => system.close()));
      await stop(display.server);
    },
  };
}

/** Why main() ended early is told in one line. */
export async function attempt(main) {
  try {
    await main();
  } catch (error) {
    console.error(`bench: ${error.message}`);
    process.exit(111);
  }
}
