import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  LocationShift,
  normalQuantile,
  normalScoreContrasts,
  scanWindows,
  SCAN_STRETCHES,
  seasonMeans,
  seriesNulls,
  signedDeviance,
  studentTUpperQuantile,
  variancePrior,
} from '../../src/index.js';
import { assertClose, seededUniform } from '../oracle.js';

const ALPHA = 0.005;
const NO_SEASON = { seasonVariance: 0, slots: 1, windowsPerSlot: 1 };

function normals(seed: number): () => number {
  const uniform = seededUniform(seed);
  return () => normalQuantile((uniform() * 2 ** 32 + 0.5) / (2 ** 32 + 1));
}

/** An autoregression of order one with a stationary variance, under noise of variance 1 / n. */
function between(count: number, between: number, phi: number, n: number, normal: () => number): Float64Array {
  let level = Math.sqrt(between) * normal();
  return Float64Array.from({ length: count }, () => {
    level = phi * level + Math.sqrt(between * (1 - phi * phi)) * normal();
    return level + normal() / Math.sqrt(n);
  });
}

describe('uneven traffic', () => {
  it('is no between: sampling alone gives each window its own variance', () => {
    const sizes = Float64Array.from({ length: 200 }, (_, window) => (window % 2 === 0 ? 300 : 6000));
    const ratios = Array.from({ length: 40 }, (_, seed) => {
      const normal = normals(seed + 1);
      const values = sizes.map((n) => normal() / Math.sqrt(n));
      const { between } = seriesNulls(
        [{ values, sizes, slots: new Uint8Array(200), season: 1, variance: 1 }],
        [null],
      )[0];
      // What sampling gives a window of the mean size.
      return between * 3150;
    });
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    // One standard error of the variance, below which it never is, and what chance adds.
    assert.ok(mean > 0.09 && mean < 0.2, `between is ${mean} of sampling`);
  });
});

describe('contrasts', () => {
  const shares = [0.05, 0.2, 0.1, 0.3, 0.25, 0.1];

  it('are orthonormal under the shares, and fewer where bins are few', () => {
    const contrasts = normalScoreContrasts(shares, 4);
    contrasts.forEach((a, i) => {
      assert.ok(Math.abs(a.reduce((sum, x, bin) => sum + shares[bin] * x, 0)) < 1e-12);
      contrasts.forEach((b, j) => {
        const inner = a.reduce((sum, x, bin) => sum + shares[bin] * x * b[bin], 0);
        assert.ok(Math.abs(inner - Number(i === j)) < 1e-9, `${i} ${j}: ${inner}`);
      });
    });
    assert.equal(normalScoreContrasts([0.5, 0.5], 4).length, 1);
    assert.equal(normalScoreContrasts([1], 4).length, 0);
  });

  it('take a shift of location for what it is', () => {
    const [location] = normalScoreContrasts(shares, 1);
    const shift = new LocationShift(shares, location);
    const moved = shift.sharesAt(0.4);
    assertClose(
      moved.reduce((sum, share) => sum + share),
      1,
      1e-9,
      'sum of shares',
    );
    assert.ok(Math.abs(moved.reduce((sum, share, bin) => sum + share * location[bin], 0) - 0.4) < 1e-6);
    assert.deepEqual([...shift.sharesAt(99)], [...shift.sharesAt(1e9)]);
  });
});

it('a signed deviance of rare counts has no more tail than a normal variable', () => {
  const uniform = seededUniform(5);
  let beyond = 0;
  const repeats = 4000;
  for (let i = 0; i < repeats; i++) {
    let count = 0;
    for (let j = 0; j < 200; j++) count += Number(uniform() < 0.01);
    beyond += Number(signedDeviance(count, 200, 0.01) > 2.326);
  }
  assert.ok(beyond <= 0.01 * repeats + 3 * Math.sqrt(0.01 * repeats), `${beyond} of ${repeats}`);
});

it('means of a season are found where there is one, and drawn to nothing where there is none', () => {
  const normal = normals(3);
  const slots = Array.from({ length: 84 }, (_, i) => i % 6);
  const none = seasonMeans(
    slots.map(() => normal()),
    slots,
    6,
  );
  assert.ok(none.means.every((mean) => Math.abs(mean) < 0.5));
  const some = seasonMeans(
    slots.map((slot) => 5 * Math.sin(slot) + normal()),
    slots,
    6,
  );
  some.means.forEach((mean, slot) => assert.ok(Math.abs(mean - 5 * Math.sin(slot)) < 1.2, `${slot}: ${mean}`));
  assert.equal(seasonMeans([1, 2, 3], [0, 1, 2], 6).degrees, 0);
});

it('a prior finds how far true variances spread', () => {
  const normal = normals(9);
  const estimates = Array.from({ length: 400 }, (_, i) => {
    const truth = i % 2 === 0 ? 0.5 : 2;
    let sum = 0;
    for (let j = 0; j < 20; j++) sum += normal() ** 2;
    return (truth * sum) / 20;
  });
  const prior = variancePrior(
    estimates,
    estimates.map(() => 20),
  );
  assert.ok(prior !== null && prior.degrees > 2 && prior.degrees < 8, JSON.stringify(prior));
  assert.equal(variancePrior([1, 2], [3, 3]), null);
});

