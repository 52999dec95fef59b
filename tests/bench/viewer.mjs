// A Chromium page that receives, and its clock.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { chromium } = createRequire(new URL('../browser/', import.meta.url))('playwright-core');
const html = readFileSync(new URL('receiver.html', import.meta.url), 'utf8');

export function browserOpen() {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      // A routed page counts as a public one, which may not reach loopback.
      '--disable-features=LocalNetworkAccessChecks',
    ],
  });
}

/** The receiver, as a page of origin, which prepare() sees before it loads. */
export async function viewerOpen(browser, origin, prepare = () => {}) {
  const page = await browser.newPage();
  await prepare(page);
  await page.route(`${origin}/bench`, (route) => route.fulfill({
    body: html,
    contentType: 'text/html',
    headers: { // a cross-origin isolated page's clock has steps of 5 us, not 100
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    },
  }));
  page.on('pageerror', (error) => console.error(`receiver: ${error.message}`));
  await page.goto(`${origin}/bench`);
  return page;
}

/**
 * What to add to the page's performance.now() for CLOCK_MONOTONIC, in ms.
 * Both run from the same clock, so that every round trip brackets the same
 * constant, and the brackets' intersection, width ms wide, holds it.
 */
export async function clockOffset(page) {
  let low = -Infinity, high = Infinity;
  for (let i = 0; i < 300; i++) {
    const before = monotonic();
    const now = await page.evaluate(() => performance.now());
    high = Math.min(high, monotonic() - now);
    low = Math.max(low, before - now);
  }
  return { offset: (low + high) / 2, width: high - low };
}

function monotonic() {
  return Number(process.hrtime.bigint()) / 1e6;
}
