import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TDigest as Oracle } from 'tdigest';
import { TDigest } from '@tidemark/sketches';
import { normal, seeded, shuffled } from './random.js';
import { finiteNumbers, splits } from './splits.js';

/** The stated bound on |cdf - empirical cdf| at compression 200. */
const RANK_ERROR = 0.005;
/** The stated bound where mass lies in many clusters far apart for their width, so that centroids span gaps. */
const CLUSTERED_RANK_ERROR = 0.04;

function digestOf(values: Iterable<number>): TDigest {
  const digest = new TDigest();
  for (const value of values) digest.add(value);
  return digest;
}

/** The greatest difference of the digest's cdf from the empirical one, on both sides of every value. */
function rankError(digest: TDigest, values: Float64Array): number {
  const sorted = values.toSorted();
  let error = 0;
  for (let i = 0, j = 0; i < sorted.length; i = j) {
    while (j < sorted.length && sorted[j] === sorted[i]) j++;
    const below = Math.abs(digest.cdfBelow(sorted[i]) - i / sorted.length);
    error = Math.max(error, below, Math.abs(digest.cdf(sorted[i]) - j / sorted.length));
  }
  return error;
}

const uniform = seeded(20);
const gauss = normal(uniform);
const distributions: Readonly<Record<string, () => number>> = {
  uniform,
  normal: gauss,
  exponential: () => -Math.log(1 - uniform()),
  cauchy: () => gauss() / gauss(),
  'Pareto of index 0.3': () => (1 - uniform()) ** (-1 / 0.3),
  'lognormal over ten decades': () => Math.exp(4 * gauss()),
  'two far modes': () => gauss() + (uniform() < 0.5 ? 1e9 : 0),
  'twenty clusters': () => Math.floor(uniform() * 20) + uniform() * 0.01,
  'clusters on three scales': () => gauss() + (uniform() < 0.5 ? 0 : uniform() < 0.5 ? 1e4 : 1e9),
  'whole numbers to 2000': () => Math.floor(uniform() * 2000),
  'a third zeros': () => (uniform() < 0.33 ? 0 : gauss()),
  'rounded to cents': () => Math.round(gauss() * 100) / 100,
};

for (const [name, draw] of Object.entries(distributions)) {
  const bound = name.includes('clusters') ? CLUSTERED_RANK_ERROR : RANK_ERROR;
  test(`the rank error is at most ${bound}: ${name}`, () => {
    const values = Float64Array.from({ length: 100_000 }, draw);
    const whole = new TDigest();
    whole.addAll(values);
    const ascending = new TDigest();
    ascending.addAll(values.toSorted());
    const parts = Array.from({ length: 1000 }, (_, i) => digestOf(values.subarray(i * 100, i * 100 + 100)));
    const merged = new TDigest();
    for (const part of shuffled(parts, 3)) merged.merge(part);
    // Parts past the exact mode: centroids meet centroids.
    const large = new TDigest();
    for (let i = 0; i < 100; i++) large.merge(digestOf(values.subarray(i * 1000, i * 1000 + 1000)));
    for (const [way, digest] of Object.entries({ whole, ascending, merged, large })) {
      assert.equal(digest.count, values.length);
      assert.ok(!digest.exact && digest.centroids().means.length <= 200);
      const error = rankError(digest, values);
      assert.ok(error <= bound, `${way}: ${error}`);
    }
  });
}

test('the rank error holds for a million values', () => {
  const values = Float64Array.from({ length: 1_000_000 }, gauss);
  const digest = new TDigest();
  digest.addAll(values);
  const error = rankError(digest, values);
  assert.ok(error <= RANK_ERROR, String(error));
});

test('quantiles agree with those of the npm package tdigest', () => {
  for (const name of ['normal', 'exponential', 'uniform']) {
    const values = Float64Array.from({ length: 50_000 }, distributions[name]);
    const digest = new TDigest();
    digest.addAll(values);
    const oracle = new Oracle();
    oracle.push([...values]);
    oracle.compress();
    const sorted = values.toSorted();
    for (const q of [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99]) {
      // The oracle's own error is allowed for by the quantiles a little to either side.
      const [low, high] = [sorted[Math.floor((q - 0.008) * 50_000)], sorted[Math.floor((q + 0.008) * 50_000)]];
      for (const value of [digest.quantile(q), oracle.percentile(q)]) {
        assert.ok(low <= value && value <= high, `${name} at ${q}: ${value} is not in [${low}, ${high}]`);
      }
      assert.ok(Math.abs(digest.cdf(sorted[25_000]) - oracle.p_rank(sorted[25_000])) < 2 * RANK_ERROR);
    }
  }
});

test('an empty digest knows nothing', () => {
  const empty = new TDigest();
  assert.ok(Number.isNaN(empty.quantile(0.5)) && Number.isNaN(empty.cdf(0)) && Number.isNaN(empty.cdfBelow(0)));
  assert.deepEqual([empty.count, empty.min, empty.max, empty.exact], [0, Infinity, -Infinity, true]);
  assert.equal(empty.centroids().means.length, 0);
  empty.merge(new TDigest());
  assert.equal(empty.count, 0);
});

test('one value, or one value many times, is that value everywhere', () => {
  for (const value of [0, -1.5, 5e-324, Number.MAX_VALUE, -Number.MAX_VALUE]) {
    for (const times of [1, 5000]) {
      const digest = digestOf(new Float64Array(times).fill(value));
      for (const q of [0, 0.3, 1]) assert.equal(digest.quantile(q), value);
      assert.deepEqual([digest.cdf(value), digest.cdfBelow(value), digest.min, digest.max], [1, 0, value, value]);
    }
  }
});

