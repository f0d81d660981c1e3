import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { QualitySketch, type Answer } from '@tidemark/sketches';
import { classFigures } from '../../src/expected-quality/class-figures.js';
import { expectedFigures, positiveOutcomes } from '../../src/expected-quality/expected-figures.js';
import { scoredClassesOf, strataOf } from '../../src/expected-quality/quality-sketch-strata.js';
import { random } from '../fixtures.js';

/** Answers whose truth is yes with the probability of the score's square. @param skew above 1: smaller scores. */
function sketchOf(size: number, skew: number, next: () => number, answerOf: (score: number) => Partial<Answer>) {
  const sketch = QualitySketch.empty();
  for (let i = 0; i < size; i++) {
    const score = next() ** skew;
    const answer: Answer = {
      ...{ score: null, class: score > 0.5 ? 'yes' : 'no', value: null, confidence: null, probabilities: new Map() },
      ...answerOf(score),
    };
    sketch.addPrediction(answer);
    sketch.addOutcome(answer, { class: next() < score * score ? 'yes' : 'no', value: null }, 1, 1);
  }
  return sketch;
}

describe('figures expected of answers', () => {
  for (const [what, answerOf] of [
    ['scores', (score: number) => ({ score })],
    ['scores that are no probabilities', (score: number) => ({ score: 8 * score - 2 })],
    ['confidences', (score: number) => ({ confidence: Math.max(score, 1 - score) })],
  ] as const) {
    it(`hold what the labels then show, though the inputs have moved: ${what}`, () => {
      const next = random(12);
      let [held, of] = [0, 0];
      for (let repeat = 0; repeat < 40; repeat++) {
        const reference = sketchOf(4000, 1, next, answerOf);
        const window = sketchOf(1000, 1.8, next, answerOf);
        const scored = scoredClassesOf(reference, null);
        const strata = strataOf(window, scored);
        const expected = expectedFigures(strata, positiveOutcomes(strataOf(reference, scored), 'yes'), 'yes');
        const realised = classFigures(strata, scored);
        assert.deepEqual(Object.keys(expected), ['precision', 'recall', 'f1', 'positive_share', 'roc_auc']);
        for (const [name, { low, high }] of Object.entries(expected)) {
          held += Number(low <= realised[name].value && realised[name].value <= high);
          assert.ok(high - low > 0 && high - low < 0.25, `${name}: ${low} to ${high}`);
          of++;
        }
      }
      // Of 200 at 95 %; the five figures of a window go together.
      assert.ok(held >= 0.88 * of, `${held} of ${of}`);
    });
  }

  it('are none where answers do not say how sure they are', () => {
    const sketch = sketchOf(200, 1, random(2), () => ({}));
    const strata = strataOf(sketch, scoredClassesOf(sketch, null));
    assert.deepEqual(expectedFigures(strata, positiveOutcomes(strata, 'yes'), 'yes'), {});
  });
});
