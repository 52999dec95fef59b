// One file to the session at a time, over plain HTTP: in parts, gone on with
// after a cut. A part is as large as the link carries in QUEUE_MS, and the next
// one waits for its answer, so that what else goes this way, and the picture's
// acknowledgements with it, never waits longer than that.

const QUEUE_MS = 20;
const [LEAST, MOST] = [4096, 1 << 23]; // bytes of a part
const PROBE_MS = 2000;    // how often the empty link is measured
const PROBES = 9;         // of which the middle one counts
const [AGAIN_MS, LATEST_MS] = [500, 8000];
const FOR_NOW = [408, 429, 500, 502, 503, 504]; // the session may just be starting again
const PATIENCE = 20;      // tries in a row

const pace = { probes: [], probed: 0, size: 4 * LEAST };

const learn = (bytes, ms) => {
  const idle = pace.probes.toSorted((a, b) => a - b)[pace.probes.length >> 1];
  const rate = bytes / Math.max(ms - idle, 1);
  const wanted = Math.min(Math.max(rate * QUEUE_MS, pace.size / 2), pace.size * 2);
  pace.size = Math.round(Math.min(Math.max(wanted, LEAST), MOST));
};

// Why it was not taken, in the server's words.
export class Refused extends Error {
  constructor(status, text) {
    super(text.trim());
    this.status = status;
  }
}

export const addressOf = path => `files/${path.split('/').map(encodeURIComponent).join('/')}`;

const idOf = ({ size, lastModified }) => `${size}-${lastModified}`;

const wait = (ms, signal) => new Promise((resolve, reject) => {
  const timer = setTimeout(resolve, ms);
  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    reject(signal.reason);
  }, { once: true });
});

// Put body at the place that range says; how many bytes are there then.
const request = async ({ file, path, signal, replace }, range, body) => {
  const response = await fetch(addressOf(path), {
    method: 'PUT',
    headers: { 'upload-id': idOf(file), ...range && { 'content-range': range }, ...replace && { 'if-match': '*' } },
    body, signal,
  });
  const offset = Number(response.headers.get('upload-offset'));
  if (response.ok || (response.status === 409 && offset))
    return { done: response.status === 201, offset };
  throw new Refused(response.status, await response.text());
};

// How much is there; asked of an idle link, and so how quick it can be.
const ask = async upload => {
  const began = performance.now();
  const { offset } = await request(upload, `bytes */${upload.file.size}`, '');
  pace.probes = [...pace.probes, performance.now() - began].slice(-PROBES);
  pace.probed = performance.now();
  return offset;
};

const sendPart = async (upload, offset) => {
  const { size } = upload.file;
  const part = upload.file.slice(offset, offset + pace.size);
  const began = performance.now();
  const result = await request(upload, `bytes ${offset}-${offset + part.size - 1}/${size}`, part);
  learn(part.size, performance.now() - began);
  return result;
};

// Its last part may have arrived though the answer did not.
const isThere = async ({ file, path, signal }) => {
  const response = await fetch(addressOf(path), { method: 'HEAD', signal });
  return response.ok && Number(response.headers.get('content-length')) === file.size;
};

const sendAll = async (upload, state) => {
  if (upload.file.size === 0)
    return request(upload, '', '');
  let offset = await ask(upload);
  for (let done = false; !done;) {
    state.ending = offset + pace.size >= upload.file.size;
    ({ done, offset } = await sendPart(upload, offset));
    state.tries = 0;
    upload.onprogress(offset);
    if (!done && performance.now() - pace.probed > PROBE_MS)
      offset = await ask(upload);
  }
};

// upload: { file, path, signal, replace, onprogress(bytes), onwait() }. Ends when
// the file is there whole, or with a Refused or the signal's reason.
export const put = async upload => {
  const state = { tries: 0, ending: false };
  for (;;) {
    try {
      return await sendAll(upload, state);
    } catch (error) {
      upload.signal.throwIfAborted();
      if (error.status === 412 && state.ending && await isThere(upload))
        return null;
      if ((error.status && !FOR_NOW.includes(error.status)) || ++state.tries > PATIENCE)
        throw error;
      upload.onwait();
      await wait(Math.min(AGAIN_MS * 2 ** (state.tries - 1), LATEST_MS), upload.signal);
    }
  }
};

// Forget what is there of it.
export const forget = ({ file, path }) => fetch(addressOf(path), { method: 'DELETE', headers: { 'upload-id': idOf(file) } })
  .catch(() => {}); // goes on where it was when tried again
