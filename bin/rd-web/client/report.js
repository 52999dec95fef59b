// What a peer connection reports of itself: counters that only grow, times in
// milliseconds, and how it goes to the session.

const find = (reports, type, kind) => reports.find(r => r.type === type && (!kind || r.kind === kind)) ?? {};

// The other end's server is reached by UDP.
const wayOf = (remote, local) => {
  if (local?.candidateType === 'relay')
    return `turn-${local.relayProtocol}`;
  return remote?.candidateType === 'relay' ? 'turn-udp' : remote?.protocol;
};

const wayOfServer = url => {
  const [, secure, protocol = 'udp'] = /^turn(s?):[^?]*(?:\?transport=(\w+))?$/.exec(url) ?? [];
  return secure === undefined ? [] : `turn-${secure ? 'tls' : protocol}`;
};

const pathOf = (reports, byId) => {
  const pair = byId[find(reports, 'transport').selectedCandidatePairId]
    ?? reports.find(r => r.type === 'candidate-pair' && r.nominated && r.state === 'succeeded') ?? {};
  const [remote, local] = [byId[pair.remoteCandidateId], byId[pair.localCandidateId]];
  const way = wayOf(remote, local);
  return { path: way?.replace('turn-', ''), relayed: way?.startsWith('turn-'), roundTrip: 1000 * pair.currentRoundTripTime };
};

// { at, path, relayed, roundTrip, codec, width, height } and of the picture
// { frames, bytes, received, lost, buffered, buffer, decode }, where buffer is
// the time that buffered frames waited together; of the sound the same with
// sound before the name.
export const reportOf = async pc => {
  const reports = [...(await pc.getStats()).values()];
  const byId = Object.fromEntries(reports.map(report => [report.id, report]));
  const [video, audio] = ['video', 'audio'].map(kind => find(reports, 'inbound-rtp', kind));
  return {
    at: video.timestamp,
    ...pathOf(reports, byId),
    codec: byId[video.codecId]?.mimeType.replace('video/', ''),
    width: video.frameWidth,
    height: video.frameHeight,
    frames: video.framesDecoded,
    bytes: video.bytesReceived,
    received: video.packetsReceived,
    lost: video.packetsLost,
    buffered: video.jitterBufferEmittedCount,
    buffer: 1000 * video.jitterBufferDelay,
    decode: 1000 * video.totalDecodeTime,
    soundBytes: audio.bytesReceived,
    soundBuffered: audio.jitterBufferEmittedCount,
    soundBuffer: 1000 * audio.jitterBufferDelay,
  };
};

// What pc goes or tried to go through, each udp, tcp, or by a TURN server
// turn-udp, turn-tcp or turn-tls: the ways that the other end named and those to
// servers, and those that opened. Browsers forget pairs of addresses that
// failed, so the descriptions tell what was tried.
export const waysOf = async pc => {
  const stats = await pc.getStats();
  const pairs = [...stats.values()].filter(r => r.type === 'candidate-pair' && r.state === 'succeeded');
  const named = pc.remoteDescription?.sdp.matchAll(/^a=candidate:\S+ \d+ (\S+) .* typ (\S+)/gm) ?? [];
  return {
    tried: new Set([
      ...[...named].map(([, protocol, candidateType]) => wayOf({ protocol: protocol.toLowerCase(), candidateType })),
      ...pc.getConfiguration().iceServers.flatMap(({ urls }) => [urls].flat().flatMap(wayOfServer)),
    ]),
    opened: new Set(pairs.map(pair => wayOf(stats.get(pair.remoteCandidateId), stats.get(pair.localCandidateId)))),
  };
};
