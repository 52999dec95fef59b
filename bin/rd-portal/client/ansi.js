// A line with the colours of terminals (ECMA-48 SGR) as spans.

import { make } from './make.js';

const levels = [0, 95, 135, 175, 215, 255];

// Of the 256 colours those above the 16 that the style sheet has.
const colour = n => {
  if (n >= 232)
    return Array(3).fill(8 + (n - 232) * 10);
  return [36, 6, 1].map(step => levels[Math.floor((n - 16) / step) % 6]);
};

// The parameters that belong to 38 or 48 are taken away from the list.
const extended = codes => {
  const kind = codes.shift();
  if (kind === 2)
    return codes.splice(0, 3);
  const n = kind === 5 ? codes.shift() : undefined;
  return n === undefined ? null : n < 16 ? n : colour(n);
};

const simple = {
  0: () => ({}),
  1: look => ({ ...look, bold: true }),
  2: look => ({ ...look, faint: true }),
  3: look => ({ ...look, italic: true }),
  4: look => ({ ...look, underline: true }),
  22: look => ({ ...look, bold: false, faint: false }),
  23: look => ({ ...look, italic: false }),
  24: look => ({ ...look, underline: false }),
};

const apply = (look, codes) => {
  while (codes.length) {
    const code = codes.shift();
    const tens = Math.floor(code / 10);
    if (simple[code])
      look = simple[code](look);
    else if (code === 38 || code === 48)
      look = { ...look, [code === 38 ? 'ink' : 'back']: extended(codes) };
    else if (code === 39 || code === 49)
      look = { ...look, [code === 39 ? 'ink' : 'back']: null };
    else if ([3, 4].includes(tens))
      look = { ...look, [tens === 3 ? 'ink' : 'back']: code % 10 };
    else if ([9, 10].includes(tens))
      look = { ...look, [tens === 9 ? 'ink' : 'back']: code % 10 + 8 };
  }
  return look;
};

const paint = (span, key, value) => {
  if (typeof value === 'number')
    span.dataset[key] = value;
  else if (value)
    span.style[key === 'ink' ? 'color' : 'backgroundColor'] = `rgb(${value.join(' ')})`;
};

const spanOf = (text, look) => {
  const span = make('span', { textContent: text });
  for (const name of ['bold', 'faint', 'italic', 'underline'])
    span.classList.toggle(name, !!look[name]);
  paint(span, 'ink', look.ink);
  paint(span, 'back', look.back);
  return span;
};

export const plain = line => line.replace(/\x1b\[[0-9;:]*m/g, '');

export const spansOf = line => {
  const spans = [];
  let look = {};
  for (const [i, part] of line.split(/\x1b\[([0-9;:]*)m/).entries())
    if (i % 2)
      look = apply(look, part.split(/[;:]/).map(Number));
    else if (part)
      spans.push(spanOf(part, look));
  return spans;
};
