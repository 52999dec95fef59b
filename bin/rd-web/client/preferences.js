// The settings' panel, made of what settings.js knows. What everybody may want
// stands plainly, what has a button of its own is not here, and all the rest
// is behind the fold.

import { phrase } from './language.js';
import { addPanel } from './panel.js';
import { follow, recall, remember, settings } from './settings.js';
import { languages, strings } from './strings.js';

const TOUCH = matchMedia('(any-pointer: coarse)').matches ? ['touch'] : [];
const PLAIN = ['mode', 'size', ...TOUCH, 'volume', 'theme', 'lang'];
const ELSEWHERE = ['name', 'sound', 'speaker', 'stats'];

const make = (tag, properties, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

const say = (tag, key) => {
  const element = make(tag, { textContent: phrase(key) });
  element.dataset.text = key;
  return element;
};

const help = key => strings[`${key}.help`] ? [say('small', `${key}.help`)] : [];

const option = (tag, name, value) => name === 'lang' && languages[value]
  ? make(tag, { textContent: languages[value], lang: value })
  : say(tag, `${name}.${value}`);

const row = (name, control) => make('label', { className: 'row' }, make('span', {}, say('span', name), ...help(name)), control);

const check = name => {
  const box = make('input', { type: 'checkbox', onchange: () => remember(name, box.checked) });
  return [row(name, box), value => box.checked = value];
};

const slider = (name, { min, max }) => {
  const range = make('input', { type: 'range', min, max, oninput: () => remember(name, range.valueAsNumber) });
  return [row(name, range), value => range.value = value];
};

const list = (name, values) => {
  const select = make('select', { onchange: () => remember(name, values[select.selectedIndex]) },
    ...values.map(value => option('option', name, value)));
  return [row(name, select), value => select.selectedIndex = values.indexOf(value)];
};

// One of few, each with what it means.
const choice = (name, values) => {
  const radios = values.map(value => make('input', { type: 'radio', name, value, onchange: () => remember(name, value) }));
  const labels = values.map((value, i) => make('label', {}, radios[i], make('span', {}, option('b', name, value), ...help(`${name}.${value}`))));
  return [make('fieldset', { className: 'choice' }, say('legend', name), make('div', {}, ...labels)),
    value => radios[values.indexOf(value)].checked = true];
};

const kindOf = (name, values) => {
  if (!Array.isArray(values))
    return slider;
  if (typeof values[0] === 'boolean')
    return check;
  return strings[`${name}.${values[0]}.help`] ? choice : list;
};

const controlOf = name => {
  const values = settings[name];
  const [control, update] = kindOf(name, values)(name, values);
  follow(name, update);
  update(recall(name));
  return control;
};

const dress = theme => document.documentElement.dataset.theme = theme;

follow('theme', dress);
dress(recall('theme'));

export const init = () => {
  const [button, panel, plain, expert] = ['prefs', 'preferences', 'plain', 'expert'].map(id => document.getElementById(id));
  const rest = Object.keys(settings).filter(name => ![...PLAIN, ...ELSEWHERE].includes(name));
  plain.append(...PLAIN.map(controlOf));
  expert.append(...rest.map(controlOf));
  addPanel(button, panel, () => plain.querySelector('input:checked').focus());
};
