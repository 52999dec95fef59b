// Who of several people may do what, as their pages and the session have it.

import { until } from './fixture.mjs';

export const role = (page, name) =>
  page.locator(`html[data-state="live"][data-role="${name}"]`).waitFor({ state: 'attached' });

// The request of the person of that name, in the page that may grant it.
export const asked = (page, name) => page.locator('#requests li', { hasText: name });

// Does the page move the session's pointer? Asked at a place of its own.
let places = 0;
export const moves = async (session, page) => {
  const [x, y] = [200 + 10 * ++places % 500, 500];
  await page.mouse.move(x, y);
  return until('the pointer', async () => (await session.place()).includes(`x:${x} y:${y}`), 3000).then(() => true, () => false);
};
