import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { empiricalCdf, kolmogorovSmirnovSf, ksPValue, ksStatistic, wassersteinDistance } from '../../src/index.js';
import { assertClose, oracle } from '../oracle.js';

interface KsCases {
  readonly oneSample: readonly (readonly [d: number, n: number, p: number])[];
  readonly twoSample: readonly { a: number[]; b: number[]; ks: number; pValue: number; wasserstein: number }[];
}
const { oneSample, twoSample } = oracle<KsCases>('kolmogorov-smirnov');

const sorted = fc
  .array(fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ min: -10, max: 10, noNaN: true })), {
    minLength: 1,
    maxLength: 40,
  })
  .map((values) => values.map((x) => x + 0).sort((a, b) => a - b));

describe('ksStatistic and wassersteinDistance', () => {
  it('agree with scipy, ties included', () => {
    for (const [index, { a, b, ks, wasserstein }] of twoSample.entries()) {
      assertClose(ksStatistic(empiricalCdf(a), empiricalCdf(b)), ks, 1e-9, `KS of case ${index}`);
      assertClose(wassersteinDistance(empiricalCdf(a), empiricalCdf(b)), wasserstein, 1e-9, `W of case ${index}`);
    }
  });

  it('are symmetric, 0 for equal samples, and bounded', () => {
    fc.assert(
      fc.property(sorted, sorted, (a, b) => {
        const [f, g] = [empiricalCdf(a), empiricalCdf(b)];
        const ks = ksStatistic(f, g);
        assert.ok(ks >= 0 && ks <= 1);
        assert.equal(ks, ksStatistic(g, f));
        assert.equal(ksStatistic(f, f), 0);
        const distance = wassersteinDistance(f, g);
        const span = Math.max(...a, ...b) - Math.min(...a, ...b);
        assert.ok(distance >= 0 && distance <= ks * span + 1e-9);
        assert.ok(Math.abs(distance - wassersteinDistance(g, f)) < 1e-9);
        assert.equal(wassersteinDistance(f, f), 0);
      }),
    );
  });

  it('give the shift of a shifted sample as Wasserstein distance', () => {
    fc.assert(
      fc.property(sorted, fc.integer({ min: -20, max: 20 }), (a, shift) => {
        const moved = a.map((x) => x + shift);
        const distance = wassersteinDistance(empiricalCdf(a), empiricalCdf(moved));
        assert.ok(Math.abs(distance - Math.abs(shift)) < 1e-9);
      }),
    );
  });

  it('cross lines where one function overtakes the other', () => {
    const line = { xs: Float64Array.of(0, 1), below: Float64Array.of(0, 1), upTo: Float64Array.of(0, 1) };
    const half = empiricalCdf([0.5]);
    assert.equal(ksStatistic(line, half), 0.5);
    assert.equal(wassersteinDistance(line, half), 0.25);
    const flat = { xs: Float64Array.of(0, 1), below: Float64Array.of(0, 0.75), upTo: Float64Array.of(0.25, 1) };
    assert.equal(ksStatistic(line, flat), 0.25);
    assert.equal(wassersteinDistance(line, flat), 0.125);
  });

  it('are NaN where a side has no values', () => {
    const [none, some] = [empiricalCdf([]), empiricalCdf([1])];
    for (const distance of [ksStatistic, wassersteinDistance]) {
      assert.equal(distance(none, some), NaN);
      assert.equal(distance(some, none), NaN);
    }
  });
});

describe('kolmogorovSmirnovSf', () => {
  it('agrees with scipy from one value to 300,000, down to p = 1e-280', () => {
    for (const [d, n, p] of oneSample) assertClose(kolmogorovSmirnovSf(d, n), p, 1e-9, `n = ${n}, d = ${d}`);
  });

  it('is 1 up to half a step and 0 from 1 on', () => {
    assert.equal(kolmogorovSmirnovSf(0.05, 10), 1);
    assert.equal(kolmogorovSmirnovSf(1, 10), 0);
  });
});

describe('ksPValue', () => {
  it('agrees with scipy exactly for small samples', () => {
    for (const [index, { a, b, ks, pValue }] of twoSample.entries()) {
      assertClose(ksPValue(ks, a.length, b.length), pValue, 1e-9, `case ${index}`);
    }
  });

  it('joins its exact and its large-sample form', () => {
    // Either side of 250,000 cells; sizes without a common divisor, so that the lattice is fine.
    const [exact, limit] = [ksPValue(0.09, 499, 500), ksPValue(0.09, 500, 501)];
    assert.ok(Math.abs(exact / limit - 1) < 0.06, `${exact} and ${limit}`);
  });

  it('falls as the difference grows, from 1', () => {
    for (const [n, m] of [
      [20, 30],
      [5000, 1000],
    ]) {
      let before = 1;
      assert.equal(ksPValue(0, n, m), 1);
      for (let d = 0.01; d < 1; d += 0.01) {
        const p = ksPValue(d, n, m);
        assert.ok(p <= before + 1e-12 && p >= 0, `n = ${n}, d = ${d}`);
        before = p;
      }
    }
  });

  it('is NaN where a side has no values', () => {
    assert.equal(ksPValue(NaN, 5, 5), NaN);
    assert.equal(ksPValue(0.5, 0, 5), NaN);
  });
});
