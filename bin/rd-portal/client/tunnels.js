// Addresses elsewhere that lead here: those of an account, and those that are
// opened and closed on this page.

import { copy } from './copy.js';
import { phrase } from './language.js';
import { byId, fill, make } from './make.js';
import { ask, attempt, repeat } from './server.js';

const PERIOD_MS = 30000;
const [page, form, target, targets, list] = byId('tunnels', 'open', 'target', 'targets', 'ways');

const known = async () => {
  const named = await ask('get-named-tunnels').catch(() => []);
  const quick = await ask('get-all-quick-tunnels').catch(() => []);
  return [...named.map(tunnel => ({ ...tunnel, named: true })), ...quick];
};

// Those that lead to an application.
export const tunnelsTo = async url => (await known()).filter(({ targetUrl }) => targetUrl === url);

// It may take half a minute: meanwhile the button says so.
const act = async (button, action, url) => {
  const word = button.textContent;
  button.disabled = true;
  button.textContent = phrase('opening');
  const done = await attempt(`${action}-quick-tunnel/${encodeURIComponent(url)}`, 'POST');
  button.disabled = false;
  button.textContent = word;
  lookAgain();
  return done;
};

const button = (action, word, url) => make('button', { type: 'button', textContent: phrase(word),
  ariaLabel: `${phrase(word)} ${url}`, onclick: event => act(event.target, action, url) });

const rowOf = ({ targetUrl: url, tunnelUrl: address, named }) => {
  const buttons = make('span', { className: 'buttons' }, make('button', { type: 'button', textContent: phrase('copy'),
    ariaLabel: `${phrase('copy')} ${address}`, onclick: () => copy(address) }));
  if (!named)
    buttons.append(button('refresh', 'refresh', url), button('stop', 'close', url));
  return make('li', {}, make('b', { textContent: url }),
    make('a', { href: address, textContent: address, target: '_blank', rel: 'noopener' }),
    make('small', { textContent: named ? phrase('named') : '' }), buttons);
};

const optionOf = ({ target_url: value, name: label }) => make('option', { value, label });

const update = async () => {
  if (page.hidden)
    return;
  const tunnels = await known();
  fill(list, tunnels, () => tunnels.length ? tunnels.map(rowOf) : [make('li', { textContent: phrase('noTunnels') })]);
  const apps = Object.values(await ask('get-applications').catch(() => ({}))).filter(({ way }) => way === 'edge');
  fill(targets, apps, () => apps.map(optionOf));
};

export const lookAgain = repeat(update, PERIOD_MS);

form.addEventListener('submit', async event => {
  event.preventDefault();
  if (await act(event.submitter, 'start', target.value.trim()))
    target.value = '';
});
