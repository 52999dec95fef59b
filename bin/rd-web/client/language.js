// The page's words in the reader's language: data-text, data-label, data-title
// and data-placeholder of an element name the one it wants from strings.js.

import { follow, recall } from './settings.js';
import { languages, strings } from './strings.js';

const codes = Object.keys(languages);
const wants = { text: 'textContent', label: 'ariaLabel', title: 'title', placeholder: 'placeholder' };

const choose = () => {
  const wanted = [recall('lang'), ...navigator.languages].map(tag => tag.slice(0, 2));
  return wanted.find(code => codes.includes(code)) ?? codes[0];
};

let chosen;

export const phrase = (key, values = {}) =>
  strings[key][chosen].replace(/\{(\w+)\}/g, (_, name) => values[name]);

export const translate = root => {
  for (const [want, property] of Object.entries(wants))
    for (const element of root.querySelectorAll(`[data-${want}]`))
      element[property] = phrase(element.dataset[want]);
};

const use = () => {
  document.documentElement.lang = choose();
  chosen = codes.indexOf(document.documentElement.lang);
  translate(document);
};

follow('lang', use);
use();
