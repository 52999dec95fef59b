// What this browser remembers. Storage may be forbidden: then nothing is.

export const recall = (name, otherwise) => {
  try {
    return JSON.parse(localStorage.getItem(`rd.${name}`)) ?? otherwise;
  } catch {
    return otherwise;
  }
};

export const remember = (name, value) => {
  try {
    localStorage.setItem(`rd.${name}`, JSON.stringify(value));
  } catch { /* lasts as long as the page */ }
  return value;
};
