// The session's clock, by questions and their answers: right to half a round
// trip, and forgetful, for two machines' clocks drift apart.

const KEPT = 15; // answers, of which that of the shortest round trip is believed

export const openClock = () => {
  let asked = 0;
  let answers = []; // { roundTrip, ahead }

  const best = () => answers.reduce((a, b) => b.roundTrip < a.roundTrip ? b : a, { roundTrip: Infinity, ahead: NaN });

  return {
    ask: () => asked = performance.now(),
    // What theirs showed when they answered, in ms.
    answer(theirs) {
      if (!asked || !theirs)
        return;
      const roundTrip = performance.now() - asked;
      answers = [...answers.slice(1 - KEPT), { roundTrip, ahead: theirs + roundTrip / 2 - performance.now() }];
      asked = 0;
    },
    // What to add to this clock for theirs, in ms; NaN before it is known.
    ahead: () => best().ahead,
    roundTrip: () => answers.at(-1)?.roundTrip ?? NaN,
  };
};
