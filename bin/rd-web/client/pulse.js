// Whether the other side of a link is still there, which a link that hangs does
// not tell: what is said is answered within GONE_MS, and at rest something comes
// within REST_MS.

const GONE_MS = 3500;
const REST_MS = 12000;
const SPARE_MS = 500; // for what came while this page stood still

// So often it wants to hear something while what it sends arrives.
export const PATIENCE_MS = 1000;

export const openPulse = onlost => {
  let heard = performance.now();
  let said = Infinity; // since something was heard
  let timer = 0;
  let late = false;

  const left = () => Math.min(heard + REST_MS, said + GONE_MS) - performance.now();

  const check = () => {
    if (left() <= 0 && late)
      return onlost();
    late = left() <= 0;
    timer = setTimeout(check, late ? SPARE_MS : left());
  };
  check();

  return {
    say() {
      if (said < Infinity)
        return;
      said = performance.now();
      clearTimeout(timer);
      check();
    },
    hear() {
      heard = performance.now();
      said = Infinity;
    },
    close: () => clearTimeout(timer),
  };
};
