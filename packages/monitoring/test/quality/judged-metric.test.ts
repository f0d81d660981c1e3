import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { QualitySketch, type Answer } from '@tidemark/sketches';
import { ALL_EVENTS, type QualityMetric, type QualitySettings } from '../../src/index.js';
import { qualityFindings } from '../../src/quality/quality-event.js';
import { QualityJudge, type JudgedSegment } from '../../src/quality/quality-judge.js';
import { qualityReferenceOf } from '../../src/expected-quality/quality-reference-builder.js';
import { segmentId } from '../../src/model/stream.js';
import { random, STREAM } from '../fixtures.js';
import { MEASURED } from './labelled-stream.js';

const NOTHING: Answer = { score: null, class: null, value: null, confidence: null, probabilities: new Map() };

type Draw = (next: () => number) => { readonly answer: Answer; readonly truth: string | number };

/** Labelled answers, one in four with a weight of 4 in place of 1. */
function sketchOf(size: number, next: () => number, draw: Draw): QualitySketch {
  const sketch = QualitySketch.empty();
  for (let i = 0; i < size; i++) {
    const { answer, truth } = draw(next);
    sketch.addPrediction(answer);
    const label = typeof truth === 'number' ? { class: null, value: truth } : { class: truth, value: null };
    sketch.addOutcome(answer, label, next() < 0.25 ? 0.25 : 1, 1);
  }
  return sketch;
}

/** Rare positives: one in ten by the score's own word. @param trust how far truths follow the score. */
const rare =
  (trust = 1, skew = 5): Draw =>
  (next) => {
    const score = next() ** skew;
    const p = trust * score + (1 - trust) * 0.15;
    return { answer: { ...NOTHING, score, class: score >= 0.3 ? '1' : '0' }, truth: next() < p ? '1' : '0' };
  };

/** Three classes, each named by the greatest of three numbers, the right one with a probability. */
const classes =
  (right = 0.8): Draw =>
  (next) => {
    const named = Math.floor(3 * next());
    const truth = next() < right ? named : (named + 1 + Math.floor(2 * next())) % 3;
    return { answer: { ...NOTHING, class: `c${named}`, confidence: 0.5 + next() / 2 }, truth: `c${truth}` };
  };

/** Values whose errors grow with them. */
const values =
  (spread = 1, bias = 0): Draw =>
  (next) => {
    const value = 1 + 10 * next();
    const error = spread * value * 0.1 * (next() + next() + next() - 1.5) + bias;
    return { answer: { ...NOTHING, value }, truth: value - error };
  };

function judgeOf(metric: QualityMetric | null, draw: Draw, seed: number) {
  const next = random(seed);
  const windows = Array.from({ length: 8 }, (_, start) => ({ start, sketch: sketchOf(2000, next, draw) }));
  const sum = QualitySketch.empty();
  for (const { sketch } of windows) sum.merge(sketch);
  const positive =
    sum.values.cells().length > 0 || sum.classes.cells().some(({ predicted }) => predicted === 'c0') ? null : '1';
  const settings: QualitySettings = { ...MEASURED.quality!, metric, positive };
  const judge = new QualityJudge(STREAM, settings, qualityReferenceOf(sum, windows, positive), 'b');
  return (quality: QualitySketch): JudgedSegment => {
    const segments = new Map([[segmentId(ALL_EVENTS), { segment: ALL_EVENTS, quality }]]);
    return judge.judge({ start: 0, segments, moved: new Map() })[0];
  };
}

const CASES: readonly (readonly [QualityMetric, usual: Draw, moved: Draw, worse: Draw, finding: string])[] = [
  ['accuracy', rare(), rare(1, 3), rare(0.3), 'error-rate-beyond-expected'],
  ['precision', rare(), rare(1, 3), rare(0.3), 'precision-below-expected'],
  ['recall', rare(), rare(1, 3), rare(0.3), 'recall-below-expected'],
  ['f1', rare(), rare(1, 3), rare(0.3), 'f1-below-expected'],
  ['roc_auc', rare(), rare(1, 3), rare(0.3), 'roc-auc-below-expected'],
  ['f1', classes(), classes(), classes(0.65), 'f1-below-expected'],
  ['mae', values(), values(), values(1.4), 'mean-absolute-error-beyond-expected'],
  ['rmse', values(), values(), values(1.4), 'root-mean-square-error-beyond-expected'],
];

