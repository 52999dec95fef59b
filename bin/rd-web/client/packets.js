// rd-packets(5) out of bytes that come in pieces of any size.

export const [VIDEO, AUDIO, MESSAGE] = [1, 2, 4]; // kinds
export const [KEY, ACK] = [1, 8];                 // flags
const HEADER = 32;

const read = bytes => {
  const view = new DataView(bytes.buffer);
  return {
    kind: view.getUint8(3),
    flags: view.getUint8(5),
    payload: new Uint8Array(view.getUint32(8)),
    seq: view.getUint32(12),
    captured: Number(view.getBigUint64(16)), // microseconds of the session's clock
  };
};

// onpacket(packet) gets each as soon as it is whole.
export const cutter = onpacket => {
  const header = new Uint8Array(HEADER);
  let packet = null;
  let have = 0; // bytes of the header, or of the packet's payload

  return bytes => {
    while (bytes.length) {
      const into = packet?.payload ?? header;
      const piece = bytes.subarray(0, into.length - have);
      into.set(piece, have);
      have += piece.length;
      bytes = bytes.subarray(piece.length);
      if (have < into.length)
        return;
      have = 0;
      packet ??= read(header);
      if (into === header && packet.payload.length)
        continue;
      onpacket(packet);
      packet = null;
    }
  };
};
