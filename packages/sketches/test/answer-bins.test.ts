import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  NO_SCORE,
  positiveBinOf,
  QualitySketch,
  SCORE_BINS,
  SCORE_HALF_WIDTH,
  scoreBin,
  scoreOf,
  suretyOf,
  type Answer,
} from '@tidemark/sketches';

const probability = fc.oneof(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.double({ min: -30, max: 0, noNaN: true }).map((exponent) => 2 ** exponent),
  fc.double({ min: -30, max: 0, noNaN: true }).map((exponent) => 1 - 2 ** exponent),
  fc.integer({ min: 0, max: 128 }).map((step) => step / 128),
);

/** The bin in which a sketch counts an answer. */
function binOf(answer: Partial<Answer>): number {
  const sketch = QualitySketch.empty();
  sketch.addPrediction({
    score: null,
    class: null,
    value: null,
    confidence: null,
    probabilities: new Map(),
    ...answer,
  });
  return sketch.classes.cells()[0].bin;
}

describe('bins of scores', () => {
  test('tell a score from a confidence, and neither from what is none', () => {
    const sure = (answer: Partial<Answer>) => suretyOf(binOf({ class: 'a', ...answer }));
    const near = (found: number | null, score: number) => Math.abs(found! - score) <= SCORE_HALF_WIDTH;
    fc.assert(fc.property(probability, (score) => near(sure({ score }).score, score)));
    fc.assert(fc.property(probability, (confidence) => near(sure({ confidence }).confidence, confidence)));
    assert.equal(sure({ score: 0.3 }).confidence, null);
    assert.equal(sure({ confidence: 0.3 }).score, null);
    for (const none of [{}, { score: -0.1 }, { score: 1.1 }, { score: -1e300 }, { score: 1e300 }]) {
      assert.deepEqual(sure(none), { score: null, confidence: null });
    }
  });

  test('are in the order of scores, each near its middle, and the upper half is of 0.5 and more', () => {
    const any = fc.oneof(probability, fc.double({ noNaN: true, noDefaultInfinity: true }));
    fc.assert(fc.property(any, any, (a, b) => a > b || scoreBin(a) <= scoreBin(b)));
    fc.assert(
      fc.property(probability, (score) => {
        const bin = scoreBin(score);
        assert.ok(bin >= 0 && bin < SCORE_BINS);
        assert.ok(Math.abs(scoreOf(bin) - score) <= SCORE_HALF_WIDTH * (1 + 1e-12));
        assert.equal(bin >= SCORE_BINS / 2, score >= 0.5);
        assert.equal(scoreBin(scoreOf(bin)), bin);
      }),
      { numRuns: 2000 },
    );
  });

  test('tell small scores apart to a tenth of their size, and great ones of their distance from 1', () => {
    fc.assert(
      fc.property(fc.double({ min: -18.7, max: -7.001, noNaN: true }), (exponent) => {
        const small = 2 ** exponent;
        assert.ok(Math.abs(scoreOf(scoreBin(small)) / small - 1) < 0.1);
        assert.ok(Math.abs((1 - scoreOf(scoreBin(1 - small))) / small - 1) < 0.1);
      }),
    );
  });

  test('are apart from those of confidences, which are about the class that is named', () => {
    const score = binOf({ score: 0.9, class: 'yes' });
    const sure = binOf({ class: 'yes', confidence: 0.9 });
    assert.notEqual(score, sure);
    assert.equal(binOf({ class: 'no', probabilities: new Map([['no', 0.9]]) }), sure);
    assert.equal(binOf({ probabilities: new Map(Object.entries({ no: 0.9, yes: 0.1 })) }), sure);
    assert.equal(scoreOf(sure), scoreOf(score));
    // As sure of no as that: the positive class has the rest.
    assert.equal(positiveBinOf(sure, false), scoreBin(0.1));
    assert.equal(positiveBinOf(sure, true), score);
    assert.equal(positiveBinOf(score, false), score);
    assert.equal(binOf({ class: 'yes' }), NO_SCORE);
    assert.equal(binOf({ class: 'yes', confidence: 7 }), binOf({ class: 'yes', confidence: 1 }));
  });
});
