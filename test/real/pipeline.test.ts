import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { ConfluentRegistry, LocalRegistry, RecordReader, type DeadLetter } from '@tidemark/contracts';
import { KafkaLog, MemoryLog } from '@tidemark/transport';
import { runPipeline, type PipelineResult } from '../pipeline/pipeline.js';
import { eventsOf, messagesOf, START } from '../pipeline/stream.js';
import { realParts, type RealParts } from './real-parts.js';

const EVENTS = 12_000;

describe('the pipeline on a real Kafka and a real registry', { timeout: 180_000 }, () => {
  let parts: RealParts;
  let real: PipelineResult;
  let bad: Awaited<ReturnType<typeof malformed>>;
  const prefix = `t${randomBytes(4).toString('hex')}-`;

  before(async () => {
    parts = await realParts();
    const registry = new ConfluentRegistry({ url: parts.registryUrl });
    const messages = await messagesOf(registry, eventsOf(EVENTS, 12));
    bad = await malformed(registry);
    real = await runPipeline(
      messages,
      {
        openLog: () => KafkaLog.connect({ brokers: parts.brokers, clientId: 'test' }),
        registry,
        sketchers: 2,
        partitions: 3,
        prefix,
      },
      bad.map(({ value }, index) => ({ key: `bad-${index}`, value, partition: index % 3 })),
    );
  });

  after(() => parts.release());

  test('leaves the same aggregates as the embedded path', async () => {
    const registry = new LocalRegistry();
    const log = new MemoryLog();
    const embedded = await runPipeline(await messagesOf(registry, eventsOf(EVENTS, 12)), {
      // One log within the process: whoever opens it shares it.
      openLog: () => Promise.resolve(log),
      registry,
      sketchers: 1,
      partitions: 1,
      prefix: '',
    });
    assert.ok(real.aggregates.length > 500, `${real.aggregates.length} aggregates`);
    assert.deepEqual(real.aggregates, embedded.aggregates);
    assert.ok(real.aggregates.some(({ bins }) => (bins as number[]).some((count) => count > 0)));
  });

  test('counts every good event exactly once', () => {
    const scores = real.aggregates.filter(
      ({ column, segment_dimension: dimension }) => column === 'prediction.score' && dimension === '',
    );
    assert.equal(
      scores.reduce((sum, { values }) => sum + (values as number), 0),
      EVENTS,
    );
  });

  test('puts every malformed record among the dead letters, as it came', async () => {
    const reader = new RecordReader(new ConfluentRegistry({ url: parts.registryUrl }), { names: ['DeadLetter'] });
    const letters: DeadLetter[] = [];
    for (const value of real.deadLetters) {
      const read = await reader.read(value, Date.now());
      assert.ok(read.ok && read.name === 'DeadLetter');
      letters.push(read.record);
    }
    assert.equal(letters.length, bad.length);
    bad.forEach(({ kind, value, reason }, index) => {
      const letter = letters.find(({ key }) => key !== null && Buffer.from(key).toString() === `bad-${index}`);
      assert.ok(letter !== undefined, `${kind}: no dead letter`);
      assert.equal(letter.reason, reason, kind);
      assert.ok(letter.detail.length > 0, kind);
      assert.deepEqual(
        [letter.topic, letter.partition, letter.rejectedBy],
        [`${prefix}inference-events`, index % 3, 'sketcher'],
        kind,
      );
      assert.ok(Number(letter.offset) > 0, kind);
      assert.ok(Buffer.from(letter.value ?? []).equals(value ?? Buffer.alloc(0)), `${kind}: other bytes`);
    });
  });
});

/** One record of each kind that must not be counted. */
async function malformed(registry: ConfluentRegistry) {
  const [{ value: good }] = (await messagesOf(registry, eventsOf(2, 1))).slice(1);
  const json = (fields: object) =>
    Buffer.from(
      JSON.stringify({
        event_id: 'e',
        model: 'fraud',
        version: '1',
        event_time: START,
        features: { amount: 1 },
        ...fields,
      }),
    );
  const unknown = Buffer.from(good);
  unknown.writeInt32BE(0x7ffffff0, 1);
  const nan = await messagesOf(registry, [
    ...eventsOf(1, 1),
    { eventId: 'nan', model: 'fraud', version: '1', eventTime: START, features: { amount: NaN, age: NaN } },
  ]);
  return [
    { kind: 'bad magic', value: Buffer.from([7, 1, 2, 3]), reason: 'bad_magic' },
    { kind: 'unknown schema id', value: unknown, reason: 'unknown_schema' },
    { kind: 'truncated', value: good.subarray(0, good.length - 9), reason: 'truncated' },
    { kind: 'wrong types', value: json({ features: { amount: { nested: true } } }), reason: 'wrong_type' },
    { kind: 'NaN everywhere', value: nan[1].value, reason: 'all_nan' },
    { kind: '10 MB', value: Buffer.concat([good, Buffer.alloc(10 << 20)]), reason: 'too_large' },
    { kind: 'empty', value: Buffer.alloc(0), reason: 'empty' },
    { kind: 'no value', value: null, reason: 'empty' },
    { kind: 'no JSON', value: Buffer.from('{"event_id": '), reason: 'invalid_json' },
    { kind: 'a time far ahead', value: json({ event_time: Date.UTC(2100, 0, 1) }), reason: 'time_out_of_range' },
    { kind: 'a reserved name', value: json({ features: { 'prediction.score': 1 } }), reason: 'reserved_name' },
  ] as const;
}
