// The page's files, read and not run: every text in every language, and
// every module fetched at once.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { settings } from '../../bin/rd-web/client/settings.js';
import { languages, strings } from '../../bin/rd-web/client/strings.js';

const folder = new URL('../../bin/rd-web/client/', import.meta.url);
const read = name => readFileSync(new URL(name, folder), 'utf8');
const modules = readdirSync(folder).filter(name => name.endsWith('.js'));
const html = read('index.html');
const code = modules.filter(name => name !== 'strings.js').map(read).join('\n');

const groups = (text, pattern) => [...text.matchAll(pattern)].map(([, group]) => group);

test('every text is there in every language, with the same things to fill in', () => {
  const { length } = Object.keys(languages);
  for (const [key, texts] of Object.entries(strings)) {
    assert.equal(texts.length, length, key);
    assert.ok(texts.every(text => text.trim()), `${key}: one is empty`);
    const blanks = texts.map(text => `${groups(text, /\{(\w+)\}/g).sort()}`);
    assert.equal(new Set(blanks).size, 1, `${key}: ${blanks.join(' | ')}`);
  }
});

// The labels of the settings, by their names.
const valuesOf = name => Array.isArray(settings[name]) && typeof settings[name][0] === 'string'
  ? settings[name].filter(value => !languages[value]).map(value => `${name}.${value}`)
  : [];
const labels = Object.keys(settings).filter(name => name !== 'stats').flatMap(name => [name, ...valuesOf(name)]);

test('every text that is asked for is there', () => {
  const asked = [...labels, ...groups(html, /data-(?:text|label|title|placeholder)="([^"]*)"/g), ...groups(code, /phrase\('([^']*)'/g)];
  assert.ok(asked.length > 20);
  assert.deepEqual(asked.filter(key => !strings[key]), []);
});

test('every text is used', () => {
  const whole = new Set([...labels, ...labels.map(label => `${label}.help`), ...groups(html, /data-\w+="([^"]*)"/g), ...groups(code, /'([\w.]+)'/g)]);
  const beginnings = groups(code, /`([\w.]+)\$\{/g);
  const unused = Object.keys(strings).filter(key => !whole.has(key) && !beginnings.some(start => key.startsWith(start)));
  assert.deepEqual(unused, []);
});

test('the page itself says nothing in one language only', () => {
  const texts = groups(html.replace(/<(title|noscript)>.*/g, ''), />\s*([^<>\s][^<>]*)</g);
  assert.deepEqual(texts, []);
  assert.doesNotMatch(html, / (aria-label|title|placeholder)="/);
});

test('every module is asked for before another one needs it', () => {
  const named = groups(html, /(?:src|rel="modulepreload" href)="([^"]*\.js)"/g);
  const later = groups(code, /addModule\(new URL\('([^']*)'/g); // into a thread of their own
  assert.deepEqual([...named, ...later].sort(), modules.sort());
});