describe('the metric that is judged', () => {
  for (const [metric, usual, moved, worse, finding] of CASES) {
    test(`may be ${metric}: it falls beyond what is expected of the answers, or does not (${finding})`, () => {
      const judges = [3, 4, 5, 6, 7].map((seed) => judgeOf(metric, usual, seed));
      const next = random(17);
      const deviations: number[] = [];
      for (let repeat = 0; repeat < 100; repeat++) {
        const { window, rows } = judges[repeat % 5](sketchOf(2000, next, repeat < 50 ? usual : moved));
        const { evidence, judged } = window;
        assert.ok(
          evidence !== null && !judged.verdict.endsWith('fell') && judged.verdict !== 'concept-drift',
          judged.verdict,
        );
        assert.equal(evidence.metric, metric);
        deviations.push(evidence.beyond.excess / evidence.beyond.deviation);
        const row = rows.find((each) => each.metric === metric);
        if (metric !== 'accuracy' && row !== undefined) assert.equal(evidence.beyond.realised, row.realised.value);
      }
      // Standard normal, or a little less where variances are on the safe side; five references are off by a third of a deviation each.
      const mean = deviations.reduce((sum, z) => sum + z, 0) / deviations.length;
      const square = deviations.reduce((sum, z) => sum + z * z, 0) / deviations.length;
      assert.ok(Math.abs(mean) < 0.6 && square > 0.2 && square < 1.8, `mean ${mean}, mean square ${square}`);
      const { window } = judges[0](sketchOf(2000, next, worse));
      assert.match(
        window.judged.verdict,
        /^(concept-drift|inputs-changed-quality-fell)$/,
        window.judged.evidence.join('; '),
      );
      assert.equal(qualityFindings(window)[0].metric, finding);
    });
  }

  test('is the usual one where the stream has no such metric, and the evidence says so', () => {
    const { window, rows } = judgeOf('roc_auc', values(), 5)(sketchOf(500, random(6), values()));
    assert.equal(window.evidence?.metric, 'mae');
    assert.match(rows[0].evidence.join('; '), /roc_auc is not known of this stream: mae is judged/);
  });

  test('is not known where no label tells it', () => {
    const judge = judgeOf('roc_auc', rare(), 5);
    const { window } = judge(sketchOf(300, random(6), (next) => ({ ...rare()(next), truth: '0' })));
    assert.equal(window.judged.verdict, 'not-enough-labels');
    const none = judge(QualitySketch.empty()).window.judged;
    assert.deepEqual([none.verdict, none.labelsNeeded], ['not-enough-labels', 100]);
  });
});

describe('calibration', () => {
  test('of values is broken by a bias, though errors are hardly greater', () => {
    const judge = judgeOf(null, values(1, 0), 8);
    const next = random(9);
    for (let repeat = 0; repeat < 40; repeat++) {
      assert.equal(judge(sketchOf(2000, next, values())).window.judged.miscalibrated, false);
    }
    const { window } = judge(sketchOf(2000, next, values(1, 0.2)));
    assert.equal(window.judged.miscalibrated, true, JSON.stringify(window.evidence?.calibration));
    assert.match(window.judged.evidence.join('; '), /residuals are off.*predictions are higher against the truth/);
    assert.ok(qualityFindings(window).some(({ metric }) => metric === 'residual-gap'));
  });

  test('of classes says in which way it is broken', () => {
    const judge = judgeOf(null, rare(1, 1), 8);
    const courses = [(p: number) => 0.3 + 0.4 * p, (p: number) => Math.min(1, p + 0.15)].map((chance) => {
      const { window } = judge(
        sketchOf(4000, random(10), (next) => {
          const score = next();
          return {
            answer: { ...NOTHING, score, class: score >= 0.3 ? '1' : '0' },
            truth: next() < chance(score) ? '1' : '0',
          };
        }),
      );
      return window.evidence?.calibration?.course;
    });
    assert.deepEqual(courses, ['scores are too sure of themselves', 'class 1 is more often true at every score']);
  });
});
