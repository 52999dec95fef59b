// What is drawn, and how long it took to be seen.
import { ready, start } from './proc.mjs';
import { split } from './stages.mjs';

export const LOADS = { // operands of workload
  idle: ['idle'],
  typing: ['typing'],
  scroll: ['scroll'],
  video: ['video'],
  full: ['full'],
  flash: ['flash'],
  flashvideo: ['-l', 'video', 'flash'],
};

/** Start a load; its toggles, [counter, ms], are added as they come. */
export async function loadStart(load, { display, round }) {
  const toggles = [];
  const child = start(process.env.WORKLOAD,
    ['-R3', '-d', display.name, '-s', `${round + 1}`, ...LOADS[load]], (line) => {
      const [counter, us] = line.split(' ');
      toggles.push([+counter, us / 1000]);
    });
  await ready(child);
  return { child, toggles };
}

/** How long after each toggle it was seen, in ms; a missed one has no time. */
export function latencies(toggles, seen, offset, frames) {
  const moments = new Map(seen.map(({ counter, ...at }) => [counter, at]));
  const since = (moment) => toggles.map(([counter, time]) =>
    moments.get(counter)?.[moment] + offset - time);
  const decoded = since('decoded');
  return {
    decoded_ms: decoded.filter(Number.isFinite),
    presented_ms: since('presented').filter(Number.isFinite),
    missed: toggles.length ? decoded.filter((ms) => !Number.isFinite(ms)).length : NaN,
    ...frames && split(frames, toggles, decoded),
  };
}