describe('a scan of windows', () => {
  it('of independent windows is the mean over each stretch', () => {
    const model = { variance: 4, between: 0, persistence: 0, meanVariance: 0.01, inflation: 1 };
    const changes = scanWindows(model, { residuals: [1, -1, 0.5], sizes: [100, 50, 200], ...NO_SEASON });
    assert.deepEqual(
      changes.map(({ windows }) => windows),
      [1, 2, 3],
    );
    assertClose(changes[2].size, (100 - 50 + 100) / 350, 1e-12, 'size');
    assertClose(changes[2].deviation, Math.sqrt(4 / 350 + 0.01), 1e-12, 'deviation');
    assert.deepEqual(scanWindows(model, { residuals: [], sizes: [], ...NO_SEASON }), []);
  });

  it('rests on the last sixteen windows alone', () => {
    const model = { variance: 1, between: 0.02, persistence: 0.6, meanVariance: 0, inflation: 1 };
    const residuals = [...between(40, 0.02, 0.6, 100, normals(8))];
    const sizes = residuals.map(() => 100);
    const last = { residuals: residuals.slice(-16), sizes: sizes.slice(-16), ...NO_SEASON };
    assert.deepEqual(scanWindows(model, { residuals, sizes, ...NO_SEASON }), scanWindows(model, last));
  });

  it('raises no more false alarms than stated, with nulls learnt from few between windows', () => {
    for (const [count, phis, wanders] of [
      [84, [0.7], [0.01]],
      [84, [0.85, 0.4], [0.01]],
      [42, [0.7], [0.0001, 0.0025, 0.01]],
    ] as const) {
      const { windows, alarms } = alarmsOf({ count, phis, wanders, alpha: ALPHA }, normals(11));
      assert.ok(
        alarms / windows <= ALPHA,
        `${count} windows, ${phis.join()}, ${wanders.join()}: ${alarms} of ${windows}`,
      );
    }
  });
});

interface Wandering {
  /** Windows of the baseline. */
  readonly count: number;
  /** Persistences and variances from window to window, each series' the next of them. */
  readonly phis: readonly number[];
  readonly wanders: readonly number[];
  readonly alpha: number;
}

/** Windows in which a scan of wandering series exceeds its threshold. */
function alarmsOf({ count, phis, wanders, alpha }: Wandering, normal: () => number) {
  const n = 500;
  let [windows, alarms] = [0, 0];
  for (let repeat = 0; repeat < 8; repeat++) {
    const courses = Array.from({ length: 24 }, (_, k) =>
      between(count + 60, wanders[k % wanders.length], phis[k % phis.length], n, normal),
    );
    const sizes = new Float64Array(count).fill(n);
    const series = courses.map((values) => ({
      ...{ values: values.subarray(0, count), sizes, slots: new Float64Array(count), season: 1, variance: 1 },
    }));
    const nulls = seriesNulls(
      series,
      series.map(() => 'alike'),
    );
    courses.forEach((values, k) => {
      const thresholds = nulls[k].degrees.map((each) => studentTUpperQuantile(alpha / SCAN_STRETCHES / 2, each));
      for (let end = count + 16; end <= values.length; end++) {
        const residuals = values.subarray(end - 16, end).map((value) => value - nulls[k].mean);
        const changes = scanWindows(nulls[k], { residuals, sizes: sizes.subarray(0, 16), ...NO_SEASON });
        windows++;
        alarms += Number(changes.some(({ z, place }) => Math.abs(z) > thresholds[place]));
      }
    });
  }
  return { windows, alarms };
}

describe('series that are alike', () => {
  const count = 84;
  const fitted = (phis: readonly number[]) => {
    const normal = normals(17);
    const sizes = new Float64Array(count).fill(2000);
    const series = Array.from({ length: 60 }, (_, k) => ({
      ...{ values: between(count, 0.01, phis[k % phis.length], 2000, normal), sizes },
      ...{ slots: new Float64Array(count), season: 1, variance: 1 },
    }));
    return seriesNulls(
      series,
      series.map(() => 'alike'),
    );
  };

  it('have one persistence where they differ no more than their errors explain', () => {
    const found = fitted([0.7]).map(({ persistence }) => persistence);
    assert.ok(
      found.every((phi) => phi > 0.62 && phi < 0.78),
      found.join(),
    );
    assert.ok(Math.max(...found) - Math.min(...found) < 0.05, found.join());
  });

  it('keep their own where they do differ, but none below what all have in the mean', () => {
    const found = fitted([0.9, 0.3]).map(({ persistence }) => persistence);
    const high = found.filter((_, k) => k % 2 === 0);
    const low = found.filter((_, k) => k % 2 === 1);
    assert.ok(high.reduce((sum, phi) => sum + phi, 0) / high.length > 0.82, high.join());
    assert.ok(
      low.every((phi) => phi > 0.5 && phi < 0.75),
      low.join(),
    );
  });

  it('are seldom widened by chance, and one that does not fit is', () => {
    const widened = fitted([0.7]).filter(({ inflation }) => inflation > 1.2);
    assert.ok(widened.length <= 6, `${widened.length} of 60`);
    const normal = normals(23);
    const sizes = new Float64Array(count).fill(2000);
    const none = { sizes, slots: new Float64Array(count), season: 1, variance: 1 };
    // The level jumps once: no stationary series does.
    const odd = between(count, 0.0004, 0, 2000, normal).map((value, i) => value + (i < 60 ? 0 : 0.6));
    const series = [
      { ...none, values: odd },
      ...Array.from({ length: 30 }, () => ({ ...none, values: between(count, 0.0004, 0, 2000, normal) })),
    ];
    const nulls = seriesNulls(
      series,
      series.map(() => 'alike'),
    );
    assert.ok(nulls[0].inflation > 1.2, String(nulls[0].inflation));
  });
});
