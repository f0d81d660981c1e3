// How many models a detector can have: closes windows of a hundred of them on a real Kafka, with a restart in the middle.
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { startRealParts } from '../real/real-parts.js';
import { Scale, type Close } from './scale.js';

const { values } = parseArgs({
  options: {
    models: { type: 'string', default: '100' },
    detectors: { type: 'string', default: '1' },
    partitions: { type: 'string', default: '8' },
    closes: { type: 'string', default: '3' },
    numeric: { type: 'string', default: '20' },
    categorical: { type: 'string', default: '5' },
    dimensions: { type: 'string', default: '1' },
    segments: { type: 'string', default: '5' },
    'baseline-windows': { type: 'string', default: '512' },
  },
});
const options = {
  models: Number(values.models),
  detectors: Number(values.detectors),
  partitions: Number(values.partitions),
  closes: Number(values.closes),
  shape: {
    numeric: Number(values.numeric),
    categorical: Number(values.categorical),
    dimensions: Number(values.dimensions),
    segments: Number(values.segments),
    baselineWindows: Number(values['baseline-windows']),
  },
};
const { models, detectors, partitions, closes, shape } = options;
console.log(
  `${models} models of ${shape.numeric + shape.categorical} columns and ${shape.dimensions} × ${shape.segments} segments, baselines of ` +
    `${shape.baselineWindows} windows, on ${detectors} detectors and ${partitions} partitions`,
);
console.log(
  `${availableParallelism()} processors; ${loadavg()[0].toFixed(1)} programs ran on average in the last minute`,
);

const parts = await startRealParts();
const scale = await Scale.open(parts, options);
try {
  const all: Close[] = [];
  const close = async (name: string): Promise<void> => {
    const each = await scale.close(name);
    all.push(each);
    console.log(
      `${name.padEnd(36)} ${each.seconds.toFixed(1).padStart(7)} s, ${each.cpuSeconds.toFixed(1).padStart(7)} s of processor time, longest block ` +
        `${Math.round(each.longestBlock)} ms (its own ${Math.round(each.longestOwnBlock)} ms), takeovers ${each.takeovers}, judged ${each.judged} of ${models}; state: ` +
        `largest record ${kilobytes(each.largestState)}, of a commit ${kilobytes(each.mostState)}`,
    );
  };
  await close('the first, which fits the nulls');
  for (let at = 1; at < closes; at++) await close('a later one');
  console.log(
    `restart within the process: ${(await scale.restart('in-process')).toFixed(1)} s until all is taken over`,
  );
  for (let at = 0; at < closes; at++) await close(at === 0 ? 'the first after it' : 'a later one');
  console.log(`restart in a new process: ${(await scale.restart('new-process')).toFixed(1)} s until all is taken over`);
  for (let at = 0; at < 2; at++) await close(at === 0 ? 'the first after it' : 'a later one');
  const later = all.filter(({ name }) => name === 'a later one');
  const usual = later.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0) / later.length;
  const ratio = ({ cpuSeconds }: Close): string => (cpuSeconds / usual).toFixed(1);
  console.log(
    `processor time against a later one: the first ${ratio(all[0])}, after a restart within the process ${ratio(all[closes])}, in a new process ` +
      `${ratio(all[2 * closes])}`,
  );
  console.log(
    `takeovers after the start, restarts apart: ${all.reduce((sum, { takeovers }) => sum + takeovers, 0)}; longest block ` +
      `${Math.round(Math.max(...all.map(({ longestBlock }) => longestBlock)))} ms, without waiting for a processor ` +
      `${Math.round(Math.max(...all.map(({ longestOwnBlock }) => longestOwnBlock)))} ms`,
  );
} finally {
  await scale.stop();
  await parts.release();
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1000)} kB`;
}
