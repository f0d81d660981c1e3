import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { benjaminiHochberg, benjaminiYekutieli } from '../../src/index.js';
import { assertClose, oracle } from '../oracle.js';

const families = oracle<{ falseDiscovery: { p: number[]; bh: number[]; by: number[] }[] }>(
  'exact-tests',
).falseDiscovery;

const procedures = { benjaminiHochberg, benjaminiYekutieli };

describe('false discovery control', () => {
  it('agrees with scipy', () => {
    for (const { p, bh, by } of families) {
      benjaminiHochberg(p).forEach((value, i) => assertClose(value, bh[i], 1e-12, `BH of ${p[i]}`));
      benjaminiYekutieli(p).forEach((value, i) => assertClose(value, by[i], 1e-12, `BY of ${p[i]}`));
    }
  });

  it('keeps the order of the p-values, never lowers one, and stays at most 1', () => {
    const pValues = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 50 });
    for (const [name, adjust] of Object.entries(procedures)) {
      fc.assert(
        fc.property(pValues, (p) => {
          const adjusted = adjust(p);
          for (let i = 0; i < p.length; i++) {
            assert.ok(adjusted[i] >= p[i] * (1 - 1e-12) && adjusted[i] <= 1, name);
            for (let j = 0; j < p.length; j++) if (p[i] <= p[j]) assert.ok(adjusted[i] <= adjusted[j], name);
          }
        }),
      );
    }
  });

  it('does not count what could not be tested', () => {
    assert.deepEqual([...benjaminiHochberg([0.01, NaN, 0.5])], [0.02, NaN, 0.5]);
  });

  it('of no tests is none, and refuses what is no probability', () => {
    assert.equal(benjaminiHochberg([]).length, 0);
    assert.throws(() => benjaminiHochberg([0.1, 1.5]), /number 1 is 1.5/);
    assert.throws(() => benjaminiYekutieli([-0.1]), RangeError);
  });
});
