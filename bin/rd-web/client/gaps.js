// When the picture stood still though there was something new to show. How long
// the session itself had nothing it says; a gap that much longer was a freeze.

const FREEZE_MS = 150;

export const openGaps = () => {
  let last = NaN;     // when a frame was shown
  let longest = 0;    // gap since the last answer
  let rests = [0, 0]; // the session's longest, of the last two answers: a gap may end before or after it is told
  let said = { freezes: 0, frozen: 0 };

  const counts = {
    freezes: 0,
    frozen: 0, // ms
    add(shown) {
      longest = Math.max(longest, shown - last || 0);
      last = shown;
    },
    // Nothing is shown in a hidden window.
    pause: () => last = NaN,
    excuse(rest) {
      if (!(rest >= 0))
        return;
      rests = [rests[1], rest];
      const excess = longest - Math.max(...rests);
      longest = 0;
      if (excess < FREEZE_MS)
        return;
      counts.freezes++;
      counts.frozen += excess;
    },
    // What came since this was called last, for the session.
    told() {
      const words = [counts.freezes - said.freezes, Math.round(counts.frozen - said.frozen)];
      said = { freezes: counts.freezes, frozen: counts.frozen };
      return words.join(' ');
    },
  };
  return counts;
};
