import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  decodeQuality,
  encodeQuality,
  MOST_CLASSES,
  OTHER_CLASS,
  QualitySketch,
  scoreBin,
  SketchDecodeError,
  type Answer,
  type Truth,
} from '@tidemark/sketches';

interface Labelled {
  readonly answer: Answer;
  readonly truth: Truth | null;
  readonly probability: number;
}

const names = fc.oneof({ weight: 9, arbitrary: fc.constantFrom('0', '1', '') }, fc.string({ maxLength: 3 }));
const numbers = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: -5, max: 5 }));
const labelled: fc.Arbitrary<Labelled> = fc.record({
  answer: fc.record({
    score: fc.option(fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), numbers)),
    class: fc.option(names),
    value: fc.option(numbers),
    confidence: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    probabilities: fc
      .dictionary(names, fc.double({ min: 0, max: 1, noNaN: true }), { maxKeys: 3 })
      .map((of) => new Map(Object.entries(of))),
  }),
  truth: fc.option(
    fc.oneof(
      names.map((name) => ({ class: name, value: null })),
      numbers.map((value) => ({ class: null, value })),
    ),
  ),
  probability: fc.constantFrom(1, 0.5, 0.013),
});
const some = fc.array(labelled, { maxLength: 60 });

function sketchOf(events: readonly Labelled[], into = QualitySketch.empty()): QualitySketch {
  for (const { answer, truth, probability } of events) {
    into.addPrediction(answer);
    if (truth !== null) into.addOutcome(answer, truth, probability, 1);
  }
  return into;
}

const bytesOf = (sketch: QualitySketch) => Buffer.from(encodeQuality(sketch)).toString('hex');

describe('QualitySketch', () => {
  test('is the same in whatever order and parts its events come', () => {
    fc.assert(
      fc.property(some, some, some, (a, b, c) => {
        const whole = bytesOf(sketchOf([...a, ...b, ...c]));
        const merged = sketchOf(c);
        merged.merge(sketchOf([...b].reverse()));
        merged.merge(sketchOf(a));
        assert.equal(bytesOf(merged), whole);
        assert.equal(bytesOf(merged.clone()), whole);
      }),
    );
  });

  test('is as if a label had never come once it has been taken back, be it in another part', () => {
    fc.assert(
      fc.property(some, some, (kept, gone) => {
        const sketch = sketchOf(kept);
        const back = QualitySketch.empty();
        for (const { answer, truth, probability } of gone) {
          if (truth === null) continue;
          sketch.addOutcome(answer, truth, probability, 1);
          back.addOutcome(answer, truth, probability, -1);
        }
        sketch.merge(decodeQuality(encodeQuality(back)));
        assert.equal(bytesOf(sketch), bytesOf(sketchOf(kept)));
      }),
    );
  });

  test('is read back as it was written, and damaged bytes are refused', () => {
    fc.assert(
      fc.property(some, fc.nat(), fc.nat(255), (events, at, byte) => {
        const bytes = encodeQuality(sketchOf(events));
        assert.equal(bytesOf(decodeQuality(bytes)), Buffer.from(bytes).toString('hex'));
        assert.throws(() => decodeQuality(bytes.subarray(0, bytes.length - 1)), SketchDecodeError);
        const damaged = bytes.slice();
        damaged[at % damaged.length] = byte;
        try {
          decodeQuality(damaged);
        } catch (error) {
          assert.ok(error instanceof SketchDecodeError, String(error));
        }
      }),
      { numRuns: 500 },
    );
  });

  test('counts what is right and wrong by class and score, weighted by how rarely it was labelled', () => {
    const answer = (score: number): Answer => ({
      ...{ score, class: score >= 0.5 ? 'yes' : 'no', value: null, confidence: null },
      probabilities: new Map(),
    });
    const sketch = QualitySketch.empty();
    for (const score of [0.1, 0.1, 0.9]) sketch.addPrediction(answer(score));
    sketch.addOutcome(answer(0.1), { class: 'yes', value: null }, 0.25, 1);
    sketch.addOutcome(answer(0.9), { class: 'yes', value: null }, 1, 1);
    assert.deepEqual([sketch.predictions, sketch.labels], [3, 2]);
    const cells = sketch.classes.cells().map(({ predicted, bin, predictions, truths }) => ({
      ...{ predicted, bin, predictions },
      truths: [...truths].map(([name, { count, weight, weightSquares }]) => [
        name,
        count,
        weight.value,
        weightSquares.value,
      ]),
    }));
    assert.deepEqual(cells, [
      { predicted: 'no', bin: scoreBin(0.1), predictions: 2, truths: [['yes', 1, 4, 16]] },
      { predicted: 'yes', bin: scoreBin(0.9), predictions: 1, truths: [['yes', 1, 1, 1]] },
    ]);
  });

  test('keeps sums of values to one part in a million', () => {
    const sketch = QualitySketch.empty();
    const answer = (value: number): Answer => ({
      ...{ score: null, class: null, value, confidence: null },
      probabilities: new Map(),
    });
    let absolute = 0;
    for (let i = 1; i <= 1000; i++) {
      const [value, truth] = [i * 1.7, i + 0.3];
      absolute += Math.abs(value - truth);
      sketch.addOutcome(answer(value), { class: null, value: truth }, 1, 1);
    }
    const sum = sketch.values.cells().reduce((total, { sums }) => total + sums.absolute.value, 0);
    assert.ok(Math.abs(sum / absolute - 1) < 1e-6);
  });

  test('never has more than its most classes, whole ones, in whatever order they come', () => {
    const answers = Array.from({ length: 300 }, (_, i): Answer => ({
      ...{ score: 0.5, class: `class ${i % 100}`, value: null, confidence: null },
      probabilities: new Map(),
    }));
    const sketch = (order: readonly Answer[]) => {
      const of = QualitySketch.empty();
      for (const answer of order) of.addPrediction(answer);
      return of;
    };
    const there = sketch(answers);
    assert.equal(bytesOf(there), bytesOf(sketch([...answers].reverse())));
    const cells = there.classes.cells();
    assert.equal(cells.length, MOST_CLASSES + 1);
    for (const { predicted, predictions } of cells) {
      assert.equal(predictions, predicted === OTHER_CLASS ? 300 - 3 * MOST_CLASSES : 3);
    }
  });
});

test('names of classes come back as they were, also where they begin with a mark of the byte order', () => {
  const sketch = QualitySketch.empty();
  const names = ['yes', '\ufeffyes', '\ufeff', '', '\0', 'ü'];
  for (const name of names) {
    const answer = {
      score: null,
      class: name,
      value: null,
      confidence: null,
      probabilities: new Map<string, number>(),
    };
    sketch.addPrediction(answer);
  }
  const back = decodeQuality(encodeQuality(sketch));
  assert.deepEqual(new Set(back.classes.cells().map(({ predicted }) => predicted)), new Set(names));
});
