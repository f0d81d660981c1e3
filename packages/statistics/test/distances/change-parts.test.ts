import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { changeParts } from '../../src/index.js';

const group = fc.record({
  before: fc.nat(1000),
  after: fc.nat(1000),
  meanBefore: fc.double({ min: -9, max: 9, noNaN: true }),
  meanAfter: fc.double({ min: -9, max: 9, noNaN: true }),
});

describe('the parts of a change', () => {
  it('add up to it, whatever groups come and go', () => {
    fc.assert(
      fc.property(fc.array(group, { minLength: 1, maxLength: 8 }), (groups) => {
        const before = groups.reduce((sum, each) => sum + each.before, 0);
        const after = groups.reduce((sum, each) => sum + each.after, 0);
        fc.pre(before > 0 && after > 0);
        const known = groups.map(({ before: n, after: m, ...means }) => ({
          ...{ shareBefore: n / before, shareAfter: m / after },
          meanBefore: n === 0 ? NaN : means.meanBefore,
          meanAfter: m === 0 ? NaN : means.meanAfter,
        }));
        const mean = (side: 'Before' | 'After'): number =>
          known.reduce(
            (sum, each) => sum + (each[`share${side}`] === 0 ? 0 : each[`share${side}`] * each[`mean${side}`]),
            0,
          );
        const total = changeParts(known).reduce((sum, { within, mix }) => sum + within + mix, 0);
        assert.ok(Math.abs(total - (mean('After') - mean('Before'))) < 1e-12);
      }),
    );
  });

  it('are the same with the sides exchanged, but for their sign', () => {
    const groups = [
      { shareBefore: 0.3, shareAfter: 0.5, meanBefore: 1, meanAfter: 4 },
      { shareBefore: 0.7, shareAfter: 0.5, meanBefore: 2, meanAfter: 1 },
    ];
    const back = groups.map((each) => ({
      ...{ shareBefore: each.shareAfter, shareAfter: each.shareBefore },
      ...{ meanBefore: each.meanAfter, meanAfter: each.meanBefore },
    }));
    changeParts(groups).forEach(({ within, mix }, i) => {
      const reversed = changeParts(back)[i];
      assert.ok(Math.abs(within + reversed.within) < 1e-15 && Math.abs(mix + reversed.mix) < 1e-15);
    });
  });

  it('tell a change within from one of the shares', () => {
    const [still, grown] = changeParts([
      { shareBefore: 0.8, shareAfter: 0.5, meanBefore: 0, meanAfter: 0 },
      { shareBefore: 0.2, shareAfter: 0.5, meanBefore: 1, meanAfter: 1 },
    ]);
    assert.equal(still.within + grown.within, 0);
    assert.ok(still.mix > 0 && grown.mix > 0);
  });

  it('are all of the shares where a group is new', () => {
    const parts = changeParts([
      { shareBefore: 1, shareAfter: 0.9, meanBefore: 0, meanAfter: 0 },
      { shareBefore: 0, shareAfter: 0.1, meanBefore: NaN, meanAfter: 5 },
    ]);
    assert.equal(parts[1].within, 0);
    assert.ok(Math.abs(parts[0].mix + parts[1].mix - 0.5) < 1e-15);
  });
});