test('two values at the ends of the doubles do not overflow', () => {
  const digest = digestOf([-Number.MAX_VALUE, Number.MAX_VALUE, 0]);
  for (let i = 0; i < 2000; i++) digest.add((i % 2 === 0 ? 1 : -1) * 1.7e308 * (1 - i / 4000));
  for (let q = 0; q <= 1; q += 0.01) assert.ok(Number.isFinite(digest.quantile(q)));
  assert.deepEqual([digest.quantile(0), digest.quantile(1)], [-Number.MAX_VALUE, Number.MAX_VALUE]);
});

test('0 and -0 are one value, kept as 0', () => {
  const digest = digestOf([-0, 0, -0]);
  assert.deepEqual(digest.centroids(), { means: Float64Array.of(0), weights: Float64Array.of(3) });
});

test('a heavy value past the exact mode stays a jump of its own', () => {
  const random = seeded(4);
  const values = Float64Array.from({ length: 20_000 }, () => (random() < 0.25 ? 3 : random() * 10));
  const digest = new TDigest();
  digest.addAll(values);
  const share = values.filter((value) => value === 3).length / values.length;
  assert.deepEqual(digest.atoms(0.1), [3]);
  assert.ok(Math.abs(digest.cdf(3) - digest.cdfBelow(3) - share) < 1e-3);
});

test('to 256 distinct values a digest is exact, in any parts and any order', () => {
  fc.assert(
    fc.property(splits(finiteNumbers, 256), fc.array(finiteNumbers, { maxLength: 20 }), ({ values, parts }, at) => {
      const merged = new TDigest();
      for (const part of parts) merged.merge(digestOf(part));
      const whole = digestOf(values);
      assert.ok(merged.exact);
      assert.deepEqual(merged.centroids(), whole.centroids());
      assert.deepEqual([merged.min, merged.max, merged.count], [whole.min, whole.max, whole.count]);
      if (values.length === 0) return;
      for (const x of [...at, ...values.slice(0, 20)]) {
        assert.equal(merged.cdf(x), values.filter((value) => value <= x).length / values.length);
        assert.equal(merged.cdfBelow(x), values.filter((value) => value < x).length / values.length);
      }
      const sorted = values.toSorted((a, b) => a - b).map((value) => value + 0);
      for (let i = 0; i < sorted.length; i++) assert.equal(merged.quantile((i + 0.5) / sorted.length), sorted[i]);
    }),
  );
});

test('past 256 distinct values cdf ascends from 0 to 1 and quantile inverts it, whatever the values', () => {
  fc.assert(
    fc.property(fc.array(finiteNumbers, { minLength: 300, maxLength: 1500, size: 'max' }), (values) => {
      const digest = digestOf(values);
      const sorted = values.toSorted((a, b) => a - b);
      let previous = 0;
      for (const x of sorted) {
        const share = digest.cdf(x);
        assert.ok(share >= previous && share <= 1 && digest.cdfBelow(x) <= share);
        previous = share;
      }
      assert.equal(previous, 1);
      assert.equal(digest.cdfBelow(sorted[0]), 0);
      for (const q of [0, 0.01, 0.3, 0.5, 0.99, 1]) {
        const x = digest.quantile(q);
        // x is between two values, rounded to a double: neighbouring doubles may lie on both sides of the share.
        const ulp = Math.max(Number.MIN_VALUE, Math.abs(x) * Number.EPSILON);
        assert.ok(digest.cdf(x + ulp) >= q - 1e-9 && digest.cdfBelow(x - ulp) <= q + 1e-9, `${q}: ${x}`);
      }
    }),
    { numRuns: 50 },
  );
});

test('a weight counts as that many values, and one past 256 ends the exact mode for good', () => {
  const weighted = new TDigest();
  weighted.add(1, 3);
  weighted.add(2, 0.5);
  assert.deepEqual(weighted.centroids(), { means: Float64Array.of(1, 2), weights: Float64Array.of(3, 0.5) });
  const digest = digestOf(Array.from({ length: 256 }, (_, i) => i));
  assert.ok(digest.exact);
  digest.add(1000);
  assert.ok(!digest.exact);
  const other = digestOf([1]);
  other.merge(digest);
  assert.ok(!other.exact);
  assert.equal(other.count, 258);
});

test('the same operations give the same digest, reading in between or not being copied', () => {
  const values = Float64Array.from({ length: 5000 }, normal(seeded(9)));
  const [first, second] = [new TDigest(), new TDigest()];
  first.addAll(values);
  second.addAll(values);
  assert.deepEqual(first.centroids(), second.centroids());
  const copy = first.clone();
  first.merge(first);
  assert.equal(first.count, 10_000);
  assert.deepEqual(copy.centroids(), second.centroids());
});

test('what is no value, weight or share is refused', () => {
  const digest = new TDigest();
  for (const value of [NaN, Infinity, -Infinity]) {
    assert.throws(() => digest.add(value), RangeError);
    assert.throws(() => digest.addAll(Float64Array.of(1, value)), RangeError);
  }
  for (const weight of [0, -1, NaN, Infinity]) assert.throws(() => digest.add(1, weight), RangeError);
  assert.equal(digest.count, 0);
  assert.throws(() => digest.quantile(1.1), RangeError);
  assert.throws(() => new TDigest(3), RangeError);
});
