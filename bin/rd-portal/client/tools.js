// Links that the instance's owner has set, if any, with a page for them.

import { phrase } from './language.js';
import { byId, make } from './make.js';
import { ask } from './server.js';

const [place] = byId('tools');

const cardOf = ({ label, url, description }) => make('article', {}, make('h2', { textContent: label }),
  make('small', { textContent: description }), make('a', { className: 'button', href: url, target: '_blank',
    rel: 'noopener', textContent: phrase('open'), ariaLabel: `${phrase('open')} ${label}` }));

ask('portal-links').then(links => {
  place.append(...links.map(cardOf));
  document.querySelector('nav [href="#/tools"]').hidden = !links.length;
}, () => {});
