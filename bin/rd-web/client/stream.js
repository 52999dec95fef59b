// A way to the session that takes nothing but a WebSocket: rd-stream's packets
// come down it, events go up. Used once, as a WebRTC peer is.

import { address } from './signalling.js';
import { openDecoder } from './decoder.js';
import { openSpeaker } from './opus.js';
import { canEncode, openVoice } from './voice.js';
import { openPulse, PATIENCE_MS } from './pulse.js';
import { phrase } from './language.js';
import { report } from './ways.js';
import { ACK, AUDIO, KEY, MESSAGE, VIDEO, cutter } from './packets.js';

const BACKLOG = 4096; // bytes of motion or voice unsent: newer ones will come
const LINE = 1000;    // no answer is longer

export const openStream = ({ half, greeting, onstep, onmessage }) => {
  let die;
  const dead = new Promise(resolve => die = (reason, fatal = false, hung = false) => resolve({ reason, fatal, hung }));
  if (!('VideoDecoder' in window)) {
    die(phrase(isSecureContext ? 'noDecoder' : 'insecure'), true);
    return { dead, picture: new Promise(() => {}), examine() {}, isOpen() {}, close() {} };
  }

  const canvas = document.createElement('canvas');
  const speaker = openSpeaker();
  const socket = new WebSocket(address(half ? 'stream-half' : 'stream'));
  const text = { up: new TextEncoder(), down: new TextDecoder() };
  const arrived = new Map(); // capture time -> when it came, of pictures being decoded
  const counts = { path: 'WebSocket', codec: 'H264', frames: 0, bytes: 0, received: 0, lost: 0, decode: 0, soundBytes: 0, soundBuffered: 0, soundBuffer: 0 }; // see report.js
  let onframe = null;        // see watch()
  let owed = null;           // the packet to acknowledge once all is decoded
  let drawn = false;         // something, by this decoder
  let hears = false;         // the session, what speaks here
  let said = 0;              // packets of it, those left out too
  let pulse = null;
  let spoke = 0;             // when something went up
  let first;
  const picture = new Promise(resolve => first = resolve);

  const write = event => {
    if (socket.readyState !== WebSocket.OPEN)
      return;
    const bytes = typeof event === 'string' ? text.up.encode(event) : event;
    socket.send(text.up.encode(`${bytes.length}\n`));
    socket.send(bytes);
    spoke = performance.now();
  };

  const send = event => {
    pulse?.say();
    write(event);
  };

  const voice = openVoice(packet => {
    const head = text.up.encode(`voice ${said++}\n`);
    const message = new Uint8Array(head.length + packet.length);
    message.set(head);
    message.set(packet, head.length);
    if (socket.bufferedAmount < BACKLOG)
      send(message);
  });

  const acknowledge = () => {
    if (owed !== null)
      write(`ack ${owed}`);
    owed = null;
  };

  const decoder = openDecoder(canvas, {
    onpicture(captured, decoded) {
      counts.frames++;
      counts.decode += decoded - arrived.get(captured);
      onframe?.({ captured: captured / 1000, arrived: arrived.get(captured), shown: performance.now() });
      arrived.delete(captured);
      drawn = true;
      first();
    },
    onlost() {
      if (!drawn)
        return die(phrase('noDecoder'), true);
      drawn = false;
      arrived.clear();
      send('keyframe');
    },
    onidle: acknowledge,
  });

  const take = {
    [VIDEO](packet) {
      counts.received++;
      counts.bytes += packet.payload.length;
      if (packet.flags & KEY)
        arrived.clear();
      arrived.set(packet.captured, performance.now());
      decoder.decode(packet);
    },
    [AUDIO](packet) {
      counts.soundBytes += packet.payload.length;
      counts.soundBuffered++;
      counts.soundBuffer += 1000 * speaker.ready();
      speaker.decode(packet);
    },
    [MESSAGE]({ payload }) {
      hears ||= payload.length < LINE && text.down.decode(payload) === 'hears';
      onmessage(payload);
    },
  };

  const cut = cutter(packet => {
    take[packet.kind]?.(packet);
    if (!(packet.flags & ACK))
      return;
    owed = packet.seq;
    if (decoder.isIdle())
      acknowledge();
  });

  socket.binaryType = 'arraybuffer';
  socket.onopen = () => {
    pulse = openPulse(() => die(phrase('pathBroke'), false, true));
    onstep('picture');
    greeting().forEach(send);
  };
  socket.onmessage = ({ data }) => {
    pulse.hear();
    cut(new Uint8Array(data));
    if (performance.now() - spoke > PATIENCE_MS)
      write('here');
  };
  socket.onclose = ({ code }) => die(code === 1006 ? '' : phrase('sessionClosed'));

  return {
    half, picture, dead, send,
    element: canvas,
    audio: speaker.stream,
    wake: speaker.wake,
    hears: () => hears && canEncode,
    speak: voice.speak,
    sendMotion: (x, y) => socket.bufferedAmount < BACKLOG && send(`motion ${x} ${y}`),
    replace: () => die(phrase('pictureChanging')),
    report: async () => ({ at: performance.now(), width: canvas.width, height: canvas.height, ...counts }),
    watch: next => onframe = next,
    examine: over => report('websocket', over ? 'failed' : 'trying'),
    isOpen: () => socket.readyState === WebSocket.OPEN,
    close() {
      socket.onmessage = socket.onclose = null;
      socket.close();
      pulse?.close();
      decoder.close();
      speaker.close();
      voice.close();
    },
  };
};
