// The session's page: one peer after another, over whichever way has a picture
// first, the one before kept on the screen until then.

import * as bar from './bar.js';
import * as clipboard from './clipboard.js';
import * as cursor from './cursor.js';
import * as files from './files.js';
import * as gamepad from './gamepad.js';
import * as keyboard from './keyboard.js';
import * as locks from './locks.js';
import * as microphone from './microphone.js';
import * as monitors from './monitors.js';
import * as mouse from './mouse.js';
import * as people from './people.js';
import * as picture from './picture.js';
import * as pointer from './pointer.js';
import * as screen from './screen.js';
import * as size from './size.js';
import * as sound from './sound.js';
import * as speaker from './speaker.js';
import * as state from './state.js';
import * as stats from './stats.js';
import * as touch from './touch.js';
import * as ways from './ways.js';
import * as wire from './wire.js';
import { phrase } from './language.js';
import { openPeer } from './peer.js';
import { openStream } from './stream.js';
import { openVnc } from './vnc.js';
import { race } from './race.js';
import { follow, recall } from './settings.js';

const FIRST_MS = 250;  // back-off between attempts
const LAST_MS = 4000;
const STABLE_MS = 5000; // a peer that lived so long was not the problem

// A wait that ends early when the network or the user comes back.
const pause = ms => new Promise(resolve => {
  const done = () => {
    clearTimeout(timer);
    removeEventListener('online', done);
    document.removeEventListener('visibilitychange', done);
    resolve();
  };
  const timer = setTimeout(done, ms);
  addEventListener('online', done);
  document.addEventListener('visibilitychange', done);
});

const decoder = new TextDecoder();

// Messages are lines; only a clipboard has bytes behind its own, and pieces.
const onmessage = bytes => {
  const end = bytes.indexOf(10);
  const [verb, ...words] = decoder.decode(end < 0 ? bytes : bytes.subarray(0, end)).split(' ');
  if (verb === 'cursor')
    cursor.setShape(words);
  else if (verb === 'pointer')
    cursor.setPlace(words);
  else if (verb === 'leds')
    locks.setTheirs(words);
  else if (verb === 'size')
    screen.setSize(words);
  else if (verb === 'window')
    state.setWindow(words);
  else if (verb === 'clipboard-rule')
    clipboard.onRule(words);
  else if (verb === 'clipboard' || verb === 'more')
    clipboard.onPiece(verb, words, bytes, end + 1);
  else if (verb === 'file')
    files.onFile(words.join(' '));
  else if (verb === 'stats')
    stats.onServer(words);
};

// Why the WebSocket could not be opened, which browsers do not tell.
const diagnose = async () => {
  try {
    const { status } = await fetch(document.baseURI, { cache: 'no-store', redirect: 'manual' });
    if (status !== 401 && status !== 403) {
      ways.report('websocket', 'failed');
      return { reason: phrase('sessionSilent') };
    }
    ways.clear(); // none of them is to blame
    return { fatal: true, reason: phrase('linkUsed') };
  } catch {
    ways.clear();
    return { reason: phrase(navigator.onLine ? 'serverSilent' : 'offline') };
  }
};

const letGo = () => {
  keyboard.releaseAll();
  pointer.releaseAll();
};

const onbroken = broken => {
  if (!broken)
    return state.live();
  letGo();
  state.reconnecting('');
};

const leave = () => {
  letGo();
  cursor.reset();
  locks.reset();
  wire.use(null);
  microphone.use(null);
};

// The first picture of peer is there: it is the one on the screen from now on.
const arrive = peer => {
  peer.onbroken = onbroken;
  screen.show(peer.element);
  if (monitors.isFirst)
    sound.play(peer);
  wire.use(peer);
  pointer.reset();
  microphone.use(peer);
  if (monitors.isFirst)
    gamepad.reset();
  stats.watch(peer);
  ways.clear();
  state.live();
  people.join();
};

const transports = { auto: [openPeer, openStream], webrtc: [openPeer], websocket: [openStream], vnc: [openVnc] };
let best = openPeer; // what last led to a picture

const connect = async () => {
  const order = transports[recall('transport')].toSorted((a, b) => (b === best) - (a === best));
  const { peer, open, end } = await race(order, {
    half: picture.isHalf(),
    greeting: () => [...picture.greeting(), ...size.greeting()],
    onstep: state.step,
    onmessage,
  }, recall('transport') === 'auto' && openVnc);
  best = open ?? best;
  return { peer, end };
};

let shown = null; // the peer whose picture is on the screen

const run = async () => {
  for (let delay = FIRST_MS; ; delay = Math.min(2 * delay, LAST_MS)) {
    let { peer, end } = await connect();
    if (peer) {
      arrive(peer);
      if (shown)
        shown.close();
      else
        bar.greet();
      shown = peer;
      const since = performance.now();
      end = await peer.dead;
      leave();
      if (end.hung)
        people.renew();
      if (performance.now() - since > STABLE_MS)
        delay = FIRST_MS;
    }
    const { reason, fatal } = end.reason ? end : await diagnose();
    if (fatal) {
      await state.lost(reason);
      keyboard.focus();
    }
    state.reconnecting(fatal ? '' : reason);
    await pause(delay);
  }
};

// The fragment sets what is set as the page loads.
addEventListener('hashchange', () => location.reload());
picture.init({ onsize: () => shown?.replace() });
follow('transport', () => shown?.replace());
run();
keyboard.init({ onchord: bar.toggle });
mouse.init({ onlock: bar.showLock });
touch.init();
size.init();
if (monitors.isFirst)
  gamepad.init();
bar.init();
speaker.init();
people.init();
