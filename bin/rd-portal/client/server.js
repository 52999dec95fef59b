// Requests, and what went wrong with them in words. What is asked for again
// and again is not while nobody looks.

import { phrase } from './language.js';
import { byId } from './make.js';

const [trouble] = byId('trouble');

let acted = false; // what it says is about something that was asked for

const complain = (text, action = false) => {
  acted = action;
  trouble.textContent = text;
  trouble.hidden = !text;
};

export const ask = async (path, method = 'GET') => {
  const response = await fetch(path, { method });
  if (response.status === 401 || response.status === 302)
    location.reload();
  const body = await response.json();
  if (!response.ok)
    throw new Error(body.detail);
  return body;
};

// null: it failed, and the page says so.
export const attempt = async (path, method) => {
  try {
    const body = await ask(path, method);
    if (method || !acted)
      complain('');
    return body;
  } catch (error) {
    complain(error instanceof TypeError ? phrase('silent') : phrase('trouble', { why: error.message }),
      !!method);
    return null;
  }
};

addEventListener('hashchange', () => complain(''));

// Call it now, every so often, and when the page is looked at again.
export const repeat = (what, ms) => {
  let timer;
  const again = async () => {
    clearTimeout(timer);
    if (document.hidden)
      return;
    await what();
    timer = setTimeout(again, ms);
  };
  document.addEventListener('visibilitychange', again);
  again();
  return again;
};
