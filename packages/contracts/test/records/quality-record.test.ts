import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeQuality, QualitySketch } from '@tidemark/sketches';
import { qualityFromAvro } from '../../src/records/quality-record.js';
import { RecordFault } from '../../src/records/record-fault.js';

const ANSWER = { score: 0.7, class: 'yes', value: 3, confidence: null, probabilities: new Map<string, number>() };
const TRUTH = { class: 'no', value: 2.5 };

describe('Quality in a partial', () => {
  test('is read as it was written, labels that were taken back included', () => {
    const quality = QualitySketch.empty();
    quality.addPrediction(ANSWER);
    quality.addOutcome(ANSWER, TRUTH, 0.5, -1);
    const read = qualityFromAvro(encodeQuality(quality));
    assert.ok(read !== null);
    assert.deepEqual(encodeQuality(read), encodeQuality(quality));
    assert.equal(qualityFromAvro(null), null);
  });

  for (const [what, change, message] of [
    [
      'more answers in its cells than there are',
      (sketch) => sketch.classes.addPredictions('yes', 3, 5),
      /6 answers in/,
    ],
    ['fewer answers than none in a cell', (sketch) => sketch.values.addPredictions(4, -2), /a cell of -2 answers/],
    ['a residual of no label', (sketch) => sketch.values.addResiduals(2, 1), /1 residuals of 0 labels/],
  ] satisfies [string, (sketch: QualitySketch) => void, RegExp][]) {
    test(`is damaged where it has ${what}`, () => {
      const quality = QualitySketch.empty();
      quality.addPrediction(ANSWER);
      change(quality);
      const fault = (error: unknown) => error instanceof RecordFault && message.test(error.message);
      assert.throws(() => qualityFromAvro(encodeQuality(quality)), fault);
    });
  }

  test('is damaged where its bytes end early', () => {
    const quality = QualitySketch.empty();
    quality.addPrediction(ANSWER);
    assert.throws(() => qualityFromAvro(encodeQuality(quality).subarray(0, -1)), RecordFault);
  });
});
