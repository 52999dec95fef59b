// Which of this computer's speakers plays the session's sound, where the
// browser lets pages choose. Most name them once the microphone was allowed.
// The one chosen is used again whenever it is there and the browser allows it.

import { phrase } from './language.js';
import { recall, remember } from './settings.js';
import { tell } from './state.js';

const audio = document.querySelector('audio');

const choose = async id => {
  try {
    await audio.setSinkId(id);
    remember('speaker', id);
  } catch (error) {
    tell(phrase('noSpeaker', { error: error.message }));
  }
};

const list = async select => {
  const devices = (await navigator.mediaDevices.enumerateDevices())
    .filter(({ kind, deviceId, label }) => kind === 'audiooutput' && label && deviceId !== 'default');
  const options = devices.map(({ deviceId, label }) => new Option(label, deviceId));
  const usual = new Option(phrase('speaker.usual'), '');
  usual.dataset.text = 'speaker.usual';
  select.replaceChildren(usual, ...options);
  select.value = audio.sinkId;
};

export const init = () => {
  if (!audio.setSinkId || !navigator.mediaDevices)
    return;
  const [row, name, select] = ['label', 'span', 'select'].map(tag => document.createElement(tag));
  name.dataset.text = 'speaker';
  name.textContent = phrase('speaker');
  row.className = 'row';
  row.append(name, select);
  document.getElementById('expert').append(row);
  const update = async () => {
    if (audio.sinkId !== recall('speaker'))
      await audio.setSinkId(recall('speaker')).catch(() => {});
    await list(select);
  };
  update();
  navigator.mediaDevices.addEventListener('devicechange', update);
  document.getElementById('prefs').addEventListener('click', update);
  select.onchange = async () => {
    await choose(select.value);
    select.value = audio.sinkId;
  };
};
