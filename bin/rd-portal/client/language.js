// The page's words in the reader's language: data-text, data-label and
// data-placeholder of an element name the one it wants from strings.js.

import { languages, strings } from './strings.js';

const wants = { text: 'textContent', label: 'ariaLabel', placeholder: 'placeholder' };

const language = navigator.languages.map(tag => tag.slice(0, 2)).find(code => languages.includes(code)) ?? languages[0];

export const phrase = (key, values = {}) =>
  strings[key][languages.indexOf(language)].replace(/\{(\w+)\}/g, (_, name) => values[name]);

document.documentElement.lang = language;
for (const [want, property] of Object.entries(wants))
  for (const element of document.querySelectorAll(`[data-${want}]`))
    element[property] = phrase(element.dataset[want]);
