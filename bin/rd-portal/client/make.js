// Elements, of which every text is text.

export const make = (tag, properties, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

export const byId = (...ids) => ids.map(id => document.getElementById(id));

// In place anew only when there is something new to show, or what has the
// focus or is open would lose that.
const shown = new WeakMap();

export const fill = (list, seen, rows) => {
  const text = JSON.stringify(seen);
  if (shown.get(list) === text)
    return;
  shown.set(list, text);
  list.replaceChildren(...rows());
};
