import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import {
  GroundTruthDecoder,
  LocalRegistry,
  RecordWriter,
  type DeadLetterReason,
  type GroundTruth,
} from '../../src/index.js';
import { NOW } from '../samples.js';

const TRUTH: GroundTruth = {
  ...{ eventId: 'e-1', model: 'churn', version: '7', class: 'leaves', value: 2.5 },
  ...{ observedAt: NOW - 1000, source: 'annotators', inclusionProbability: 0.25 },
};

function json(changes: object = {}): Buffer {
  const { eventId, observedAt, inclusionProbability, ...rest } = TRUTH;
  const names = { event_id: eventId, observed_at: observedAt, inclusion_probability: inclusionProbability };
  return Buffer.from(JSON.stringify({ ...names, ...rest, ...changes }));
}

describe('GroundTruthDecoder', () => {
  const registry = new LocalRegistry();
  let writer: RecordWriter;
  const decode = async (message: Buffer | null) => {
    const decoder = new GroundTruthDecoder(registry);
    const needed = decoder.needsSchema(message, NOW);
    if (needed !== null) await decoder.prepare(needed, NOW);
    return decoder.decode(message, NOW);
  };
  before(async () => {
    writer = await RecordWriter.open(registry, ['GroundTruth', 'SourceWatermark']);
  });

  test('reads Avro and JSON of the same shape', async () => {
    assert.deepEqual(await decode(writer.encode('GroundTruth', TRUTH)), { ok: true, record: TRUTH });
    assert.deepEqual(await decode(json()), { ok: true, record: TRUTH });
    const least = { event_id: 'e', model: 'm', value: 0, observed_at: '2025-12-31T23:00:00+01:00' };
    assert.deepEqual(await decode(Buffer.from(JSON.stringify(least))), {
      ok: true,
      record: {
        ...{ eventId: 'e', model: 'm', version: null, class: null, value: 0, source: null, inclusionProbability: null },
        observedAt: Date.UTC(2025, 11, 31, 22),
      },
    });
  });

  const faulty: readonly (readonly [string, () => Buffer | null, DeadLetterReason])[] = [
    ['nothing', () => null, 'empty'],
    ['a foreign first byte', () => Buffer.from([9 + 100, 1]), 'bad_magic'],
    ['half of JSON', () => Buffer.from('{"event_id": '), 'invalid_json'],
    ['no object', () => Buffer.from(' [1]'), 'invalid_json'],
    ['bytes that are no text', () => Buffer.from([0x7b, 0xff, 0x7d]), 'invalid_utf8'],
    ['no event', () => json({ event_id: undefined }), 'missing_field'],
    ['an empty model', () => json({ model: '' }), 'missing_field'],
    ['no time', () => json({ observed_at: null }), 'missing_field'],
    ['a time without a zone', () => json({ observed_at: '2025-12-31T23:00:00' }), 'wrong_type'],
    ['the past of clocks gone wrong', () => json({ observed_at: 1 }), 'time_out_of_range'],
    ['the future', () => json({ observed_at: NOW + 3_600_000 }), 'time_out_of_range'],
    ['neither class nor value', () => json({ class: null, value: null }), 'no_values'],
    ['a class that is a number', () => json({ class: 1 }), 'wrong_type'],
    ['a probability of 0', () => json({ inclusion_probability: 0 }), 'wrong_type'],
    ['a long id', () => json({ event_id: 'x'.repeat(1025) }), 'too_long'],
    ['a huge record', () => json({ note: 'x'.repeat(1 << 20) }), 'too_large'],
    ['a value that is no number', () => writer.encode('GroundTruth', { ...TRUTH, value: NaN }), 'wrong_type'],
    ['a probability above 1', () => writer.encode('GroundTruth', { ...TRUTH, inclusionProbability: 2 }), 'wrong_type'],
    ['half a record', () => writer.encode('GroundTruth', TRUTH).subarray(0, 12), 'truncated'],
    [
      'another record',
      () => writer.encode('SourceWatermark', { sourcePartition: 0, sourcePartitions: 1, watermark: NOW, idleFor: 0 }),
      'wrong_schema',
    ],
  ];
  for (const [what, message, reason] of faulty) {
    test(`turns away ${what}: ${reason}`, async () => {
      const decoded = await decode(message());
      assert.ok(!decoded.ok);
      assert.equal(decoded.reason, reason);
    });
  }
});
