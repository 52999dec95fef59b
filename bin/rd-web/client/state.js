// What the page is doing, for the user (the veil), for screen readers (its
// live region) and for tests and users' scripts: <html data-state> is
// connecting, live, reconnecting or lost.

import { phrase } from './language.js';

const root = document.documentElement;
const veil = document.getElementById('veil');
const [headline, detail, again] = ['h1', 'p', 'button'].map(name => veil.querySelector(name));
const notice = document.getElementById('notice');
const QUIET_MS = 600; // a hiccup shorter than this is not worth words
const NOTICE_MS = 6000;
let timer = 0;
let wasLive = false;

const show = (state, title, text = '', quiet = 0) => {
  root.dataset.state = state;
  clearTimeout(timer);
  timer = setTimeout(() => {
    headline.textContent = title;
    detail.textContent = text;
    again.hidden = state !== 'lost';
  }, quiet);
};

const steps = {
  start: ['connecting', 'reaching'],
  server: ['connecting', 'answering'],
  path: ['connecting', 'findingPath'],
  picture: ['connecting', 'awaitingPicture'],
  slow: ['stillConnecting', 'slowPath'],
};

export const step = name => {
  if (root.dataset.state === 'connecting')
    show('connecting', ...steps[name].map(key => phrase(key)));
};

export const live = () => {
  wasLive = true;
  show('live', '');
};

export const reconnecting = reason => {
  const first = root.dataset.state !== 'reconnecting';
  show('reconnecting', phrase(wasLive ? 'reconnecting' : 'tryingAgain'), reason, first ? QUIET_MS : 0);
};

// Resolves when the user wants another try.
export const lost = reason => {
  show('lost', phrase('notConnected'), reason);
  return new Promise(resolve => again.onclick = resolve);
};

export const tell = text => {
  notice.textContent = text;
  notice.hidden = false;
  clearTimeout(tell.timer);
  tell.timer = setTimeout(() => notice.hidden = true, NOTICE_MS);
};

// window ICON TITLE: what the session shows is one application.
export const setWindow = ([icon, ...title]) => {
  document.title = title.join(' ');
  document.querySelector('link[rel=icon]').href = icon === '-' ? 'icon.svg' : `data:image/png;base64,${icon}`;
};

document.title = `${location.hostname} – rd`;
step('start');
