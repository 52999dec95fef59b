// The bar's panels: a button opens and closes each, one at a time; with
// Escape, its cross or its button the keys go to the session again.

import { focus } from './keyboard.js';
import { phrase } from './language.js';

let closeOther = () => {};

const headOf = (panel, close) => {
  const [head, title, cross] = ['header', 'h2', 'button'].map(tag => document.createElement(tag));
  for (const [element, want, key] of [[title, 'text', panel.dataset.label], [cross, 'label', 'close']])
    element.dataset[want] = key;
  title.textContent = phrase(panel.dataset.label);
  Object.assign(cross, { type: 'button', className: 'close', ariaLabel: phrase('close'), onclick: close });
  head.append(title, cross);
  return head;
};

// onopen puts the focus where it is wanted.
export const addPanel = (button, panel, onopen) => {
  const show = shown => {
    if (panel.hidden === !shown)
      return;
    if (shown)
      closeOther();
    closeOther = shown ? close : () => {};
    panel.hidden = !shown;
    button.setAttribute('aria-expanded', shown);
    if (shown)
      onopen();
    else
      focus();
  };
  const close = () => show(false);

  panel.prepend(headOf(panel, close));
  panel.addEventListener('keydown', ({ key }) => key === 'Escape' && close());
  button.onclick = () => show(panel.hidden);
  return { close };
};
