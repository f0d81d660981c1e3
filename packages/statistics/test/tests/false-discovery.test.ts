import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { benjaminiHochberg, benjaminiYekutieli, eBenjaminiHochberg } from '../../src/index.js';
import { assertClose, oracle, seededUniform } from '../oracle.js';

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

  it('of e-values keeps the share of false rejections, though one draw moves them all', () => {
    const uniform = seededUniform(41);
    const repeats = 4000;
    let falseShare = 0;
    let found = 0;
    for (let repeat = 0; repeat < repeats; repeat++) {
      // Of twenty, fifteen have no effect: 1/√u has a mean of 2, so half of it is an e-value, and one u for all is the greatest dependence.
      const shared = uniform();
      const nulls = Array.from({ length: 15 }, () => Math.log(0.5 / Math.sqrt(shared)));
      const effects = Array.from({ length: 5 }, () => Math.log(0.5 / Math.sqrt(uniform() / 1e6)));
      const threshold = eBenjaminiHochberg([...nulls, ...effects], 0.1);
      const wrong = nulls.filter((value) => value >= threshold).length;
      const right = effects.filter((value) => value >= threshold).length;
      falseShare += wrong / Math.max(1, wrong + right) / repeats;
      found += right / 5 / repeats;
    }
    assert.ok(falseShare <= 0.1, String(falseShare));
    assert.ok(found > 0.9, String(found));
  });

  it('rejects of e-values as many as together suffice, and one alone from 1/α on', () => {
    assert.equal(eBenjaminiHochberg([], 0.01), Math.log(100));
    assert.equal(eBenjaminiHochberg([3], 0.01), Math.log(100));
    const all = [Math.log(101), Math.log(150), Math.log(120)];
    assert.equal(eBenjaminiHochberg(all, 0.01), Math.log(100));
    assert.equal(eBenjaminiHochberg([Math.log(101), 0, 0], 0.01), Math.log(300));
  });
});
