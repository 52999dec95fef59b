// What can be set: by hand, by the fragment of the URL (#mode=sharp&stats=on),
// which no server sees, and by what this browser remembers. Storage may be
// forbidden: then nothing is.

// The values each may have, the first without any word; or a range, or how
// many characters, and what it is without any word.
export const settings = {
  dense: [true, false],
  half: [false, true],
  lang: ['auto', 'en', 'de', 'zh'],
  mode: ['auto', 'sharp', 'smooth'],
  name: { most: 20, otherwise: '' },
  size: ['window', 'session', '1280x720', '1920x1080', '2560x1440', '3840x2160'],
  sound: [true, false],
  speaker: { most: 100, otherwise: '' },
  transport: ['auto', 'webrtc', 'websocket', 'vnc'],
  stats: [false, true],
  theme: ['auto', 'light', 'dark'],
  touch: ['direct', 'trackpad'],
  volume: { min: 0, max: 100, otherwise: 100 },
};

const words = { true: 'on', false: 'off' };
const followers = {};
const made = {}; // by hand, since the page was loaded

const isFit = (name, value) => {
  const { min, max, most } = settings[name];
  if (most)
    return typeof value === 'string' && value.length <= most;
  return settings[name].includes?.(value) ?? (typeof value === 'number' && value >= min && value <= max);
};

const fromWord = (name, word) => {
  if (settings[name].most)
    return word;
  return Array.isArray(settings[name])
    ? settings[name].find(value => `${words[value] ?? value}` === word)
    : Number.parseFloat(word);
};

const fragment = () => new URLSearchParams(location.hash.slice(1));

const stored = name => {
  try {
    return JSON.parse(localStorage.getItem(`rd.${name}`));
  } catch {
    return null;
  }
};

export const recall = name => {
  const { otherwise = settings[name][0] } = settings[name];
  return [made[name], fromWord(name, fragment().get(name)), stored(name), otherwise].find(value => isFit(name, value));
};

// A choice made by hand counts from here on, also when this URL is loaded again.
export const remember = (name, value) => {
  const others = fragment();
  if (others.has(name)) {
    others.delete(name);
    history.replaceState(null, '', `#${others}`);
  }
  made[name] = value;
  try {
    localStorage.setItem(`rd.${name}`, JSON.stringify(value));
  } catch { /* lasts as long as the page */ }
  followers[name]?.forEach(follower => follower(value));
  return value;
};

// Be told when name changes.
export const follow = (name, follower) => (followers[name] ??= []).push(follower);
