// Results as one Markdown table: a row per load and figure.

export function quantile(values, q) {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

const median = (key) => (runs) => quantile(runs.map((run) => run[key]), 0.5);
// Of all rounds together.
const pooled = (key, q) => (runs) => quantile(runs.flatMap((run) => run[key] ?? []), q);

const FIGURES = [
  ['sender CPU, % of a core', median('sender_cpu')],
  ['sender CPU per frame, ms', median('frame_ms')],
  ['sender wake-ups/s', median('wakeups')],
  ['X server CPU beyond the load\'s own', median('x_cpu')],
  ['video packets/s', median('packets')],
  ['kbit/s', median('kbits')],
  ['frames decoded/s', median('fps')],
  ['decode, ms', median('decode_ms')],
  ['jitter buffer, ms', median('jitter_ms')],
  ['change to decoded p50, ms', pooled('decoded_ms', 0.5)],
  ['change to decoded p95, ms', pooled('decoded_ms', 0.95)],
  ['change to presented p50, ms', pooled('presented_ms', 0.5)],
  ['change to presented p95, ms', pooled('presented_ms', 0.95)],
  ['of it change to captured p50', pooled('captured_ms', 0.5)],
  ['of it captured to encoded p50', pooled('encoded_ms', 0.5)],
  ['of it encoded to decoded p50', pooled('sent_ms', 0.5)],
  ['changes never decoded', median('missed')],
  ['change to packet p50, ms', pooled('packet_ms', 0.5)],
  ['change to packet p95, ms', pooled('packet_ms', 0.95)],
];

const OVERALL = [
  ['asked to first decoded frame, ms', median('first_ms')],
  ['clock uncertainty, ms', median('clock_ms')],
  ['load average', median('load_average')],
];

function number(value) {
  if (!Number.isFinite(value))
    return '-';
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

/** A row for each figure of a load, of which bySystem has the runs. */
export function rows(label, figures, bySystem) {
  return figures.map(([name, figure]) => [name, bySystem.map(figure)])
    .filter(([, values]) => values.some(Number.isFinite))
    .map(([name, values]) => {
      const ratio = values.length > 1 ? [values[0] / values[1]] : [];
      return `| ${label} | ${name} | ${[...values, ...ratio].map(number).join(' | ')} |`;
    });
}

// One more figure for each program that a sender consists of.
function programs(runs) {
  const names = new Set(runs.flatMap(({ cpu }) => Object.keys(cpu)));
  return [...names].map((name) => [`- ${name}`, (some) => quantile(some.map(({ cpu }) => cpu[name]), 0.5)]);
}

export function head(what, systems) {
  const names = [what, 'figure', ...systems, ...systems.length > 1 ? ['ratio'] : []];
  return [`| ${names.join(' | ')} |`, `|${'---|'.repeat(names.length)}`];
}

export function table(results, systems) {
  const lines = head('load', systems);
  const bySystem = (runs) => systems.map((name) => runs.filter(({ system }) => system === name));
  for (const load of new Set(results.map((run) => run.load))) {
    const runs = results.filter((run) => run.load === load);
    const [sender, ...others] = FIGURES;
    lines.push(...rows(load, [sender, ...programs(runs), ...others], bySystem(runs)));
  }
  lines.push(...rows('all', OVERALL, bySystem(results)));
  return lines.join('\n');
}
