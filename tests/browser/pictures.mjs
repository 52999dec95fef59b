// The picture a page shows, and pictures in its clipboard.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { until } from './fixture.mjs';

// One pixel of what is shown, some way from its lower left corner.
const pixel = page => page.evaluate(() => {
  const front = document.querySelector('.front');
  const context = new OffscreenCanvas(1, 1).getContext('2d');
  context.drawImage(front, -60, 60 - (front.videoHeight ?? front.height));
  return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
});

const isNear = (a, b) => a.every((value, i) => Math.abs(value - b[i]) <= 12);

// Paint the session's background in another colour and see it arrive.
export const repaint = async (session, page, ms) => {
  const colour = [...randomBytes(3)].map(byte => 30 + Math.floor(byte * .8));
  await session.client('xsetroot', '-solid', `#${Buffer.from(colour).toString('hex')}`);
  let seen;
  await until(`the colour ${colour}`, async () => isNear(seen = await pixel(page), colour), ms)
    .catch(error => assert.fail(`${error.message}, but ${seen}`));
};

// A picture as a browser makes it, its pixels noise: about a megabyte.
export const makePicture = (page, seed) => page.evaluate(async start => {
  const canvas = new OffscreenCanvas(600, 560);
  const context = canvas.getContext('2d');
  const pixels = context.createImageData(600, 560);
  let state = start;
  for (let i = 0; i < pixels.data.length; i++) {
    state = Math.imul(state, 1664525) + 1013904223 | 0;
    pixels.data[i] = i % 4 === 3 ? 255 : state >>> 24;
  }
  context.putImageData(pixels, 0, 0);
  const bytes = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
  return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ''));
}, seed);

export const copyPicture = (page, base64) => page.evaluate(async text => {
  const png = new Blob([Uint8Array.from(atob(text), c => c.charCodeAt(0))], { type: 'image/png' });
  await navigator.clipboard.write([new ClipboardItem({ 'image/png': png })]);
}, base64);

// Chromium takes back what was read of a clipboard that changes meanwhile.
export const nothingYet = error => {
  if (!error.message.includes('Clipboard data has changed'))
    throw error;
};

// The picture in the browser's clipboard, if there is one.
export const copiedPicture = page => page.evaluate(async () => {
  const [item] = await navigator.clipboard.read();
  if (!item?.types.includes('image/png'))
    return '';
  const bytes = new Uint8Array(await (await item.getType('image/png')).arrayBuffer());
  return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ''));
}).catch(nothingYet);

// What is the same for every encoding of a picture.
export const sumOf = (page, base64) => page.evaluate(async text => {
  const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(text), c => c.charCodeAt(0))]));
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
  return data.reduce((sum, value) => Math.imul(sum, 31) + value | 0, 0);
}, base64);
