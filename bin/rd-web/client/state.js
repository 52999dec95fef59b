// What the page is doing, for the user (the veil), for screen readers (its
// live region) and for tests and users' scripts: <html data-state> is
// connecting, live, reconnecting or lost.

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
  start: ['Connecting', 'Reaching the server'],
  server: ['Connecting', 'The session is answering'],
  path: ['Connecting', 'Looking for the shortest way'],
  picture: ['Connecting', 'Waiting for the first picture'],
  slow: ['Still connecting', `The server answers, but no direct way to the session opened yet.
    A firewall between here and there may block UDP.`],
};

export const step = name => {
  if (root.dataset.state === 'connecting')
    show('connecting', ...steps[name]);
};

export const live = () => {
  wasLive = true;
  show('live', '');
};

export const reconnecting = reason => {
  const first = root.dataset.state !== 'reconnecting';
  show('reconnecting', wasLive ? 'Reconnecting' : 'Trying again', reason, first ? QUIET_MS : 0);
};

// Resolves when the user wants another try.
export const lost = reason => {
  show('lost', 'Not connected', reason);
  return new Promise(resolve => again.onclick = resolve);
};

export const tell = text => {
  notice.textContent = text;
  notice.hidden = false;
  clearTimeout(tell.timer);
  tell.timer = setTimeout(() => notice.hidden = true, NOTICE_MS);
};

document.title = `${location.hostname} – rd`;
step('start');
