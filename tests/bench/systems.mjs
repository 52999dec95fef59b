// The senders compared: rd's own tools, and a pipeline set like Selkies'.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { ready, start, stop } from './proc.mjs';
import { stagesOpen } from './stages.mjs';
import { viewerOpen } from './viewer.mjs';

export const FPS = 60;
export const BITRATE = 8000000;
const CLIENT = fileURLToPath(new URL('../../bin/rd-web/client', import.meta.url));
export const SELKIES = fileURLToPath(new URL('selkies.py', import.meta.url));

export async function displayOpen() {
  const server = start('Xvfb', ['-displayfd', '3', '-screen', '0', '1920x1080x24',
    '-noreset', '-nocursor', '-nolisten', 'tcp', '-s', '0']);
  return { server, name: `:${await ready(server)}` };
}

/** rd as a session runs it: the tools stay, a viewer makes them work. */
export async function rdOpen(display, scratch, how = () => offerTo('/ws/signal')) {
  const path = (name) => join(scratch, name);
  let url;
  const tools = [
    start('rd-capture', ['-R3', '-d', display, '-l', path('screen')]),
    start('rd-encode', ['-R3', '-r', '-f', `${FPS}`, '-b', `${BITRATE}`, '-l', path('video'), path('screen')]),
    start('rd-input', ['-R3', '-d', display, '-l', path('input')]),
    start('rd-web', ['-R3', '-l', '127.0.0.1:0', `/=files:${scratch}`,
      `/client=files:${CLIENT}`,
      `/ws/signal=exec:exec rd-rtc -r -e ${path('input')} ${path('video')}`,
      `/ws/stream=pipe:exec rd-stream -r -e ${path('input')} ${path('video')}`],
    (line) => { url = new URL(line); }),
  ];
  await Promise.all(tools.map(ready));
  return {
    name: 'rd',
    port: url.port,
    pids: () => tools.map(({ pid }) => pid),
    stages: () => stagesOpen(path('video')),
    async connect(browser, prepare) {
      const page = await viewerOpen(browser, url.origin, prepare);
      return {
        page,
        first: () => page.evaluate(how),
        close: () => page.close(),
      };
    },
    close: () => Promise.all(tools.map(stop)),
  };
}

/** The same by WebSocket and WebCodecs. */
export async function streamOpen(display, scratch) {
  const system = await rdOpen(display, scratch, () => streamFrom('/ws/stream'));
  return { ...system, name: 'rd-stream' };
}

/** One process per viewer, loaded before the viewer asks. */
export function selkiesOpen(display) {
  let sender;
  return {
    name: 'Selkies-like',
    pids: () => [sender.pid],
    // filter: what becomes of a line of signalling from the page and to it.
    async connect(browser, prepare, { up, down } = { up: (line) => line, down: (line) => line }) {
      const page = await viewerOpen(browser, 'http://localhost', prepare);
      const deliver = (line) => {
        const text = down(line);
        if (text)
          page.evaluate((it) => take(it), text).catch(() => {});
      };
      sender = start('/usr/bin/python3', [SELKIES, display, `${FPS}`, `${BITRATE}`], deliver);
      await page.exposeFunction('toSender', (line) => {
        const text = up(line);
        if (text)
          sender.stdin.write(`${text}\n`);
      });
      await ready(sender);
      return {
        page,
        first: () => page.evaluate(() => askSender()),
        async close() {
          await page.close();
          await stop(sender);
        },
      };
    },
    close() {},
  };
}

/** Why selkiesOpen() would not work here, or nothing. */
export async function selkiesMissing() {
  const probe = start('/usr/bin/python3', ['-c', `
import gi
for name in "Gst", "GstRtp", "GstSdp", "GstWebRTC":
    gi.require_version(name, "1.0")
from gi.repository import Gst
Gst.init(None)
for name in "ximagesrc", "x264enc", "rtph264pay", "webrtcbin", "nicesrc":
    if not Gst.ElementFactory.find(name):
        raise SystemExit("no GStreamer element " + name)`]);
  await probe.ended;
  return probe.exitCode === 0 ? '' : probe.errors.trim().split('\n').pop();
}
