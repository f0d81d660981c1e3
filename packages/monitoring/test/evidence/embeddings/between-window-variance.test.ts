import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { betweenVarianceOf } from '../../../src/evidence/embeddings/between-window-variance.js';
import { random } from '../../fixtures.js';

const DIMENSION = 16;
const WINDOWS = 84;

/** Windows of n events each: sampling in every dimension, and a walk along the first four together. */
function windows(seed: number, between: number, sizes: readonly number[]): Float64Array[] {
  const next = random(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return sizes.map((n) => {
    const level = Math.sqrt(between) * normal();
    return Float64Array.from({ length: DIMENSION }, (_, d) => (d < 4 ? level / 2 : 0) + normal() / Math.sqrt(n));
  });
}

describe('betweenVariance', () => {
  const even = new Array<number>(WINDOWS).fill(2000);

  test('finds the direction, and how far windows lie apart along it', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const [betweenVariance, ...more] = betweenVarianceOf(windows(seed, 0.02, even), even);
      assert.deepEqual(more, []);
      const along = betweenVariance.direction.slice(0, 4).reduce((sum, x) => sum + x / 2, 0);
      assert.ok(Math.abs(along) > 0.99, `seed ${seed}: ${along}`);
      assert.ok(Math.abs(betweenVariance.between - 0.02) < 0.012, `seed ${seed}: ${betweenVariance.between}`);
      assert.ok(Math.abs(betweenVariance.sampling - 1) < 0.15, `seed ${seed}: ${betweenVariance.sampling}`);
    }
  });

  test('finds none where sampling is all, however uneven the traffic', () => {
    const uneven = even.map((_, w) => (w % 2 === 0 ? 200 : 6000));
    for (let seed = 1; seed <= 20; seed++) {
      assert.deepEqual(betweenVarianceOf(windows(seed, 0, even), even), []);
      assert.deepEqual(betweenVarianceOf(windows(seed, 0, uneven), uneven), []);
    }
  });

  test('of points that are all the same, or of one dimension, finds none', () => {
    assert.deepEqual(betweenVarianceOf([new Float64Array(4), new Float64Array(4)], [10, 10]), []);
    assert.deepEqual(betweenVarianceOf([Float64Array.of(3), Float64Array.of(-3)], [10, 10]), []);
  });
});
