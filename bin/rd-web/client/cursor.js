// The session's pointer is drawn here and not in the picture, so it never
// lags: its shape is the stage's CSS cursor, or an image where there can be
// none: too large for a browser, or moved by a finger. A link that may only
// view, and one that locked its pointer, is told where the pointer is and shows
// the image there.

import { showRole } from './people.js';
import { scale, toWindow } from './screen.js';

const stage = document.getElementById('stage');
const overlay = document.getElementById('pointer');
const CSS_LIMIT = 128; // browsers ignore larger cursors

let shape;        // { image, x, y }; null: hidden
let place = null; // in the display, of a pointer that is not where the hand is
let ours = null;  // in the window, of the hand's
let byFinger = false;
let locked; // undefined: never by this link

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
  const size = scale();
  const dpr = devicePixelRatio;
  const hot = [x, y].map(v => Math.floor(v * size)).join(' ');
  const dense = `image-set(url("${draw(image, size * dpr)}") ${dpr}x) ${hot}, default`;
  return CSS.supports('cursor', dense) ? dense : `url("${draw(image, size)}") ${hot}, default`;
};

const isLarge = ({ image }) => Math.max(image.width, image.height) * scale() > CSS_LIMIT;

// Where it is to be drawn as an image, in the window.
const drawnAt = () => {
  if (!shape || place)
    return shape && place && toWindow(...place);
  return ours && (byFinger || isLarge(shape)) ? ours : null;
};

const move = () => {
  const point = drawnAt();
  overlay.hidden = !point;
  if (point)
    overlay.style.transform = `translate(${point[0] - shape.x * scale()}px, ${point[1] - shape.y * scale()}px)`;
};

const css = () => {
  if (shape === undefined || place)
    return '';
  return shape && !isLarge(shape) ? cssCursor(shape) : 'none';
};

const paint = () => {
  stage.style.cursor = css();
  if (shape) {
    overlay.src = shape.image.src;
    overlay.style.width = `${shape.image.width * scale()}px`;
  }
  move();
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
  if (locked === false)
    return;
  if (!locked)
    showRole('view');
  place = [+x, +y];
  paint();
};

export const setLocked = on => {
  locked = on;
  place = null;
  paint();
};

// Our pointer is there, or nowhere (null).
export const follow = point => {
  ours = point;
  move();
};

export const setByFinger = on => {
  byFinger = on;
  move();
};

// The next link may have another role.
export const reset = () => {
  place = null;
  if (locked === false)
    locked = undefined;
  showRole('control');
  paint();
};

stage.addEventListener('layout', paint);
reset();
