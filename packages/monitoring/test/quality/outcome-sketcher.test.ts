import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeQuality, type Answer } from '@tidemark/sketches';
import {
  Detector,
  EventBatch,
  OTHER,
  OutcomeSketcher,
  PartitionSketcher,
  type Monitor,
  type Outcome,
} from '../../src/index.js';
import { knowledgeOf, MINUTE, MONITOR, START, STREAM } from '../fixtures.js';

const MEASURED: Monitor = {
  ...MONITOR,
  quality: {
    window: { size: 5 * MINUTE, slide: 5 * MINUTE, origin: 0 },
    ...{ positive: null, metric: null, tolerance: null, minimumLabels: 10, labelWait: 60 * MINUTE },
  },
};

function outcome(minute: number, options: Partial<Outcome> = {}): Outcome {
  const answer: Answer = { score: 0.8, class: '1', value: null, confidence: null, probabilities: new Map() };
  return {
    ...{ stream: STREAM, eventTime: START + minute * MINUTE + 17, segments: [], answer },
    ...{ truth: { class: '0', value: null }, inclusionProbability: 1, sign: 1 },
    ...options,
  };
}

const watermark = (minute: number) => ({
  ...{ sourcePartition: 0, sourcePartitions: 1, watermark: START + minute * MINUTE, idleFor: 0 },
});

describe('OutcomeSketcher', () => {
  test('gives a partial for each stream, segment and pane, of no events', () => {
    const sketcher = new OutcomeSketcher(knowledgeOf(MEASURED));
    const segments = [{ dimension: 'country', value: 'DE' }];
    sketcher.fold([outcome(0, { segments }), outcome(0), outcome(3)]);
    assert.equal(sketcher.openPartials, 3);
    const partials = sketcher.drain();
    assert.deepEqual(
      partials.map(({ pane, events, quality }) => [pane.start - START, pane.segment.value, events, quality?.labels]),
      [
        [0, '', 0, 2],
        [0, 'DE', 0, 1],
        [3 * MINUTE, '', 0, 1],
      ],
    );
    assert.deepEqual(sketcher.drain(), []);
  });

  test('keeps no more segments than the limit, and passes streams over that are not measured', () => {
    const limited: Monitor = { ...MEASURED, limits: { ...MEASURED.limits, segments: 2 } };
    const sketcher = new OutcomeSketcher(knowledgeOf(limited));
    sketcher.fold(['A', 'B', 'C', 'D'].map((value) => outcome(0, { segments: [{ dimension: 'country', value }] })));
    const [all, ...sliced] = sketcher.drain();
    assert.equal(all.quality?.labels, 4);
    assert.equal(sliced.length, 3);
    assert.equal(sliced.find(({ pane }) => pane.segment.value === OTHER)?.quality?.labels, 2);
    const unmeasured = new OutcomeSketcher(knowledgeOf(MONITOR));
    unmeasured.fold([outcome(0)]);
    assert.deepEqual(unmeasured.drain(), []);
  });
});

describe('the quality of a pane', () => {
  function answered(): EventBatch {
    const batch = new EventBatch(STREAM);
    for (let row = 0; row < 4; row++) {
      batch.append(`e${row}`, START + row);
      batch.column('prediction.score').setNumber(row, 0.8);
      batch.column('prediction.class').setString(row, '1');
    }
    return batch;
  }

  test('is in its row, with the labels that came before it closed; later ones are parts of it, named after their records', () => {
    const sketcher = new PartitionSketcher(knowledgeOf(MEASURED));
    sketcher.fold(answered());
    const outcomes = new OutcomeSketcher(knowledgeOf(MEASURED));
    outcomes.fold([outcome(0)]);
    const detector = new Detector(3, knowledgeOf(MEASURED));
    let offset = 0;
    for (const partial of [...sketcher.drain(), ...outcomes.drain()]) detector.takePartial(offset++, partial);
    detector.takeWatermark(offset++, watermark(2));
    outcomes.fold([outcome(0), outcome(0, { sign: -1 }), outcome(0)]);
    for (const partial of outcomes.drain()) detector.takePartial(offset++, partial);
    const { panes } = detector.drain();
    assert.deepEqual(
      panes.map(({ part, events, quality }) => [part, events, quality?.predictions, quality?.labels]),
      [
        ['pane', 4, 4, 1],
        ['late-3-3', 0, 0, 1],
      ],
    );
  });

  test('begins no series of windows, and is written once when the records are read again', () => {
    const outcomes = new OutcomeSketcher(knowledgeOf(MEASURED));
    outcomes.fold([outcome(-60 * 24)]);
    const [partial] = outcomes.drain();
    const first = new Detector(0, knowledgeOf(MEASURED));
    first.takeWatermark(0, watermark(0));
    first.takePartial(1, partial);
    first.takeWatermark(2, watermark(30));
    const { panes, windows } = first.drain();
    assert.deepEqual(windows, []);
    const second = new Detector(0, knowledgeOf(MEASURED));
    second.restore(structuredClone(first.snapshot()));
    second.takePartial(1, partial);
    assert.deepEqual(second.drain().panes, []);
    assert.equal(Buffer.compare(encodeQuality(panes[0].quality!), encodeQuality(partial.quality!)), 0);
  });
});
