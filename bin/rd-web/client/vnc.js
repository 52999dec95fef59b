// The last way to the session: VNC over a WebSocket, in any browser and over
// plain http. noVNC, which comes when it is needed, shows the picture and has
// the pointer, fingers included; keys and the clipboard are the page's. Used
// once, as a WebRTC peer is.

import { address } from './signalling.js';
import { collector, pack } from './copies.js';
import { focus } from './keyboard.js';
import { phrase } from './language.js';
import { follow, recall } from './settings.js';
import { report } from './ways.js';
import { hold } from './wire.js';

// What noVNC takes for itself.
const POINTER = ['pointerdown', 'pointermove', 'pointerup', 'pointercancel', 'wheel', 'contextmenu'];

const SETTLE_MS = 200; // the session asks for a copied text and has it

let shown = null; // the client whose size follows the settings

const newTarget = () => {
  const target = Object.assign(document.createElement('div'), { className: 'vnc' });
  POINTER.forEach(type => target.addEventListener(type, event => event.stopPropagation()));
  target.addEventListener('pointerdown', focus);
  document.getElementById('stage').prepend(target);
  return target;
};

const ofChar = char => {
  const point = char.codePointAt(0);
  return point < 0x100 ? point : point + 0x1000000;
};

// The number of a keysym as keysym.js names it.
const numberOf = (sym, table) => [...sym].length === 1 ? ofChar(sym)
  : sym.startsWith('0x') ? Number(sym) : table[`XK_${sym}`] ?? table[sym.replace(/^XF86/, 'XF86XK_')];

const resize = () => {
  if (shown)
    shown.resizeSession = recall('size') === 'window';
};

// Events of rd-events(5) as what noVNC does: key, text and clipboard. The
// others it has its own way of, or RFB has none.
const sender = (client, table) => {
  const collect = collector();
  const press = (number, ways) => number && ways.forEach(down => client.sendKey(number, '', down));
  const verbs = {
    key: ([sym, way]) => press(numberOf(sym, table), way ? [way === 'down'] : [true, false]),
    text: words => [...words.join(' ')].forEach(char => press(ofChar(char), [true, false])),
  };

  return event => {
    if (typeof event === 'string') {
      const [verb, ...words] = event.split(' ');
      return verbs[verb]?.(words);
    }
    const end = event.indexOf(10);
    const [verb, ...words] = new TextDecoder().decode(event.subarray(0, end)).split(' ');
    const { text } = collect(verb, words, event, end + 1) ?? {};
    if (!text)
      return;
    client.clipboardPasteFrom(text);
    hold(SETTLE_MS); // what pastes it comes after it
  };
};

export const openVnc = ({ onstep, onmessage }) => {
  const element = newTarget();
  let client = null;
  let live = false;
  let closed = false;
  let send = () => {};
  let die, first;
  const dead = new Promise(resolve => die = (reason, fatal = false) => resolve({ reason, fatal }));
  const picture = new Promise(resolve => first = resolve);

  const open = ([{ default: RFB }, { default: table }]) => {
    if (closed)
      return;
    client = new RFB(element, `${address('vnc')}`);
    Object.assign(client, { scaleViewport: true, focusOnClick: false, background: 'transparent' });
    client.addEventListener('connect', () => {
      live = true;
      shown = client;
      send = sender(client, table);
      resize();
      onstep('picture');
      first();
    });
    client.addEventListener('disconnect', () => die(live ? phrase('sessionClosed') : ''));
    client.addEventListener('clipboard', ({ detail: { text } }) =>
      pack({ text }).forEach(onmessage));
  };
  Promise.all([import('./novnc/core/rfb.js'), import('./novnc/core/input/keysym.js')])
    .then(open).catch(() => die(phrase('noVnc'), true));

  return {
    element, picture, dead,
    audio: new MediaStream(),
    send: event => send(event),
    sendMotion() {},
    hears: () => false,
    speak() {},
    replace: () => die(phrase('pictureChanging')),
    report: async () => ({ at: performance.now(), path: 'VNC' }),
    watch() {},
    examine: over => report('vnc', over ? 'failed' : 'trying'),
    isOpen: () => live,
    close() {
      closed = true;
      if (shown === client)
        shown = null;
      client?.disconnect();
      element.remove();
    },
  };
};

follow('size', resize);
