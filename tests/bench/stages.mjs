// Where rd's time goes: by the capture and encode times in its packets.
import { connect } from 'node:net';

const HEADER = 32; // rd-packets(5)
const VIDEO = 1;

/** Read packets from a link beside the viewer; frames as they come, in ms. */
export function stagesOpen(path) {
  const frames = [];
  const socket = connect(path);
  let bytes = Buffer.alloc(0);

  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
    for (;;) {
      const size = bytes.length < HEADER ? Infinity : HEADER + bytes.readUInt32BE(8);
      if (bytes.length < size)
        return;
      if (bytes[3] === VIDEO)
        frames.push({
          captured: Number(bytes.readBigUInt64BE(16)) / 1000,
          encoded: Number(bytes.readBigUInt64BE(24)) / 1000,
          bytes: size - HEADER,
        });
      bytes = bytes.subarray(size);
    }
  });
  return { frames, close: () => socket.destroy() };
}

/** The parts of decoded[i], the ms from toggles[i] to its decoded frame. */
export function split(frames, toggles, decoded) {
  const parts = { captured_ms: [], encoded_ms: [], sent_ms: [] };
  toggles.forEach(([, time], i) => {
    const frame = frames.find(({ captured }) => captured >= time);
    if (!frame || !Number.isFinite(decoded[i]))
      return;
    parts.captured_ms.push(frame.captured - time);
    parts.encoded_ms.push(frame.encoded - frame.captured);
    parts.sent_ms.push(time + decoded[i] - frame.encoded);
  });
  return parts;
}
