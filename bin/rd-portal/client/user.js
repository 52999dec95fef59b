// Who is here, if anybody was asked.

import { phrase } from './language.js';
import { byId } from './make.js';
import { ask } from './server.js';

const [form, user, title] = byId('out', 'user', 'title');

export const whoAsks = ask('capabilities');

whoAsks.then(({ instance, auth }) => {
  title.textContent = instance.label === 'rd' ? phrase('instance') : instance.label;
  document.title = title.textContent;
  user.textContent = auth.user ?? '';
  form.hidden = !auth.user;
}, () => {});
