import { TDigest as NpmDigest } from 'tdigest';
import {
  binNumbers,
  CategoryCounts,
  ColumnSketch,
  countBinned,
  deriveNumericLayout,
  HyperLogLog,
  Moments,
  TDigest,
} from '@tidemark/sketches';

const VALUES = 200_000;
const BATCH = 500;
const ROUNDS = 7;
/** Reference for the ratios. */
const NPM = 'npm tdigest';

/** A seeded normal column (Box and Muller 1958, over xorshift). */
function normalColumn(): Float64Array {
  let state = 0x2545f491;
  const uniform = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 0.5) / 2 ** 32;
  };
  return Float64Array.from(
    { length: VALUES },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

/** Each returns something that depends on every value, so that nothing can be left out. */
function subjects(values: Float64Array): Readonly<Record<string, () => number>> {
  const batches = Array.from({ length: VALUES / BATCH }, (_, i) => values.slice(i * BATCH, (i + 1) * BATCH));
  const reference = new TDigest();
  reference.addAll(values);
  const layout = deriveNumericLayout(reference);
  const names = Array.from({ length: 20 }, (_, i) => `category-${i}`);
  return {
    moments: () => {
      const moments = new Moments();
      for (const batch of batches) moments.addAll(batch);
      return moments.m2;
    },
    'bins (10)': () => {
      const bins = new Float64Array(layout.edges.length + 1);
      const binned = new Int32Array(BATCH);
      for (const batch of batches) {
        binNumbers(layout, batch, BATCH, binned);
        countBinned(layout, bins, batch, binned, BATCH);
      }
      return bins[3];
    },
    digest: () => {
      const digest = new TDigest();
      for (const batch of batches) digest.addAll(batch);
      return digest.quantile(0.5);
    },
    distinct: () => {
      const distinct = new HyperLogLog();
      for (const batch of batches) distinct.addNumbers(batch);
      return distinct.estimate();
    },
    'categories, one by one': () => {
      const counts = new CategoryCounts();
      for (let i = 0; i < VALUES; i++) counts.add(names[i % names.length]);
      return counts.total;
    },
    'whole numeric column': () => {
      const column = ColumnSketch.empty('x', 'numeric', layout);
      for (const batch of batches) column.addNumbers(batch, BATCH);
      return column.digest?.quantile(0.5) ?? NaN;
    },
    [NPM]: () => {
      const digest = new NpmDigest();
      for (const value of values) digest.push(value);
      return digest.percentile(0.5);
    },
  };
}

/** Prints what a value costs in each sketch, in nanoseconds: the median of rounds run in turn, their range, and the ratio to npm's tdigest. */
export async function benchSketches(print: (line: string) => void): Promise<void> {
  const runs = Object.entries(subjects(normalColumn())).map(([name, run]) => ({ name, run, times: [] as number[] }));
  for (let round = -1; round < ROUNDS; round++) {
    for (const { run, times } of runs) {
      const start = process.hrtime.bigint();
      const result = run();
      const nanoseconds = Number(process.hrtime.bigint() - start) / VALUES;
      if (!Number.isFinite(result)) throw new Error('A sketch under the bench gave no figure');
      // The round before the first warms up.
      if (round >= 0) times.push(nanoseconds);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  const medians = new Map(runs.map(({ name, times }) => [name, times.sort((a, b) => a - b)[times.length >> 1]]));
  const npm = medians.get(NPM) ?? NaN;
  print(
    `sketches: ns a value, ${VALUES} normal values in batches of ${BATCH}, median of ${ROUNDS} rounds [least to greatest]`,
  );
  for (const { name, times } of runs) {
    const median = medians.get(name) ?? NaN;
    const spread = `[${times[0].toFixed(1)} to ${times[times.length - 1].toFixed(1)}]`;
    print(
      `  ${name.padEnd(24)} ${median.toFixed(1).padStart(7)} ${spread.padEnd(20)} ${(npm / median).toFixed(1)} times as fast as ${NPM}`,
    );
  }
}
