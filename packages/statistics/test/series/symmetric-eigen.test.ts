import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { symmetricEigen } from '../../src/index.js';

describe('symmetricEigen', () => {
  it('takes any symmetric matrix apart into orthogonal vectors', () => {
    const size = fc.integer({ min: 1, max: 12 });
    const matrices = size.chain((n) =>
      fc.array(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: n, maxLength: n }), {
        minLength: n,
        maxLength: n,
      }),
    );
    fc.assert(
      fc.property(matrices, (given) => {
        const n = given.length;
        const matrix = given.map((_, i) => given.map((__, j) => given[Math.max(i, j)][Math.min(i, j)]));
        const { values, vectors } = symmetricEigen(matrix);
        for (let k = 0; k < n; k++) {
          if (k > 0) assert.ok(values[k] <= values[k - 1]);
          for (let i = 0; i < n; i++) {
            const product = matrix[i].reduce((sum, x, j) => sum + x * vectors[k][j], 0);
            assert.ok(Math.abs(product - values[k] * vectors[k][i]) < 1e-9 * n * 50);
          }
          for (let other = 0; other <= k; other++) {
            const inner = vectors[k].reduce((sum, x, j) => sum + x * vectors[other][j], 0);
            assert.ok(Math.abs(inner - (k === other ? 1 : 0)) < 1e-10);
          }
        }
      }),
    );
  });

  it('gives the known values of the second difference', () => {
    const n = 9;
    const matrix = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (__, j) => (i === j ? 2 : Math.abs(i - j) === 1 ? -1 : 0)),
    );
    symmetricEigen(matrix).values.forEach((value, k) => {
      const expected = 2 - 2 * Math.cos((Math.PI * (n - k)) / (n + 1));
      assert.ok(Math.abs(value - expected) < 1e-12, `${value} instead of ${expected}`);
    });
  });
});
