// Several people at one session, each in a browser of their own: who may do
// what, by every way there is, and how control goes from one to another.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { run, startSession } from './desktop.mjs';
import { launch, state, until } from './fixture.mjs';
import { asked, moves, role } from './roles.mjs';

const NAME = 'shared';
const viewport = { width: 1024, height: 768 };
let browser, session, owner;

const come = async link => {
  const page = await (await browser.newContext({ viewport })).newPage();
  await page.goto(link);
  await state(page, 'live');
  return page;
};

before(async () => {
  session = await startSession(NAME, '-s', `${viewport.width}x${viewport.height}`);
  browser = await launch('--autoplay-policy=no-user-gesture-required');
  owner = await come(`${session.link}#name=Olga`);
});

after(async () => {
  await browser?.close();
  await session?.stop().catch(() => {});
});

test('alone, the owner is in control', async () => {
  await role(owner, 'control');
  assert.equal(await moves(session, owner), true);
  assert.equal(await owner.locator('#corner').isVisible(), false);
});

test('a link to watch reaches the session by no way', { timeout: 120000 }, async t => {
  const viewer = await come(`${await session.share('view')}#name=Vic`);
  t.after(() => viewer.context().close());
  await role(viewer, 'view');
  assert.equal(await viewer.textContent('#who'), 'Olga is in control');
  assert.equal(await moves(session, owner), true);
  const before = await session.place();
  await viewer.mouse.click(100, 100);
  await viewer.keyboard.type('x');
  // What the page would not send: on its own channels, and by its own link.
  const tried = await viewer.evaluate(async () => {
    const wire = await import('./wire.js');
    for (const event of ['motion 5 5', 'button 1 down 5 5', 'key a', 'text x', 'scroll 0 120', 'clipboard text/plain 1\nx'])
      wire.send(event);
    wire.sendMotion(5, 5);
    const open = path => new Promise(resolve => {
      const socket = new WebSocket(`ws://${location.host}/ws/${path}`);
      socket.onopen = () => resolve(socket);
      socket.onerror = () => resolve(null);
    });
    const stream = await open('stream');
    for (const event of ['motion 5 5', 'key a', 'clipboard text/plain 1\nx'])
      stream.send(new TextEncoder().encode(`${event.length}\n${event}`));
    await new Promise(resolve => stream.onmessage = stream.onclose = resolve);
    return [(await fetch('ws/people')).status, await open('input'), await open('../input')];
  });
  assert.deepEqual(tried, [426, null, null]);
  const whep = await viewer.evaluate(async () => {
    const pc = new RTCPeerConnection();
    const events = pc.createDataChannel('events');
    pc.addTransceiver('video', { direction: 'recvonly' });
    await pc.setLocalDescription();
    await new Promise(resolve => pc.onicegatheringstatechange = () => pc.iceGatheringState === 'complete' && resolve());
    const answer = await fetch('whep', { method: 'POST', body: pc.localDescription.sdp, headers: { 'content-type': 'application/sdp' } });
    await pc.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
    events.binaryType = 'arraybuffer';
    await new Promise(resolve => events.onopen = resolve);
    events.send('motion 5 5');
    events.send('text x');
    return new Promise(resolve => {
      events.onmessage = ({ data }) => new TextDecoder().decode(data).startsWith('stats') && resolve('answered');
      events.send('stats'); // which comes after what was sent before
    });
  });
  assert.equal(whep, 'answered');
  assert.equal(await session.place(), before);
  assert.equal((await session.pids('rd-rtc')).length, 3, 'though all of them were connected');
});

test('who watches asks, is let, holds it alone, and gives back', async t => {
  const viewer = await come(`${await session.share('view')}#name=Vic`);
  t.after(() => viewer.context().close());
  await role(viewer, 'view');
  await viewer.click('#wish');
  await asked(owner, 'Vic').waitFor();
  assert.equal(await moves(session, viewer), false, 'to ask is not to have');
  await asked(owner, 'Vic').getByText('Refuse').click();
  await viewer.locator('#notice >> text=refused').waitFor();

  // A key that the owner holds while control goes over.
  const xev = session.background('xev', '-geometry', '200x200+0+0', '-event', 'keyboard');
  t.after(() => xev.kill());
  let log = '';
  xev.stdout.on('data', data => log += data);
  await until('xev', async () => /IsViewable/.test(await session.client('xwininfo', '-name', 'Event Tester').catch(() => '')));
  await owner.mouse.click(100, 120);
  await owner.keyboard.down('q');
  await until('the key', () => /KeyPress/.test(log));
  assert.doesNotMatch(log, /KeyRelease/);
  await viewer.click('#wish');
  await asked(owner, 'Vic').getByText('Allow').click();
  await until('its release', () => /KeyRelease/.test(log));
  await Promise.all([role(viewer, 'control'), role(owner, 'view')]);
  assert.equal(await owner.textContent('#who'), 'Vic is in control');
  assert.equal(await moves(session, viewer), true);
  assert.equal(await moves(session, owner), false);
  assert.match(await run('rd-desktop', 'people', NAME), /\tperson\tview\tcontrols\tVic\n/);

  await viewer.reload();
  await role(viewer, 'control');
  assert.equal(await moves(session, viewer), true, 'loading the page again loses nothing');

  await owner.click('#wish');
  await Promise.all([role(owner, 'control'), role(viewer, 'view')]);
  assert.equal(await moves(session, owner), true, 'the owner takes it back');
  assert.equal(await moves(session, viewer), false);
});

test('who may control takes it by a click; a second browser of the owner by coming', async t => {
  const guest = await come(`${await session.share('control')}#name=Guy`);
  t.after(() => guest.context().close());
  await role(guest, 'view');
  assert.equal(await moves(session, owner), true, 'not by coming');
  await guest.click('text=Take control');
  await role(guest, 'control');
  await owner.locator('#notice >> text=Guy took control').waitFor();
  assert.deepEqual([await moves(session, guest), await moves(session, owner)], [true, false]);

  const phone = await come(await session.newLink());
  await Promise.all([role(phone, 'control'), role(guest, 'view')]);
  assert.deepEqual([await moves(session, phone), await moves(session, guest)], [true, false]);
  await guest.context().close();
  await until('the guest gone', async () => !/Guy/.test(await run('rd-desktop', 'people', NAME)), 20000);
  await phone.context().close();
  await role(owner, 'control');
  assert.equal(await moves(session, owner), true, 'when the one in control is gone, the only other has it again');
});

test('revoke puts out those who came by a link, within a second, and nobody else', async () => {
  const link = await session.share('control');
  const guests = [await come(link), await come(link)];
  await guests[0].click('text=Take control');
  await role(guests[0], 'control');
  const [id] = (await run('rd-desktop', 'people', NAME)).split('\n').find(line => /\tperson\tcontrol\tcontrols/.test(line)).split('\t');
  const commands = session.pids('rd-rtc').length;
  const start = performance.now();
  await run('rd-desktop', 'revoke', id, NAME);
  await until('their ends', () => session.pids('rd-rtc').length <= commands - 2);
  const took = performance.now() - start;
  assert.ok(took < 1000, `${took} ms`);
  await Promise.all(guests.map(guest => state(guest, 'lost')));
  await owner.click('#wish');
  await role(owner, 'control');
  assert.equal(await moves(session, owner), true);
  await Promise.all(guests.map(guest => guest.context().close()));
});
