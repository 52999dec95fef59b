// A copy, { text, html, png }, as rd-events(5) has it: all its forms in one
// clipboard event, in pieces that every link carries. The first has the line,
// the others say how many bytes came before: "more OFFSET".

const PIECE = 65536;
export const FORMS = [['text/plain', 'text'], ['text/html', 'html'], ['image/png', 'png']];

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const join = parts => {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

const bytesOf = value => typeof value === 'string' ? encoder.encode(value) : value;

export const sizeOf = copy => FORMS.reduce((sum, [, name]) => sum + bytesOf(copy[name] ?? '').length, 0);

// The messages that say it.
export const pack = copy => {
  const forms = FORMS.filter(([, name]) => copy[name]).map(([mime, name]) => [mime, bytesOf(copy[name])]);
  const line = `clipboard ${forms.map(([mime, { length }]) => `${mime} ${length}`).join(' ')}\n`;
  const whole = join([encoder.encode(line), ...forms.map(([, bytes]) => bytes)]);
  const pieces = [whole.subarray(0, PIECE)];
  for (let at = PIECE; at < whole.length; at += PIECE)
    pieces.push(join([encoder.encode(`more ${at}\n`), whole.subarray(at, at + PIECE)]));
  return pieces;
};

const unpack = ({ words, parts }) => {
  const bytes = join(parts);
  const copy = {};
  let at = 0;
  for (let i = 0; i < words.length; i += 2) {
    const [, name] = FORMS.find(([mime]) => mime === words[i]) ?? [];
    const form = bytes.subarray(at, at += Number(words[i + 1]));
    if (name)
      copy[name] = name === 'png' ? form : decoder.decode(form);
  }
  return copy;
};

// Puts pieces together: the function returned takes messages (words of their
// line, their bytes and where the rest begins) and gives a copy once it is whole.
export const collector = () => {
  let pending = null; // { words, parts, have, size, line }

  return (verb, words, bytes, body) => {
    if (verb === 'clipboard') {
      const size = words.reduce((sum, word, i) => i % 2 ? sum + Number(word) : sum, 0);
      pending = { words, parts: [], have: 0, size, line: body };
    } else if (!pending || Number(words[0]) !== pending.line + pending.have) {
      pending = null;
      return null;
    }
    pending.parts.push(bytes.subarray(body));
    pending.have += bytes.length - body;
    if (pending.have < pending.size)
      return null;
    const copy = unpack(pending);
    pending = null;
    return copy;
  };
};

// What tells copies apart: browsers rewrite HTML and encode pictures anew, so
// text counts, else pixels.
export const identify = async ({ text, html, png }) => {
  if (text || !png)
    return text || html || '';
  const bitmap = await createImageBitmap(new Blob([png], { type: 'image/png' }));
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const pixels = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
  const hash = pixels.reduce((sum, pixel) => Math.imul(sum ^ pixel, 0x01000193), 0);
  return `${width}x${height} ${hash}`;
};
