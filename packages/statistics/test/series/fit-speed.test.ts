import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LocationShift, normalScoreContrasts, scanAlong, scanWindows } from '../../src/index.js';
import { seededUniform } from '../oracle.js';

const NO_SEASON = { seasonVariance: 0, slots: 1, windowsPerSlot: 1 };

describe('scanAlong', () => {
  it('gives, bit by bit, what the scans that end at each window give', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const uniform = seededUniform(seed);
      const count = 3 + Math.floor(90 * uniform());
      const scale = [1, 1, 8][seed % 3];
      const residuals = Float64Array.from({ length: count }, () => scale * (uniform() + uniform() - 1) * 0.1);
      const sizes = Float64Array.from({ length: count }, () => 1 + Math.floor(2000 * uniform()));
      const follows = seed % 4 === 0 ? Array.from(residuals, () => (uniform() < 0.1 ? 0 : 1)) : undefined;
      const between = seed % 5 === 0 ? 0 : 0.01 * uniform();
      const model = { variance: uniform(), between, persistence: 0.95 * uniform(), meanVariance: 0, inflation: 1 };
      let [squares, worst, begin] = [0, 0, 0];
      for (let end = 1; end <= count; end++) {
        if (follows?.[end - 1] === 0) begin = end - 1;
        const changes = scanWindows(model, { residuals, sizes, begin, end, ...NO_SEASON });
        squares += changes[0].z ** 2;
        for (const { windows, z } of changes) if (windows > 1) worst = Math.max(worst, Math.abs(z));
      }
      assert.deepEqual(scanAlong(model, residuals, sizes, follows), { squares, worst }, `seed ${seed}`);
    }
  });
});

describe('LocationShift', () => {
  it('gives the shares of a shift whichever values it was asked for before', () => {
    const shares = [0.05, 0.1, 0.3, 0.25, 0.2, 0.1];
    const [contrast] = normalScoreContrasts(shares, 1);
    const values = Array.from({ length: 200 }, (_, i) => -5 + i / 20);
    const first = new LocationShift(shares, contrast);
    const ascending = values.map((value) => [...first.sharesAt(value)]);
    const second = new LocationShift(shares, contrast);
    const descending = [...values].reverse().map((value) => [...second.sharesAt(value)]);
    assert.deepEqual(descending.reverse(), ascending);
    assert.deepEqual(
      ascending.map((each) => Math.abs(each.reduce((sum, share) => sum + share, 0) - 1) < 1e-12),
      values.map(() => true),
    );
  });
});
