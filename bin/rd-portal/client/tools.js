// Links that the instance's owner has set, if any, with a page for them.

import { phrase } from './language.js';
import { byId, make } from './make.js';
import { ask } from './server.js';

const [place] = byId('tools');

const linkTo = (url, text, label) => make('a', { className: 'button', href: url, target: '_blank', rel: 'noopener',
  textContent: text, ariaLabel: label });

const cardOf = ({ label, url, description, button_text: word, links }) => make('article', {},
  make('h2', { textContent: label }), make('small', { textContent: description }),
  linkTo(url, word || phrase('open'), `${word || phrase('open')} ${label}`),
  ...links.map(link => linkTo(link.url, link.label, link.label)));

ask('portal-links').then(links => {
  place.append(...links.map(cardOf));
  document.querySelector('nav [href="#/tools"]').hidden = !links.length;
}, () => {});
