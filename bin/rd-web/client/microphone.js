// This computer's microphone into the session: asked for by its button, and
// used until that is pressed again. The button is there where the session
// listens; <html data-mic> is on or off.

import { phrase } from './language.js';
import { tell } from './state.js';

const button = document.getElementById('mic');
let peer = null;
let track = null;

const show = () => {
  button.hidden = !peer?.hears();
  button.setAttribute('aria-pressed', !!track);
  document.documentElement.dataset.mic = track ? 'on' : 'off';
};

const stop = () => {
  track?.stop();
  track = null;
  peer?.speak(null);
  show();
};

const start = async () => {
  if (!navigator.mediaDevices)
    return tell(phrase('micInsecure'));
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
    [track] = stream.getAudioTracks();
    track.onended = stop;
    await peer?.speak(track);
    show();
  } catch (error) {
    stop();
    tell(phrase('noMic', { error: error.message }));
  }
};

// The way to the session, or none: hears() tells whether it listens, speak(track)
// what to. Where it does not, the button goes, and nothing is heard any more.
export const use = next => {
  peer = next;
  if (peer && !peer.hears())
    stop();
  else if (track)
    peer?.speak(track);
  show();
};

button.onclick = () => track ? stop() : start();
