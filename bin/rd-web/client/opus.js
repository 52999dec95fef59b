// Opus into a MediaStream by WebCodecs. What comes is played one after another,
// a little later than it came; when that little grows, sound is left out.

const RATE = 48000;
const START_S = .03; // of sound kept ready after a gap
const MOST_S = .1;
const LOOK = 100;    // packets in which more than START_S was always ready: too much

export const openSpeaker = () => {
  const context = new AudioContext({ sampleRate: RATE, latencyHint: 'interactive' });
  const output = context.createMediaStreamDestination();
  let next = 0; // in samples: when what comes now is to be played
  let spare = 0;
  let seen = 0;

  const ready = () => next / RATE - context.currentTime;

  // There is more ready than it takes, and has been for a while.
  const isGrowing = () => {
    spare = seen ? Math.min(spare, ready()) : ready();
    seen = (seen + 1) % LOOK;
    return ready() > MOST_S || (!seen && spare > START_S);
  };

  const play = data => {
    const buffer = context.createBuffer(data.numberOfChannels, data.numberOfFrames, data.sampleRate);
    for (let i = 0; i < data.numberOfChannels; i++)
      data.copyTo(buffer.getChannelData(i), { planeIndex: i, format: 'f32-planar' });
    data.close();
    if (ready() <= 0)
      next = Math.round((context.currentTime + START_S) * RATE);
    else if (isGrowing())
      return;
    const source = new AudioBufferSourceNode(context, { buffer });
    source.connect(output);
    source.start(next / RATE);
    next += buffer.length;
  };

  const decoder = new AudioDecoder({ output: play, error: () => {} });
  decoder.configure({ codec: 'opus', sampleRate: RATE, numberOfChannels: 2 });

  return {
    stream: output.stream,
    wake: () => context.resume(),
    ready: () => Math.max(0, ready()),
    decode({ payload, captured }) {
      if (decoder.state === 'configured')
        decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp: captured, data: payload }));
    },
    close() {
      if (decoder.state === 'configured')
        decoder.close();
      context.close();
    },
  };
};
