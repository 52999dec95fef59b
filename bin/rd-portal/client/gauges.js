// How busy the instance is, one gauge each.

import { phrase } from './language.js';
import { byId, fill, make } from './make.js';
import { attempt, repeat } from './server.js';

const PERIOD_MS = 5000;
const [place] = byId('gauges');

const size = bytes => {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const number = bytes / 1024 ** power;
  return `${number.toLocaleString(undefined, { maximumFractionDigits: number < 10 ? 1 : 0 })} ${units[power]}`;
};

const levelOf = percent => percent >= 90 ? 'bad' : percent >= 80 ? 'wait' : 'good';

const share = (name, { used, total, percent }) =>
  ({ name, percent, text: phrase('of', { used: size(used), total: size(total) }) });

const gaugesOf = ({ cpu, ram, disk, volume, gpu }) => {
  const count = cpu.count.toLocaleString(undefined, { maximumFractionDigits: 1 });
  const gauges = [
    { name: 'cpu', percent: cpu.percent, text: phrase('cores', { count }) },
    share('ram', ram),
    share('disk', disk),
  ];
  if (volume)
    gauges.push(share('volume', volume));
  if (gpu.count)
    gauges.push({ name: 'gpu', percent: gpu.avg_load_percent, text: `${gpu.count} ×` });
  if (gpu.memory_total)
    gauges.push(share('gpuMemory', {
      used: gpu.memory_used * 2 ** 20, total: gpu.memory_total * 2 ** 20, percent: gpu.memory_percent }));
  return gauges.map(gauge => ({ ...gauge, percent: Math.round(gauge.percent) }));
};

const gaugeOf = ({ name, percent, text }) => {
  const bar = make('progress', { max: 100, value: percent, ariaLabel: phrase(name) });
  bar.dataset.level = levelOf(percent);
  return make('div', {}, make('b', { textContent: phrase(name) }), make('span', { textContent: `${percent} %` }),
    bar, make('small', { textContent: text }));
};

const update = async () => {
  const metrics = await attempt('system-metrics');
  if (!metrics)
    return;
  const gauges = gaugesOf(metrics);
  fill(place, gauges, () => gauges.map(gaugeOf));
};

repeat(update, PERIOD_MS);
