// H.264 onto a canvas by WebCodecs: every picture is drawn as soon as it is
// decoded, and nothing is kept for later.

import { KEY } from './packets.js';

// RFC 6381: the first three bytes of the sequence parameter set name the codec.
const codecOf = unit => {
  for (let i = 0; i + 6 < unit.length; i++)
    if (!unit[i] && !unit[i + 1] && unit[i + 2] === 1 && (unit[i + 3] & 31) === 7)
      return `avc1.${[...unit.subarray(i + 4, i + 7)].map(byte => byte.toString(16).padStart(2, '0')).join('')}`;
  return '';
};

// onpicture(captured) follows each picture drawn, onlost() a decoder's failure,
// after which only a key picture helps, onidle() a queue that has become empty.
export const openDecoder = (canvas, { onpicture, onlost, onidle }) => {
  const context = canvas.getContext('2d', { alpha: false, desynchronized: true });
  let codec = '';
  let decoder = null;

  const draw = frame => {
    const { displayWidth: width, displayHeight: height, timestamp } = frame;
    const decoded = performance.now();
    if (canvas.width !== width || canvas.height !== height) {
      Object.assign(canvas, { width, height });
      canvas.dispatchEvent(new Event('resize'));
    }
    context.drawImage(frame, 0, 0);
    frame.close();
    onpicture(timestamp, decoded);
  };

  const fail = () => {
    codec = '';
    onlost();
  };

  const configure = name => {
    if (name === codec)
      return;
    if (decoder?.state !== 'configured') {
      decoder = new VideoDecoder({ output: draw, error: fail });
      decoder.ondequeue = () => decoder.decodeQueueSize || onidle();
    }
    codec = name;
    decoder.configure({ codec, optimizeForLatency: true });
  };

  return {
    isIdle: () => !decoder?.decodeQueueSize,
    decode({ flags, payload, captured }) {
      if (flags & KEY)
        configure(codecOf(payload));
      if (codec)
        decoder.decode(new EncodedVideoChunk({ type: flags & KEY ? 'key' : 'delta', timestamp: captured, data: payload }));
    },
    close() {
      if (decoder?.state === 'configured')
        decoder.close();
      codec = '';
    },
  };
};
