// What the browser's tests share: the browser, a stand-in for the session
// (another page plays rd-rtc: it answers offers, sends a drawn picture and a
// tone, and notes every event), and waiting for what must come true.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { chromium, firefox } from 'playwright-core';

const CLIENT = new URL('../../bin/rd-web/client/', import.meta.url);
const TYPES = {
  '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml',
  '.png': 'image/png', '.webmanifest': 'application/manifest+json' };
const CSP = "default-src 'self'; img-src 'self' data: blob:; media-src blob:; connect-src 'self' ws: wss:; frame-ancestors 'none'";

// Both are the system's own. Firefox has no pictures in its clipboard without
// a display, and no sound without a sound server: env says where they are.
const browsers = {
  chromium: (args, env) => chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', ...args],
    env,
  }),
  firefox: (args, env) => firefox.launch({
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    channel: 'moz-firefox', // by WebDriver BiDi
    headless: !env.DISPLAY,
    env,
    firefoxUserPrefs: {
      'media.autoplay.default': 0,
      'dom.events.testing.asyncClipboard': true, // no gesture, no prompt
    },
  }),
};

export const launchIn = (name, args = [], env = {}) => browsers[name](args, { ...process.env, DISPLAY: '', ...env });
export const launch = (...args) => launchIn(process.env.BROWSER ?? 'chromium', args);

