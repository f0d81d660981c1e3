import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { predictionPoweredMean, type PoweredSums } from '../../src/index.js';
import { assertClose, seededUniform } from '../oracle.js';

type Sums = { -readonly [name in keyof PoweredSums]: number };

function sumsOf(events: number): Sums {
  return {
    ...{ weight: 0, weightSquares: 0, observed: 0, observedSquares: 0 },
    ...{ expected: 0, expectedSquares: 0, products: 0, events, expectedOfAll: 0 },
  };
}

function label(sums: Sums, y: number, f: number, w: number): void {
  sums.weight += w;
  sums.weightSquares += w * w;
  sums.observed += w * y;
  sums.observedSquares += w * y * y;
  sums.expected += w * f;
  sums.expectedSquares += w * f * f;
  sums.products += w * y * f;
}

/** The interval of the labels alone: an expectation that is the same for all says nothing. */
const alone = (sums: Sums) => predictionPoweredMean({ ...sums, expected: 0, expectedSquares: 0, products: 0 });

describe('predictionPoweredMean', () => {
  for (const [what, expectationOf] of [
    ['good', (p: number) => p],
    ['useless', (_: number, noise: number) => noise],
    ['wrong', (p: number) => 1 - p],
  ] as const) {
    it(`holds the mean of all as often as stated with a ${what} expectation, and is never wider than the labels' own`, () => {
      const uniform = seededUniform(61);
      const repeats = 400;
      const [events, chance] = [4000, 0.06];
      let [held, width, usual] = [0, 0, 0];
      for (let repeat = 0; repeat < repeats; repeat++) {
        const sums = sumsOf(events);
        let truth = 0;
        for (let i = 0; i < events; i++) {
          const p = uniform() < 0.5 ? 0.05 : 0.95;
          const y = Number(uniform() < p);
          const f = expectationOf(p, uniform());
          truth += y / events;
          sums.expectedOfAll += f;
          if (uniform() < chance) label(sums, y, f, 1);
        }
        const { low, high, lambda } = predictionPoweredMean(sums);
        const own = alone(sums);
        assert.ok(lambda >= 0 && lambda <= 1);
        assert.ok(high - low <= (own.high - own.low) * (1 + 1e-12));
        held += Number(low <= truth && truth <= high);
        width += high - low;
        usual += own.high - own.low;
      }
      // Of 400 at 95 %, 380 ± 4.4. The truth is that of these events, so a little more are held than of an endless population.
      assert.ok(held >= 363, `${held} of ${repeats}`);
      if (what === 'good') assert.ok(width < 0.55 * usual, `${width / usual} of the width`);
      else assert.ok(width > 0.97 * usual, `${width / usual} of the width`);
    });
  }

  it('holds with labels of unequal weight', () => {
    const uniform = seededUniform(62);
    let held = 0;
    for (let repeat = 0; repeat < 400; repeat++) {
      const sums = sumsOf(6000);
      let truth = 0;
      for (let i = 0; i < 6000; i++) {
        const p = uniform();
        const y = Number(uniform() < p);
        truth += y / 6000;
        sums.expectedOfAll += p;
        const chance = p > 0.4 && p < 0.6 ? 0.15 : 0.05;
        if (uniform() < chance) label(sums, y, p, 1 / chance);
      }
      const { low, high } = predictionPoweredMean(sums);
      held += Number(low <= truth && truth <= high);
    }
    assert.ok(held >= 360, `${held} of 400`);
  });

  it('is the mean of the labels where all are labelled', () => {
    const sums = sumsOf(4);
    [0, 1, 1, 0].forEach((y, i) => {
      label(sums, y, i / 4, 1);
      sums.expectedOfAll += i / 4;
    });
    const mean = predictionPoweredMean(sums);
    assert.equal(mean.value, 0.5);
    assertClose(mean.high - mean.low, alone(sums).high - alone(sums).low, 1e-12, 'width');
  });

  it('is unknown with fewer than two labels', () => {
    const sums = sumsOf(100);
    assert.equal(predictionPoweredMean(sums).value, NaN);
    label(sums, 1, 0.5, 1);
    assert.deepEqual(predictionPoweredMean(sums), { value: NaN, low: NaN, high: NaN, lambda: NaN });
  });
});
