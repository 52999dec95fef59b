// The picture: letterboxed, centred, on whole device pixels so that a whole
// scale stays crisp. It is an element that a peer paints, a video or a canvas;
// that of one peer stays until the next one's can be seen.

const BLACK_MS = 60; // a first frame was announced, but Chromium still paints black

const stage = document.getElementById('stage');
let front = Object.assign(document.createElement('canvas'), { width: 0, height: 0 }); // none yet
let display = null; // width and height, as the session says
let part = null;    // { x, y, width, height, of }: what this window shows of a display of that size
let room = [stage.clientWidth, stage.clientHeight].map(pixels => Math.round(pixels * devicePixelRatio)); // device pixels
let box = { left: 0, top: 0, scale: 1 }; // CSS pixels; scale = CSS per display pixel

const pictureSize = () => [front.videoWidth ?? front.width, front.videoHeight ?? front.height];

const even = pixels => pixels + pixels % 2;

// The display's size, and how many of its pixels each of the picture's
// stands for: the picture has none that are odd, may be halved, and may lag behind.
const measure = () => {
  const picture = pictureSize();
  const factor = display && [1, 2].find(by => picture.every((pixels, i) => pixels === even(Math.floor(display[i] / by))));
  return factor ? [...display, factor] : [...picture, 1];
};

// What is shown of a display of that size.
const shownOf = (width, height) => `${part?.of}` === `${[width, height]}` ? part : { x: 0, y: 0, width, height };

const layout = () => {
  const [width, height, factor] = measure();
  if (!width)
    return;
  const dpr = devicePixelRatio;
  const shown = shownOf(width, height);
  const scale = Math.min(room[0] / shown.width, room[1] / shown.height);
  const place = (space, at, size) => (Math.round((space - size * scale) / 2) - at * scale) / dpr;
  box = { scale: scale / dpr, left: place(room[0], shown.x, shown.width), top: place(room[1], shown.y, shown.height) };
  const [fullWidth, fullHeight] = pictureSize().map(pixels => pixels * factor);
  const hidden = [shown.y, fullWidth - shown.x - shown.width, fullHeight - shown.y - shown.height, shown.x];
  Object.assign(front.style, {
    left: `${box.left}px`,
    top: `${box.top}px`,
    width: `${Math.round(fullWidth * scale) / dpr}px`,
    height: `${Math.round(fullHeight * scale) / dpr}px`,
    clipPath: hidden.some(Boolean) ? `inset(${hidden.map(pixels => `${pixels * box.scale}px`).join(' ')})` : '',
    imageRendering: factor === 1 && Number.isInteger(+scale.toFixed(3)) ? 'pixelated' : 'auto',
  });
  stage.dispatchEvent(new Event('layout'));
};

// A video out of sight on the stage, which is where browsers paint it.
export const newVideo = () => {
  const video = document.createElement('video');
  Object.assign(video, { autoplay: true, muted: true, playsInline: true, disablePictureInPicture: true, tabIndex: -1 });
  stage.prepend(video);
  return video;
};

// Resolves when video has a frame that can be seen. Hidden windows paint
// nothing: there data is enough.
export const whenPainted = video => new Promise(resolve => {
  const ready = () => setTimeout(resolve, front.isConnected ? BLACK_MS : 0);
  video.requestVideoFrameCallback(ready);
  video.onloadeddata = () => document.hidden && ready();
});

// Show element, which has a picture, instead of what was shown.
export const show = element => {
  if (!element.isConnected)
    stage.prepend(element);
  element.classList.add('front');
  element.addEventListener('resize', layout);
  if (front !== element)
    front.remove();
  front = element;
  layout();
};

// size WIDTH HEIGHT
export const setSize = words => {
  display = words.map(Number);
  layout();
};

// What this window is to show of the display; null: all of it.
export const setPart = wanted => {
  part = wanted;
  layout();
};

export const displaySize = () => measure().slice(0, 2);

// The stage's, in device pixels.
export const roomSize = () => room;

export const scale = () => box.scale;

const clamp = (value, size) => Math.max(0, Math.min(size - 1, Math.floor(value)));

// A point of the window in pixels of the session's display.
export const toVideo = (x, y) => [
  clamp((x - box.left) / box.scale, measure()[0]),
  clamp((y - box.top) / box.scale, measure()[1]),
];

// The window's place of a pixel of the session's display.
export const toWindow = (x, y) => [box.left + x * box.scale, box.top + y * box.scale];

// The window's point nearest to x, y that is on the picture.
export const nearest = (x, y) => {
  const [width, height] = measure();
  const [left, top] = toWindow(0, 0);
  const [right, bottom] = toWindow(width - 1, height - 1);
  return [Math.max(left, Math.min(right, x)), Math.max(top, Math.min(bottom, y))];
};

// Exact where the browser says so, and means the same pixels.
const onresize = ([{ devicePixelContentBoxSize: [exact] = [], contentBoxSize: [content] }]) => {
  room = ['inlineSize', 'blockSize'].map(side => {
    const about = content[side] * devicePixelRatio;
    return Math.abs(exact?.[side] - about) < 1 ? exact[side] : Math.round(about);
  });
  layout();
  stage.dispatchEvent(new Event('room'));
};

const observer = new ResizeObserver(onresize);
try {
  observer.observe(stage, { box: 'device-pixel-content-box' });
} catch {
  observer.observe(stage); // Safari
}