// The value of probe() once it is truthy; an error saying what was awaited.
export const until = async (what, probe, ms = 10000) => {
  const end = Date.now() + ms;
  for (;;) {
    const value = await probe();
    if (value)
      return value;
    if (Date.now() > end)
      throw new Error(`${what}: not within ${ms} ms`);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
};

export const state = (page, name, ms = 10000) =>
  page.locator(`html[data-state="${name}"]`).waitFor({ state: 'attached', timeout: ms });

// The client's files as rd-web would serve them; refuse(status) denies all.
export const serve = async () => {
  let denied = 0;
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, 'http://x').pathname;
    const name = path === '/' ? 'index.html' : path.slice(1);
    if (denied)
      return response.writeHead(denied).end();
    try {
      const body = name === 'desk' ? '<!doctype html><title>desk</title>' : await readFile(new URL(name, CLIENT));
      response.writeHead(200, {
        'content-type': TYPES[extname(name)] ?? 'text/html',
        ...name !== 'desk' && { 'content-security-policy': CSP },
      }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://localhost:${server.address().port}/`,
    refuse: status => denied = status,
    close: () => server.close(),
  };
};

// Runs in the desk page.
const deskMain = () => {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [640, 400];
  const context = canvas.getContext('2d');
  const draw = () => {
    for (let i = 0; i < 8; i++) {
      context.fillStyle = `hsl(${i * 45} 70% 45%)`;
      context.fillRect(i * 80, 0, 80, 400);
    }
    context.fillStyle = '#fff';
    context.font = '24px monospace';
    context.fillText(`${performance.now() | 0}`, 20, 40);
  };
  setInterval(draw, 40);
  draw();
  const audio = new AudioContext();
  const tone = audio.createOscillator();
  const out = audio.createMediaStreamDestination();
  tone.frequency.value = 440;
  tone.connect(out);
  tone.start();

  const peers = new Map();
  const answer = async (id, sdp) => {
    const pc = new RTCPeerConnection();
    const peer = { pc };
    peers.set(id, peer);
    pc.onicecandidate = ({ candidate }) => signal(id, JSON.stringify({ type: 'candidate', ...candidate?.toJSON() ?? { candidate: '' } }));
    pc.ondatachannel = ({ channel }) => {
      peer[channel.label] = channel;
      channel.binaryType = 'arraybuffer';
      channel.onmessage = ({ data }) => heard(channel.label, typeof data === 'string' ? data
        : { base64: btoa(new Uint8Array(data).reduce((text, byte) => text + String.fromCharCode(byte), '')) });
    };
    await pc.setRemoteDescription({ type: 'offer', sdp });
    for (const track of [...canvas.captureStream(25).getTracks(), ...out.stream.getTracks()])
      pc.addTrack(track, new MediaStream());
    if (window.noVideo)
      pc.getTransceivers()[0].stop();
    await pc.setLocalDescription();
    signal(id, JSON.stringify({ type: 'answer', sdp: pc.localDescription.sdp }));
  };
  window.receive = async (id, text) => {
    const { type, sdp, ...candidate } = JSON.parse(text);
    if (type === 'offer')
      await answer(id, sdp);
    else if (type === 'candidate' && candidate.candidate)
      await peers.get(id)?.pc.addIceCandidate(candidate).catch(() => {});
    else if (type === 'bye')
      peers.get(id)?.pc.close();
  };
  window.say = (id, text) => peers.get(id).events.send(text);
  window.kill = id => peers.get(id)?.pc.close();
};

// The peer's message with its addresses replaced by one where nobody is, which
// a description names at once: what is heard of it knows that way.
const NOWHERE = 'candidate:1 1 UDP 2130706431 192.0.2.1 9 typ host';
const astray = text => {
  const { candidate, sdp, ...message } = JSON.parse(text);
  return JSON.stringify({
    ...message,
    ...candidate && { candidate: NOWHERE },
    ...sdp && { sdp: sdp.replaceAll(/a=candidate:.*\r\n/g, '').replace(/a=mid:.*\r\n/, `$&a=${NOWHERE}\r\n`) },
  });
};

// Puts the pieces of a clipboard together, as rd-rtc does: the bytes of the
// whole event, once they are there.
const collector = () => {
  let [copy, size] = [Buffer.alloc(0), 0];
  return piece => {
    const line = piece.subarray(0, piece.indexOf(10) + 1);
    const [verb, ...words] = line.toString().trim().split(' ');
    if (verb === 'clipboard') {
      size = line.length + words.reduce((sum, word, i) => i % 2 ? sum + Number(word) : sum, 0);
      copy = piece;
    } else if (verb === 'more' && Number(words[0]) === copy.length) {
      copy = Buffer.concat([copy, piece.subarray(line.length)]);
    }
    return copy.length === size && copy;
  };
};

// A session for page: its events in order in .events, motion in .motion, what
// the window asks for in .sizes, and how often it was told in .beats that what
// is down is still held.
export const standIn = async (context, page, url) => {
  const desk = await context.newPage();
  const sockets = [];
  const session = { sizes: [], events: [], copies: [], motion: [], beats: 0, offers: [], routes: [], said: [], up: true };
  await desk.goto(`${url}desk`);
  await desk.exposeFunction('signal', (id, text) => sockets[id].send(session.deaf ? astray(text) : text));
  const collect = collector();
  await desk.exposeFunction('heard', (label, data) => {
    if (data === 'alive') {
      session.beats++;
      return;
    }
    if (`${data}`.startsWith('size '))
      return void session.sizes.push(data);
    const copy = data.base64 && collect(Buffer.from(data.base64, 'base64'));
    if (copy)
      session.copies.push(copy);
    if (copy || !data.base64)
      session[label].push(copy ? `${copy}` : data);
  });
  await desk.evaluate(deskMain);
  await page.routeWebSocket(/\/ws\/stream(-half)?$/, socket => socket.close());
  await page.routeWebSocket(/\/ws\/people$/, socket => {
    session.people = list => socket.send(list);
    socket.onMessage(text => session.said.push(text));
  });
  await page.routeWebSocket(/\/ws\/signal(-half)?\b/, socket => {
    session.routes.push(new URL(socket.url()).pathname);
    if (!session.up)
      return socket.close();
    const id = sockets.push(socket) - 1;
    if (session.servers)
      socket.send(JSON.stringify({ type: 'servers', iceServers: session.servers }));
    socket.onMessage(text => {
      if (session.silent)
        return;
      const message = JSON.parse(text);
      if (message.type === 'offer')
        session.offers.push(message.sdp);
      desk.evaluate(([i, t]) => receive(i, t), [id, session.deaf ? astray(text) : text]).catch(() => {});
    });
    socket.onClose(() => desk.evaluate(i => kill(i), id).catch(() => {}));
  });
  return Object.assign(session, {
    say: text => desk.evaluate(([i, t]) => say(i, t), [sockets.length - 1, text]),
    // As rd-rtc sends what was copied: { MIME: Buffer }, in pieces.
    copy: forms => desk.evaluate(([i, line, base64]) => {
      const send = (head, from, to) => say(i, Uint8Array.from(head + body.slice(from, to), c => c.charCodeAt(0)));
      const body = atob(base64);
      const first = 65536 - line.length;
      send(line, 0, first);
      for (let at = first; at < body.length; at += 65536)
        send(`more ${line.length + at}\n`, at, at + 65536);
    }, [sockets.length - 1,
      `clipboard ${Object.entries(forms).map(([mime, { length }]) => `${mime} ${length}`).join(' ')}\n`,
      Buffer.concat(Object.values(forms)).toString('base64')]),
    signal: message => sockets.at(-1).send(JSON.stringify(message)),
    drop: async () => {
      const id = sockets.length - 1;
      await desk.evaluate(i => kill(i), id);
      await sockets[id].close();
    },
    refuseVideo: () => desk.evaluate(() => window.noVideo = true),
    // The events since the last call, once there are n of them.
    take: async n => {
      await until(`${n} events`, () => session.events.length >= n)
        .catch(error => { throw new Error(`${error.message}; got ${JSON.stringify(session.events)}`); });
      await page.waitForTimeout(30);
      return session.events.splice(0);
    },
  });
};

// A connected page in a window of 800x600, showing 640x400 with 50 px bars.
export const openPage = async (t, browser, server, { platform, viewport = { width: 800, height: 600 }, live = true, ...options } = {}) => {
  const context = await browser.newContext({ viewport, ...options });
  t.after(() => context.close());
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', error => errors.push(`${error}`));
  page.on('console', message => message.type() === 'error' && errors.push(message.text()));
  if (platform)
    await page.addInitScript(name => {
      Object.defineProperty(navigator, 'platform', { value: name });
      Object.defineProperty(navigator, 'userAgentData', { value: undefined });
    }, platform);
  const session = await standIn(context, page, server.url);
  await page.bringToFront();
  if (live) {
    await page.goto(server.url);
    await state(page, 'live');
    await until('the events channel', () => session.say('leds none').then(() => true, () => false));
  }
  return { context, page, session, errors };
};
