// The dashboard: which of its pages is shown.

import './apps.js';
import './gauges.js';
import './tools.js';

import './user.js';
import { watch } from './logs.js';
import { lookAgain } from './tunnels.js';

const names = ['apps', 'tunnels', 'services', 'logs', 'tools'];

const show = () => {
  const wanted = location.hash.slice(2);
  const name = names.includes(wanted) ? wanted : names[0];
  for (const each of names) {
    document.getElementById(each).hidden = each !== name;
    document.querySelector(`nav [href="#/${each}"]`).toggleAttribute('aria-current', each === name);
  }
  if (name === 'logs')
    watch();
  if (name === 'tunnels')
    lookAgain();
};

addEventListener('hashchange', show);
show();
