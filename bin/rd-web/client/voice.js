// What a microphone hears into Opus by WebCodecs, a packet every 20 ms, each
// as soon as it is there. Costs nothing while there is no track.

const CONFIG = { codec: 'opus', numberOfChannels: 1, bitrate: 32000, opus: { application: 'voip', frameDuration: 20000 } };

export const canEncode = 'AudioEncoder' in window && 'AudioWorkletNode' in window;

// The samples of track's microphone, in blocks of 20 ms, as onblock(samples).
const listen = async (context, track, onblock) => {
  await context.audioWorklet.addModule(new URL('blocks.js', import.meta.url));
  if (context.state === 'closed')
    return;
  const node = new AudioWorkletNode(context, 'blocks', { numberOfOutputs: 0, channelCount: 1, channelCountMode: 'explicit' });
  node.port.onmessage = ({ data }) => onblock(data);
  new MediaStreamAudioSourceNode(context, { mediaStream: new MediaStream([track]) }).connect(node);
};

// onpacket(bytes)
export const openVoice = onpacket => {
  let context = null;
  let encoder = null;

  const close = () => {
    context?.close();
    if (encoder?.state === 'configured')
      encoder.close();
    context = encoder = null;
  };

  const open = async track => {
    const { sampleRate } = context = new AudioContext({ latencyHint: 'interactive' });
    const own = encoder = new AudioEncoder({
      output(chunk) {
        const bytes = new Uint8Array(chunk.byteLength);
        chunk.copyTo(bytes);
        onpacket(bytes);
      },
      error: close,
    });
    own.configure({ ...CONFIG, sampleRate });
    let at = 0; // in samples
    await listen(context, track, samples => {
      const data = new AudioData({
        format: 'f32', sampleRate, numberOfChannels: 1, numberOfFrames: samples.length,
        timestamp: Math.round(1e6 * at / sampleRate), data: samples,
      });
      if (own.state === 'configured')
        own.encode(data);
      data.close();
      at += samples.length;
    });
  };

  return {
    close,
    async speak(track) {
      close();
      if (track)
        await open(track);
    },
  };
};
