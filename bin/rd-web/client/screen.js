// The picture: letterboxed, centred, on whole device pixels so that a whole
// scale stays crisp. Two <video>s, so that the last picture of one peer stays
// until the next peer's first frame is there.

const BLACK_MS = 60; // a first frame was announced, but Chromium still paints black

const stage = document.getElementById('stage');
let [front, back] = stage.querySelectorAll('video');
let awaited = 0; // the callback for the frame that is waited for
let timer = 0;
let display = null; // width and height, when the video has others
let box = { left: 0, top: 0, scale: 1 }; // CSS pixels; scale = CSS per display pixel

const size = () => display ?? [front.videoWidth, front.videoHeight];

const layout = () => {
  const [width, height] = size();
  if (!width)
    return;
  const dpr = devicePixelRatio;
  const scale = Math.min(stage.clientWidth / width, stage.clientHeight / height);
  const snap = pixels => Math.round(pixels * dpr) / dpr;
  box = {
    scale,
    left: snap((stage.clientWidth - width * scale) / 2),
    top: snap((stage.clientHeight - height * scale) / 2),
  };
  Object.assign(front.style, {
    left: `${box.left}px`,
    top: `${box.top}px`,
    width: `${snap(width * scale)}px`,
    height: `${snap(height * scale)}px`,
    imageRendering: !display && Number.isInteger(+(scale * dpr).toFixed(3)) ? 'pixelated' : 'auto',
  });
  stage.dispatchEvent(new Event('layout'));
};

// Not to be shown any more; a stream that ends may paint a black frame yet.
export const forget = () => {
  back.cancelVideoFrameCallback(awaited);
  clearTimeout(timer);
  back.onloadeddata = back.srcObject = null;
};

// Play stream and show it once its first frame can be painted: resolves then,
// or never when it was forgotten or another was asked for before. Hidden
// windows paint nothing: there data is enough.
export const show = async stream => {
  forget();
  back.srcObject = stream;
  await new Promise(resolve => {
    const ready = () => timer = setTimeout(resolve, front.srcObject ? BLACK_MS : 0);
    awaited = back.requestVideoFrameCallback(ready);
    back.onloadeddata = () => document.hidden && ready();
  });
  [front, back] = [back, front];
  front.classList.add('front');
  back.classList.remove('front');
  forget();
  layout();
};

// The display's, where the video is smaller; none: they are the same.
export const setSize = words => {
  display = words?.map(Number) ?? null;
  layout();
};

export const scale = () => box.scale;

const clamp = (value, size) => Math.max(0, Math.min(size - 1, Math.floor(value)));

// A point of the window in pixels of the session's display.
export const toVideo = (x, y) => [
  clamp((x - box.left) / box.scale, size()[0]),
  clamp((y - box.top) / box.scale, size()[1]),
];

// The window's place of a pixel of the session's display.
export const toWindow = (x, y) => [box.left + x * box.scale, box.top + y * box.scale];

// The window's point nearest to x, y that is on the picture.
export const nearest = (x, y) => {
  const [width, height] = size();
  const [left, top] = toWindow(0, 0);
  const [right, bottom] = toWindow(width - 1, height - 1);
  return [Math.max(left, Math.min(right, x)), Math.max(top, Math.min(bottom, y))];
};

new ResizeObserver(layout).observe(stage);
for (const video of [front, back])
  video.addEventListener('resize', layout);
