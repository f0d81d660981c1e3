import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ColumnSketch, deriveNumericLayout, type BinLayout } from '@tidemark/sketches';
import {
  cdfAt,
  cdfOfSketch,
  empiricalCdf,
  ksError,
  ksStatistic,
  normalQuantile,
  wassersteinDistance,
  wassersteinError,
} from '../../src/index.js';
import { seededUniform } from '../oracle.js';

const shapes: Record<string, (u: number, v: number) => number> = {
  normal: (u) => normalQuantile(u),
  lognormal: (u) => Math.exp(2 * normalQuantile(u)),
  cauchy: (u) => Math.tan(Math.PI * (u - 0.5)),
  'two far modes': (u, v) => normalQuantile(u) / 100 + (v < 0.37 ? 0 : 1000),
  'zero-inflated': (u, v) => (v < 0.4 ? 0 : -Math.log(u)),
  rounded: (u) => Math.round(normalQuantile(u) * 100) / 100,
  uniform: (u) => u,
};

function draw(shape: (u: number, v: number) => number, n: number, seed: number): Float64Array {
  const uniform = seededUniform(seed);
  return Float64Array.from({ length: n }, () => shape(Math.max(1e-12, uniform()), uniform())).sort();
}

function sketchOf(values: Float64Array, layout: BinLayout | null, parts = 1): ColumnSketch {
  const sketch = ColumnSketch.empty('x', 'numeric', layout);
  for (let part = 0; part < parts; part++) {
    const own = values.filter((_, i) => i % parts === part);
    const partial = ColumnSketch.empty('x', 'numeric', layout);
    partial.addNumbers(own, own.length);
    sketch.merge(partial);
  }
  return sketch;
}

function layoutOf(values: Float64Array): BinLayout {
  const { digest } = sketchOf(values, null);
  assert.ok(digest !== null);
  return deriveNumericLayout(digest);
}

describe('cdfOfSketch', () => {
  it('is the empirical function of few values', () => {
    const values = Float64Array.of(-1, 0, 0, 0, 2.5, 7);
    assert.deepEqual(cdfOfSketch(sketchOf(values, null)), empiricalCdf(values));
  });

  it('is empty without values or a digest', () => {
    assert.equal(cdfOfSketch(ColumnSketch.empty('x', 'numeric', null)).xs.length, 0);
    assert.equal(cdfOfSketch(ColumnSketch.empty('x', 'categorical', null)).xs.length, 0);
  });

  for (const [name, shape] of Object.entries(shapes)) {
    it(`ascends from 0 to 1, and is exact at the edges of its bins: ${name}`, () => {
      const values = draw(shape, 20_000, 7);
      const layout = layoutOf(values);
      const cdf = cdfOfSketch(sketchOf(values, layout, 5));
      let last = 0;
      for (let i = 0; i < cdf.xs.length; i++) {
        assert.ok(i === 0 || cdf.xs[i] > cdf.xs[i - 1], `breakpoint ${i}`);
        assert.ok(cdf.below[i] >= last && cdf.upTo[i] >= cdf.below[i], `share at breakpoint ${i}`);
        last = cdf.upTo[i];
      }
      assert.equal(cdf.below[0], 0);
      assert.equal(last, 1);
      assert.ok(layout.type === 'numeric' && layout.edges.length > 0);
      for (const edge of layout.edges) {
        const below = values.filter((x) => x < edge).length / values.length;
        const at = cdf.xs.indexOf(edge);
        assert.ok(Math.abs(cdf.below[at] - below) < 1e-12, `${cdf.below[at]} instead of ${below} below ${edge}`);
      }
    });

    it(`keeps KS and Wasserstein within their stated errors: ${name}`, () => {
      for (const [seed, n, m, move] of [
        [1, 20_000, 1000, 0],
        [2, 6000, 8000, 0.1],
        [3, 50_000, 3000, 1],
        [4, 900, 700, 0],
      ]) {
        const [a, b] = [draw(shape, n, seed), draw(shape, m, seed + 100).map((x) => x + move)];
        const exact = [empiricalCdf(a), empiricalCdf(b)] as const;
        for (const layout of [null, layoutOf(a)]) {
          const [reference, window] = [sketchOf(a, layout), sketchOf(b, layout, 7)];
          const sketched = [cdfOfSketch(reference), cdfOfSketch(window)] as const;
          const what = `n = ${n}, m = ${m}, ${layout === null ? 'no bins' : 'bins'}`;
          const ksOff = Math.abs(ksStatistic(...sketched) - ksStatistic(...exact));
          const ksAllowed = ksError(reference, window);
          assert.ok(ksOff <= ksAllowed, `KS off by ${ksOff}, stated ${ksAllowed}; ${what}`);
          assert.ok(ksAllowed < 0.05, `a stated error of ${ksAllowed} says little`);
          const off = Math.abs(wassersteinDistance(...sketched) - wassersteinDistance(...exact));
          const allowed = wassersteinError(reference, window);
          assert.ok(off <= allowed, `Wasserstein off by ${off}, stated ${allowed}; ${what}`);
        }
      }
    });
  }

  it('has no error where digests are exact', () => {
    const a = sketchOf(draw(Math.round, 5000, 1), null);
    const b = sketchOf(
      draw((u) => Math.round(u * 9), 3000, 2),
      null,
      4,
    );
    assert.equal(ksError(a, b), 0);
    assert.equal(wassersteinError(a, b), 0);
    assert.equal(ksError(a, ColumnSketch.empty('x', 'numeric', null)), 0);
  });
});

describe('cdfAt', () => {
  it('counts what is at most x', () => {
    const cdf = empiricalCdf([1, 2, 4], [1, 2, 1]);
    assert.deepEqual(
      [0, 1, 1.5, 2, 3, 4, 9].map((x) => cdfAt(cdf, x)),
      [0, 0.25, 0.25, 0.75, 0.75, 1, 1],
    );
    assert.equal(cdfAt(empiricalCdf([]), 1), NaN);
  });
});
