// What openapi.json says to programs, for those who write them.

import './language.js';
import { byId, make } from './make.js';
import { ask } from './server.js';

const [list] = byId('calls');

const wordOf = (path, method) => method === 'get' && !path.includes('{')
  ? make('a', { href: path.slice(1), textContent: path }) : make('code', { textContent: path });

const fieldsOf = ({ requestBody: body }) =>
  Object.keys(body?.content['application/json'].schema.properties ?? {}).join(', ');

const rowOf = (path, method, call) => make('li', {}, make('b', { textContent: method.toUpperCase() }),
  wordOf(path, method), make('small', { textContent: [call.summary, fieldsOf(call)].filter(Boolean).join(': ') }));

const { paths } = await ask('openapi.json');
list.append(...Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, call]) => rowOf(path, method, call))));
