import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { QualitySketch, type Answer } from '@tidemark/sketches';
import { classFigures, type Figures } from '../../src/expected-quality/class-figures.js';
import { scoredClassesOf, strataOf } from '../../src/expected-quality/quality-sketch-strata.js';

type Labelled = readonly [answer: Partial<Answer>, truth: string];

function figuresOf(events: readonly Labelled[]): Figures {
  const sketch = QualitySketch.empty();
  for (const [partial, truth] of events) {
    const answer = { score: null, class: null, value: null, confidence: null, probabilities: new Map(), ...partial };
    sketch.addPrediction(answer);
    sketch.addOutcome(answer, { class: truth, value: null }, 1, 1);
  }
  const scored = scoredClassesOf(sketch, null);
  return classFigures(strataOf(sketch, scored), scored);
}

/** Scores with their truths: positives are above most negatives. */
const EVENTS: readonly (readonly [score: number, positive: boolean])[] = Array.from({ length: 200 }, (_, i) => {
  const score = ((i * 37) % 200) / 200 + 0.0023;
  return [score, (i * 61) % 100 < 100 * score];
});
const truthOf = (positive: boolean): string => (positive ? '1' : '0');

describe('figures of classes', () => {
  it('are the same where a score, the probabilities of both classes, or a confidence in one of them says it', () => {
    const classOf = (score: number): string => (score >= 0.5 ? '1' : '0');
    const byScore = figuresOf(EVENTS.map(([score, is]) => [{ score, class: classOf(score) }, truthOf(is)]));
    assert.ok(byScore.roc_auc.value > 0.75 && byScore.roc_auc.value < 0.95, String(byScore.roc_auc.value));
    const unnamed = figuresOf(EVENTS.map(([score, is]) => [{ score }, truthOf(is)]));
    const both = figuresOf(
      EVENTS.map(([score, is]) => [
        { probabilities: new Map(Object.entries({ '0': 1 - score, '1': score })) },
        truthOf(is),
      ]),
    );
    const sure = figuresOf(
      EVENTS.map(([score, is]) => [{ class: classOf(score), confidence: Math.max(score, 1 - score) }, truthOf(is)]),
    );
    for (const [name, { value }] of Object.entries(byScore)) {
      for (const figures of [unnamed, both, sure]) {
        assert.ok(Math.abs(figures[name].value - value) < 1e-9, `${name}: ${figures[name].value} instead of ${value}`);
      }
    }
  });

  it('keep the order of scores that are all small', () => {
    const rare = EVENTS.map(([score, is]): Labelled => [{ score: score / 500 }, truthOf(is)]);
    const usual = EVENTS.map(([score, is]): Labelled => [{ score }, truthOf(is)]);
    assert.ok(Math.abs(figuresOf(rare).roc_auc.value - figuresOf(usual).roc_auc.value) < 0.03);
  });

  it('take scores that are no probabilities for an order only', () => {
    const margins = figuresOf(EVENTS.map(([score, is]) => [{ score: 20 * (score - 0.5) }, truthOf(is)]));
    assert.ok(margins.roc_auc.value > 0.75);
    assert.deepEqual([margins.brier, margins.log_loss], [undefined, undefined]);
    const unsure = figuresOf(EVENTS.map(([score, is]) => [{ class: truthOf(score > 0.5) }, truthOf(is)]));
    assert.equal(unsure.roc_auc, undefined);
    assert.ok(unsure.accuracy.value > 0.6);
  });
});
