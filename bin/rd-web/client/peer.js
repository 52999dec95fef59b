// One WebRTC peer: the page offers, rd-rtc answers, candidates trickle both
// ways; a path that breaks is mended. A peer is used once; when it is dead the
// page makes another. Nobody but the session is asked for addresses, unless by
// the servers that it names.

import { examine, opened } from './ways.js';
import { openMender } from './mender.js';
import { newVideo, whenPainted } from './screen.js';
import { openSignalling } from './signalling.js';
import { phrase } from './language.js';
import { reportOf } from './report.js';

const BACKLOG = 4096; // bytes of motion unsent: newer ones will come
const SOUND_MS = 20;  // kept ready at least: two packets, or each late one is heard

// Chromium decodes Opus to mono unless our own description says stereo.
const withStereo = sdp => {
  const opus = /^a=rtpmap:(\d+) opus\//m.exec(sdp)?.[1];
  return sdp.replace(new RegExp(`^(a=fmtp:${opus} .*)$`, 'm'), '$1;stereo=1');
};

// Chromium knows these extensions, but offers them only when told to: when a
// picture was captured, and which ones it needs.
const EXTENSIONS = [
  'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time',
  'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension',
];

const askForExtensions = transceiver => transceiver.setHeaderExtensionsToNegotiate?.(
  transceiver.getHeaderExtensionsToNegotiate()
    .map(extension => EXTENSIONS.includes(extension.uri) ? { ...extension, direction: 'sendrecv' } : extension));

const bytesOf = data => typeof data === 'string' ? new TextEncoder().encode(data) : new Uint8Array(data);

// onstep(step) tells how far it is: server, path, picture. onmessage(bytes)
// gets what rd-rtc says on the events channel, which what greeting() says goes up
// on first. half asks for a picture of half the size. In the peer returned,
// picture resolves when element can show the first one, and dead to why it
// ended: { reason, fatal }; its onbroken(broken) is called when the path breaks
// and when it is mended.
export const openPeer = ({ half, greeting, onstep, onmessage }) => {
  const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  const events = pc.createDataChannel('events');
  const motion = pc.createDataChannel('motion', { ordered: false, maxRetransmits: 0 });
  // Without a track nothing goes up; the answer says whether one may be added.
  const transceivers = [['video', 'recvonly'], ['audio', 'sendrecv']]
    .map(([kind, direction]) => pc.addTransceiver(kind, { direction }));
  const [{ receiver }, { sender: voice }] = transceivers;
  let die;
  const dead = new Promise(resolve => die = (reason, fatal = false) => resolve({ reason, fatal }));
  const element = newVideo();
  const audio = new MediaStream();
  let onframe = null; // see watch()
  let seq = 0; // of motion: a number lets stale ones be dropped
  let name; // the servers: before the answer, which names none
  const servers = new Promise(resolve => name = resolve);
  let remote = Promise.resolve(); // the answer first, then its candidates

  const onanswer = async sdp => {
    name([]);
    await offered;
    if (isAnswered()) // to an offer that was made twice
      return;
    await pc.setRemoteDescription({ type: 'answer', sdp });
    if (element.srcObject)
      return;
    if (transceivers[0].currentDirection !== 'recvonly')
      return die(phrase('noCodec'), true);
    const [video, sound] = transceivers.map(({ receiver }) => receiver.track);
    audio.addTrack(sound);
    element.srcObject = new MediaStream([video]);
    onstep('path');
  };
  const onsignal = ({ type, sdp, message, iceServers, ...candidate }) => {
    if (type === 'error')
      die(message);
    else if (type === 'servers')
      name(iceServers);
    else if (type === 'answer')
      remote = onanswer(sdp).catch(e => die(phrase('badAnswer', { error: e.message })));
    else if (type === 'candidate')
      remote = remote.then(() => pc.addIceCandidate(candidate)).catch(() => {}); // one less way to try
  };
  const signalling = openSignalling({
    route: half ? 'signal-half' : 'signal',
    onopen: again => again ? isAnswered() || signalling.send(pc.localDescription) : onstep('server'),
    onmessage: onsignal,
    onclose: opened => die(opened ? phrase('sessionClosed') : ''),
  });

  events.binaryType = 'arraybuffer';
  events.onopen = () => greeting().forEach(text => events.send(text));
  events.onmessage = ({ data }) => onmessage(bytesOf(data));
  events.onclose = () => die(phrase('sessionClosed'));
  [0, SOUND_MS].forEach((ms, i) => transceivers[i].receiver.jitterBufferTarget = ms);
  askForExtensions(transceivers[0]);
  pc.onicecandidate = ({ candidate }) => signalling.send({
    type: 'candidate',
    candidate: candidate?.candidate ?? '',
    sdpMid: candidate?.sdpMid ?? '0',
    sdpMLineIndex: candidate?.sdpMLineIndex ?? 0,
  });
  // Each frame says when it came and when it will be seen, as far as the
  // browser knows; the newest one of all, when it was captured.
  const look = (_, { rtpTimestamp, receiveTime: arrived, expectedDisplayTime: shown }) => {
    if (!onframe)
      return;
    const source = receiver.getSynchronizationSources().find(newest => newest.rtpTimestamp === rtpTimestamp);
    if (arrived)
      onframe({ captured: source?.captureTimestamp, arrived, shown });
    element.requestVideoFrameCallback(look);
  };
  const isAnswered = () => pc.signalingState === 'stable';
  const offer = async options => {
    const { type, sdp } = await pc.createOffer(options);
    const description = { type, sdp: withStereo(sdp) };
    signalling.send(description);
    pc.setConfiguration({ ...pc.getConfiguration(), iceServers: await servers });
    await pc.setLocalDescription(description); // asks the servers
  };
  let offered = offer().catch(e => die(phrase('noOffer', { error: e.message }), true));
  const mender = openMender(pc, {
    restart: async () => isAnswered() ? offered = offer({ iceRestart: true }) : signalling.renew(),
    onfound: () => onstep('picture'),
    onbroken: broken => peer.onbroken(broken),
    onlost: () => die(phrase('pathBroke')),
  });

  const peer = {
    half, element, audio, dead,
    onbroken() {},
    picture: whenPainted(element),
    hears: () => transceivers[1].currentDirection === 'sendrecv',
    speak: track => voice.replaceTrack(track),
    report: () => reportOf(pc),
    watch(next) {
      if (next && !onframe)
        element.requestVideoFrameCallback(look);
      onframe = next;
    },
    examine: over => examine(pc, over),
    isOpen: () => opened(pc),
    send: event => events.readyState === 'open' && events.send(event),
    sendMotion(x, y) {
      if (motion.readyState === 'open' && motion.bufferedAmount < BACKLOG)
        motion.send(`${++seq} motion ${x} ${y}`);
    },
    replace: () => die(phrase('pictureChanging')),
    close() {
      mender.close();
      signalling.send({ type: 'bye' });
      signalling.close();
      pc.close();
      element.remove();
    },
  };
  return peer;
};
