// The session's pointer is drawn here and not in the picture, so it never
// lags: its shape is the stage's CSS cursor. A link that may only view is told
// where the pointer is, and shows it as an image there: <html data-role> is
// control or view.

import { scale, toWindow } from './screen.js';

const stage = document.getElementById('stage');
const overlay = document.getElementById('pointer');
const CSS_LIMIT = 128; // browsers ignore larger cursors

let shape;        // { image, x, y }; null: hidden
let place = null; // of a pointer that is not ours

const draw = (image, factor) => {
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(image.width * factor));
  canvas.height = Math.max(1, Math.round(image.height * factor));
  const context = canvas.getContext('2d');
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL();
};

// Scaled as the picture is, sharp on dense screens.
const cssCursor = ({ image, x, y }) => {
  const size = Math.min(scale(), CSS_LIMIT / Math.max(image.width, image.height));
  const dpr = devicePixelRatio;
  const hot = [x, y].map(v => Math.floor(v * size)).join(' ');
  const dense = `image-set(url("${draw(image, size * dpr)}") ${dpr}x) ${hot}, default`;
  return CSS.supports('cursor', dense) ? dense : `url("${draw(image, size)}") ${hot}, default`;
};

const paint = () => {
  overlay.hidden = !(shape && place);
  stage.style.cursor = shape === null ? 'none' : shape && !place ? cssCursor(shape) : '';
  if (overlay.hidden)
    return;
  const [left, top] = toWindow(place[0] - shape.x, place[1] - shape.y);
  overlay.src = shape.image.src;
  Object.assign(overlay.style, {
    width: `${shape.image.width * scale()}px`,
    transform: `translate(${left}px, ${top}px)`,
  });
};

// cursor WIDTH HEIGHT XHOT YHOT BASE64PNG; "cursor 0 0 0 0 -" hides it
export const setShape = async ([width, , x, y, png]) => {
  if (width === '0') {
    shape = null;
    return paint();
  }
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  shape = { image, x: +x, y: +y };
  paint();
};

// pointer X Y
export const setPlace = ([x, y]) => {
  place = [+x, +y];
  document.documentElement.dataset.role = 'view';
  paint();
};

// The next link may have another role.
export const reset = () => {
  place = null;
  document.documentElement.dataset.role = 'control';
  paint();
};

stage.addEventListener('layout', paint);
reset();
