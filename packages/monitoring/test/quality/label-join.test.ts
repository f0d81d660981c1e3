import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Truth } from '@tidemark/sketches';
import {
  joinLabels,
  predictionKey,
  type Label,
  type LabelBatch,
  type LoggedPrediction,
  type ModelRole,
} from '../../src/index.js';
import { START } from '../fixtures.js';

const YES: Truth = { class: 'yes', value: null };
const NO: Truth = { class: 'no', value: null };

function prediction(eventId: string, version = '1', role: ModelRole = 'champion', share = 1): LoggedPrediction {
  const answer = { score: 0.5, class: 'yes', value: null, confidence: null, probabilities: new Map<string, number>() };
  return { stream: { model: 'm', version, role }, eventId, eventTime: START, segments: [], answer, share };
}

function label(eventId: string, offset: number, truth: Truth, more: Partial<Label> = {}): Label {
  return { model: 'm', eventId, version: null, observedAt: START, offset, truth, inclusionProbability: 1, ...more };
}

const batchFrom = (first: number): LabelBatch => ({ source: 'ground-truth/0', first, end: Infinity });

function join(predictions: LoggedPrediction[], labels: Label[], first: number, met: LoggedPrediction[] = []) {
  const joined = joinLabels({ predictions, labels, met: new Set(met.map(predictionKey)) }, batchFrom(first));
  return {
    outcomes: joined.outcomes.map(({ stream, truth, sign }) => `${stream.version} ${sign} ${truth.class}`),
    met: joined.met.map(({ prediction: { stream, eventId }, offset }) => `${eventId}/${stream.version}@${offset}`),
    waiting: joined.waiting.map(({ offset }) => offset),
  };
}

describe('joinLabels', () => {
  test('counts a label for each prediction of its event, and only for those of its version where it names one', () => {
    const both = [prediction('a'), prediction('a', '2', 'shadow')];
    assert.deepEqual(join(both, [label('a', 7, YES)], 5), {
      outcomes: ['1 1 yes', '2 1 yes'],
      met: ['a/1@7', 'a/2@7'],
      waiting: [],
    });
    assert.deepEqual(join(both, [label('a', 7, YES, { version: '2' })], 5).outcomes, ['2 1 yes']);
  });

  test('counts once what comes twice, and takes back what is corrected', () => {
    const a = prediction('a');
    const again = [label('a', 1, YES), label('a', 7, YES)];
    assert.deepEqual(join([a], again, 5, [a]), { outcomes: [], met: [], waiting: [] });
    const corrected = [label('a', 1, YES), label('a', 7, NO)];
    assert.deepEqual(join([a], corrected, 5, [a]).outcomes, ['1 -1 yes', '1 1 no']);
    const earlier = [label('a', 1, YES), label('a', 7, NO, { observedAt: START - 1 })];
    assert.deepEqual(join([a], earlier, 5, [a]).outcomes, []);
    const weight = [label('a', 1, YES), label('a', 7, YES, { inclusionProbability: 0.5 })];
    assert.deepEqual(join([a], weight, 5, [a]).outcomes, ['1 -1 yes', '1 1 yes']);
  });

  test('lets labels wait for their prediction, and counts what holds once it is there', () => {
    assert.deepEqual(join([], [label('a', 7, YES)], 5), { outcomes: [], met: [], waiting: [7] });
    assert.deepEqual(join([prediction('a')], [label('a', 7, YES, { version: '2' })], 5), {
      outcomes: [],
      met: [],
      waiting: [7],
    });
    const resent = [label('a', 1, YES), label('a', 7, NO, { observedAt: START - 1 })];
    assert.deepEqual(join([prediction('a')], resent, 5), { outcomes: ['1 1 yes'], met: ['a/1@7'], waiting: [] });
  });

  test('does not take back what it no longer knows', () => {
    const a = prediction('a');
    assert.deepEqual(join([a], [label('a', 7, NO)], 5, [a]), { outcomes: [], met: [], waiting: [] });
  });

  test('knows an event to be labelled by the chance that it was logged and that it was chosen', () => {
    const chosen = label('a', 7, YES, { inclusionProbability: 0.5 });
    const { outcomes } = joinLabels(
      { predictions: [prediction('a', '1', 'champion', 0.2)], labels: [chosen], met: new Set() },
      batchFrom(5),
    );
    assert.equal(outcomes[0].inclusionProbability, 0.1);
  });
});
