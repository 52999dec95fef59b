// The applications, one card each: open it, or see by which ways it can be
// reached.

import { copy } from './copy.js';
import { phrase } from './language.js';
import { byId, fill, make } from './make.js';
import { ask, attempt, repeat } from './server.js';
import { followServices } from './services.js';
import { tunnelsTo } from './tunnels.js';
import { whoAsks } from './user.js';

const PERIOD_MS = 30000;
const [place] = byId('apps');

let apps = [];
let processes = [];

const plain = name => name.toLowerCase().replace(/[-_]/g, ' ');

const serviceOf = ({ name }) => processes.find(process => {
  const [a, b] = [plain(name), plain(process.name)];
  return a.includes(b) || b.includes(a);
});

const isStopped = app => {
  const service = serviceOf(app);
  return !!service && service.state !== 'RUNNING' && service.state !== 'STARTING';
};

const way = (title, text, link) => make('div', { className: 'way' }, make('small', { textContent: title }),
  link ? make('a', { href: text, textContent: text, target: '_blank', rel: 'noopener' })
    : make('code', { textContent: text }),
  make('button', { type: 'button', textContent: phrase('copy'), onclick: () => copy(text) }));

const pathOf = ({ open_path: path }) => path.startsWith('/') ? path : `/${path}`;

const sshOf = async ({ internal_port: port }) => {
  const { instance: { ssh, public_ip: host } } = await whoAsks;
  const to = ssh.port && ssh.port !== 22 ? `-p ${ssh.port} ` : '';
  return `ssh ${to}-L ${port}:localhost:${port} ${ssh.user}@${host ?? location.hostname}`;
};

const waysOf = async app => {
  const { external_port: external, internal_port: internal, mapped_port: mapped } = app;
  const ways = [];
  const direct = await ask(`get-direct-url/${external}`).catch(() => null);
  if (direct)
    ways.push(way(`${phrase('direct')} · ${phrase('port', { external, mapped })}`, direct.result + pathOf(app), true));
  else if (!mapped)
    ways.push(make('p', { textContent: phrase('closed') }));
  for (const { tunnelUrl } of await tunnelsTo(app.target_url))
    ways.push(way(phrase('tunnel'), tunnelUrl + pathOf(app), true));
  ways.push(way(phrase('ssh', { url: `http://localhost:${internal}${pathOf(app)}` }), await sshOf(app)));
  return ways;
};

const optionsOf = app => {
  const ways = make('div', { className: 'ways' });
  const details = make('details', {}, make('summary', { textContent: phrase('options') }), ways);
  details.addEventListener('toggle', async () => {
    if (details.open)
      ways.replaceChildren(...await waysOf(app));
  });
  return details;
};

const isHere = ({ name }) => name === 'Instance Portal';

const whyNot = app => isHere(app) ? 'here' : isStopped(app) ? 'stopped' : app.mapped_port ? '' : 'unreachable';

const buttonOf = app => {
  const why = whyNot(app);
  if (why)
    return make('button', { type: 'button', disabled: true, textContent: phrase(why) });
  return make('a', { className: 'button main', target: '_blank', rel: 'noopener', textContent: phrase('launch'),
    ariaLabel: `${phrase('launch')} ${app.name}`, href: `launch?name=${encodeURIComponent(app.name)}` });
};

const cardOf = app => {
  const card = make('article', {}, make('h2', { textContent: app.name }), buttonOf(app), optionsOf(app));
  card.dataset.stopped = isStopped(app);
  return card;
};

const paint = () => {
  const sorted = [...apps].sort((a, b) => isStopped(a) - isStopped(b));
  fill(place, sorted.map(app => [app, isStopped(app)]), () => sorted.length ? sorted.map(cardOf)
    : [make('p', { textContent: phrase('noApps') })]);
};

followServices(now => {
  processes = now;
  paint();
});

repeat(async () => {
  const found = await attempt('get-applications');
  if (!found)
    return;
  apps = Object.values(found);
  paint();
}, PERIOD_MS);
