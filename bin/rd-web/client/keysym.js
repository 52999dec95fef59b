// KeyboardEvent to X keysym, by what the local layout says is typed: no
// layout is guessed, none has to be the same on both sides.

const same = `Escape Tab Delete Insert Home End Pause Clear Select Execute Undo Redo Find Help Hiragana
  Katakana Zenkaku Hankaku Romaji`.split(/\s+/).map(name => [name, name]);

const named = new Map([...same, ...Object.entries({
  Backspace: 'BackSpace', Enter: 'Return', PageUp: 'Prior', PageDown: 'Next',
  ArrowLeft: 'Left', ArrowUp: 'Up', ArrowRight: 'Right', ArrowDown: 'Down',
  ScrollLock: 'Scroll_Lock', PrintScreen: 'Print', ContextMenu: 'Menu', Cancel: 'Break', Again: 'Redo',
  Convert: 'Henkan_Mode', NonConvert: 'Muhenkan', KanjiMode: 'Kanji', KanaMode: 'Hiragana_Katakana',
  HangulMode: 'Hangul', HanjaMode: 'Hangul_Hanja', Eisu: 'Eisu_toggle', ZenkakuHankaku: 'Zenkaku_Hankaku',
  Cut: 'XF86Cut', Copy: 'XF86Copy', Paste: 'XF86Paste', Open: 'XF86Open', Save: 'XF86Save', Close: 'XF86Close',
  AudioVolumeMute: 'XF86AudioMute', AudioVolumeDown: 'XF86AudioLowerVolume', AudioVolumeUp: 'XF86AudioRaiseVolume',
  MicrophoneVolumeMute: 'XF86AudioMicMute', MediaPlayPause: 'XF86AudioPlay', MediaPlay: 'XF86AudioPlay',
  MediaPause: 'XF86AudioPause', MediaStop: 'XF86AudioStop', MediaRecord: 'XF86AudioRecord',
  MediaTrackNext: 'XF86AudioNext', MediaTrackPrevious: 'XF86AudioPrev', MediaRewind: 'XF86AudioRewind',
  MediaFastForward: 'XF86AudioForward', Eject: 'XF86Eject', BrightnessUp: 'XF86MonBrightnessUp',
  BrightnessDown: 'XF86MonBrightnessDown', BrowserBack: 'XF86Back', BrowserForward: 'XF86Forward',
  BrowserRefresh: 'XF86Refresh', BrowserStop: 'XF86Stop', BrowserSearch: 'XF86Search',
  BrowserFavorites: 'XF86Favorites', BrowserHome: 'XF86HomePage', LaunchMail: 'XF86Mail',
  LaunchApplication1: 'XF86MyComputer', LaunchApplication2: 'XF86Calculator', LaunchMediaPlayer: 'XF86AudioMedia',
  Sleep: 'XF86Sleep', WakeUp: 'XF86WakeUp', Power: 'XF86PowerOff',
})]);

const keypad = new Map(Object.entries({
  '+': 'KP_Add', '-': 'KP_Subtract', '*': 'KP_Multiply', '/': 'KP_Divide', '=': 'KP_Equal',
  '.': 'KP_Decimal', ',': 'KP_Separator', Enter: 'KP_Enter', Clear: 'KP_Begin', Home: 'KP_Home', End: 'KP_End',
  PageUp: 'KP_Prior', PageDown: 'KP_Next', Insert: 'KP_Insert', Delete: 'KP_Delete',
  ArrowLeft: 'KP_Left', ArrowUp: 'KP_Up', ArrowRight: 'KP_Right', ArrowDown: 'KP_Down',
}));

const modifiers = { Shift: 'Shift', Control: 'Control', Alt: 'Alt', Meta: 'Super', OS: 'Super', Hyper: 'Hyper' };

// Latin-1 is its own keysym; all else of Unicode has 0x1000000 added.
const ofChar = char => {
  const point = char.codePointAt(0);
  return /[0-9A-Za-z]/.test(char) ? char : `0x${(point < 0x100 ? point : point + 0x1000000).toString(16)}`;
};

export const isCharacter = key => [...key].length === 1;

// In a shortcut the key of a layout without Latin letters means the Latin
// letter in its place: Control and Cyrillic em is Control-V everywhere else.
const shortcutLetter = ({ key, code, ctrlKey, altKey, metaKey, shiftKey }) => {
  const letter = /^Key([A-Z])$/.exec(code)?.[1];
  if (!letter || !(ctrlKey || altKey || metaKey) || key.codePointAt(0) < 0x250)
    return key;
  return shiftKey ? letter : letter.toLowerCase();
};

// The keysym of event as rd-events(5) writes it, or undefined: a key that has
// none, or whose effect is all in the characters it chooses (AltGr, locks).
export const keysym = (event, mac) => {
  const { key, code, location } = event;
  if (location === KeyboardEvent.DOM_KEY_LOCATION_NUMPAD)
    return /^[0-9]$/.test(key) ? `KP_${key}` : keypad.get(key) ?? named.get(key);
  if (isCharacter(key))
    return ofChar(shortcutLetter(event));
  if (/^F([1-9]|[12][0-9]|3[0-5])$/.test(key))
    return key;
  // X says Meta for Alt with Shift; on a Mac the shortcut key is Command.
  const name = key === 'Meta' && code.startsWith('Alt') ? 'Alt' : key === 'Meta' && mac ? 'Control' : key;
  if (modifiers[name])
    return modifiers[name] + (location === KeyboardEvent.DOM_KEY_LOCATION_RIGHT ? '_R' : '_L');
  return named.get(name);
};
