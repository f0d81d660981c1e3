import assert from 'node:assert/strict';
import { test } from 'node:test';
import avro from 'avsc';
import fc from 'fast-check';
import { CellTag, type EventBatch } from '@tidemark/monitoring';
import {
  EventBatches,
  EventDecoder,
  LocalRegistry,
  schemaOf,
  subjectOf,
  type AvroSchema,
  type DecodedEvent,
} from '../../src/index.js';
import { frame } from '../../src/registry/wire-format.js';
import { avroEvent, EVENT, eventParts, jsonEvent, NOW, withFields } from '../samples.js';

function cell(batch: EventBatch, column: string, row: number): unknown {
  const cells = batch.columns.get(column);
  switch (cells?.tag(row)) {
    case CellTag.number:
      return cells.values[row];
    case CellTag.string:
      return cells.string(row);
    case CellTag.boolean:
      return cells.values[row] === 1;
    case CellTag.null:
      return null;
    default:
      return undefined;
  }
}

function rowOf(decoded: DecodedEvent): { batch: EventBatch; row: number } {
  assert.ok(decoded.ok, JSON.stringify(decoded));
  return decoded;
}

function checkSample(decoded: DecodedEvent): void {
  const { batch, row } = rowOf(decoded);
  assert.deepEqual(batch.stream, { model: 'churn', version: '7', role: 'champion' });
  assert.equal(batch.eventIds[row], 'e-1');
  assert.equal(batch.eventTimes[row], NOW - 1000);
  const cells = Object.fromEntries([...batch.columns.keys()].map((name) => [name, cell(batch, name, row)]));
  assert.deepEqual(cells, {
    age: 31,
    plan: 'pro',
    active: true,
    visits: null,
    'prediction.score': 0.25,
    'prediction.class': 'stays',
    'prediction.value': 3,
    'prediction.confidence': 0.5,
    'prediction.probability.stays': 0.75,
    'prediction.probability.leaves': 0.25,
  });
  assert.equal(batch.segments.get('country')?.string(row), 'DE');
}

test('an event in Avro becomes a row, each value under its column', async () => {
  const { decoder, batches } = await eventParts();
  checkSample(decoder.decode(avroEvent(), batches, NOW));
});

test('an event in JSON becomes the same row', async () => {
  const { decoder, batches } = await eventParts();
  checkSample(decoder.decode(jsonEvent(), batches, NOW));
  const iso = decoder.decode(jsonEvent({ event_time: '2025-12-31T23:59:59Z' }), batches, NOW);
  assert.equal(rowOf(iso).batch.eventTimes[1], NOW - 1000);
});

test('any events in any order of features and streams give the rows that avsc gives', async () => {
  const { writer, decoder, batches } = await eventParts();
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
  const value = fc.oneof(fc.double(), fc.constantFrom('a', 'b', 'ü', ''), fc.boolean(), fc.constant(null));
  const event = fc.record({
    eventId: text,
    model: fc.constantFrom('m', 'n'),
    version: fc.constantFrom('1', '2'),
    role: fc.constantFrom('champion' as const, 'shadow' as const, 'canary' as const),
    eventTime: fc.integer({ min: Date.UTC(2000, 0, 1), max: NOW }),
    features: fc.dictionary(
      text.filter((name) => name !== '__proto__' && !name.startsWith('prediction.')),
      value,
    ),
    confidence: fc.constant(0.5),
    segments: fc.dictionary(fc.constantFrom('country', 'device'), text),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 8 }), (events) => {
      batches.clear();
      for (const each of events) {
        const { batch, row } = rowOf(decoder.decode(writer.encode('InferenceEvent', each), batches, NOW));
        assert.equal(batch.eventIds[row], each.eventId);
        assert.deepEqual(batch.stream, { model: each.model, version: each.version, role: each.role });
        for (const [name, expected] of Object.entries(each.features))
          assert.ok(Object.is(cell(batch, name, row), expected));
        const present = [...batch.columns.keys()].filter((name) => cell(batch, name, row) !== undefined);
        assert.equal(present.length, Object.keys(each.features).length + 1);
        for (const [name, expected] of Object.entries(each.segments)) {
          assert.equal(batch.segments.get(name)?.string(row), expected);
        }
      }
      assert.equal(batches.rows, events.length);
    }),
    { numRuns: 300 },
  );
});

async function decodeWith(schema: AvroSchema, value: unknown): Promise<DecodedEvent> {
  const registry = new LocalRegistry();
  const id = await registry.register(subjectOf('InferenceEvent'), schema);
  const decoder = new EventDecoder(registry);
  await decoder.prepare(id, NOW);
  return decoder.decode(frame(id, avro.Type.forSchema(schema).toBuffer(value)), new EventBatches(), NOW);
}

test('a newer writer with further fields of every type is read', async () => {
  const extra = {
    name: 'trace',
    type: {
      type: 'record',
      name: 'Trace',
      fields: [
        { name: 'id', type: { type: 'fixed', name: 'Id', size: 3 } },
        { name: 'spans', type: { type: 'array', items: { type: 'map', values: ['null', 'long', 'float', 'bytes'] } } },
        { name: 'level', type: { type: 'enum', name: 'Level', symbols: ['a', 'b'] } },
        { name: 'parent', type: ['null', 'Trace'] },
      ],
    },
  };
  const schema = withFields<{ name: string }>(schemaOf('InferenceEvent'), (fields) => [
    fields[0],
    extra,
    ...fields.slice(1),
  ]);
  const leaf = { id: Buffer.from('abc'), spans: [], level: 'b', parent: null };
  const spans = [{ a: null, b: { long: 2 ** 40 } }, { c: { bytes: Buffer.alloc(300) } }];
  const trace = { id: Buffer.from('xyz'), spans, level: 'a', parent: leaf };
  checkSample(await decodeWith(schema, { ...EVENT, trace }));
});

test('an older writer without the optional fields is read with the defaults', async () => {
  const core = ['event_id', 'model', 'version', 'event_time', 'features'];
  const schema = withFields<{ name: string }>(schemaOf('InferenceEvent'), (fields) =>
    fields.filter(({ name }) => core.includes(name)),
  );
  const { batch, row } = rowOf(await decodeWith(schema, EVENT));
  assert.equal(batch.stream.role, 'champion');
  assert.deepEqual([...batch.columns.keys()], ['age', 'plan', 'active', 'visits']);
  assert.equal(cell(batch, 'age', row), 31);
});

test('a writer with its fields in another order is read, cells before the stream included', async () => {
  const schema = withFields<{ name: string }>(schemaOf('InferenceEvent'), (fields) => [...fields].reverse());
  const { batch, row } = rowOf(await decodeWith(schema, EVENT));
  assert.equal(batch.eventIds[row], 'e-1');
  assert.equal(cell(batch, 'plan', row), 'pro');
  assert.equal(cell(batch, 'prediction.confidence', row), 0.5);
  assert.equal(batch.segments.get('country')?.string(row), 'DE');
});

test('numbers of narrower types are taken as doubles', async () => {
  const schema = withFields<{ name: string; type: unknown }>(schemaOf('InferenceEvent'), (fields) =>
    fields.map((field) => (field.name === 'features' ? { ...field, type: { type: 'map', values: 'long' } } : field)),
  );
  const { batch, row } = rowOf(await decodeWith(schema, { ...EVENT, features: { a: -(2 ** 45), b: 127 } }));
  assert.deepEqual([cell(batch, 'a', row), cell(batch, 'b', row)], [-(2 ** 45), 127]);
});

test('batches keep their columns over clear, and strings of the last batch do not leak into the next', async () => {
  const { decoder, batches } = await eventParts();
  for (const plan of ['x', 'y']) decoder.decode(avroEvent({ features: { plan } }), batches, NOW);
  batches.clear();
  assert.equal(batches.rows, 0);
  for (const plan of ['y', 'z', 'x']) decoder.decode(avroEvent({ features: { plan } }), batches, NOW);
  const [batch] = [...batches];
  assert.deepEqual(
    [0, 1, 2].map((row) => cell(batch, 'plan', row)),
    ['y', 'z', 'x'],
  );
});

test('a faulty event leaves no trace in the batch', async () => {
  const { decoder, batches } = await eventParts();
  rowOf(decoder.decode(avroEvent(), batches, NOW));
  const good = avroEvent({ features: { age: 77, plan: 'free' } });
  for (let length = 6; length < good.length; length++) {
    assert.equal(decoder.decode(good.subarray(0, length), batches, NOW).ok, false);
  }
  assert.equal(batches.rows, 1);
  const { batch, row } = rowOf(decoder.decode(avroEvent({ features: { other: 1 } }), batches, NOW));
  assert.equal(row, 1);
  assert.equal(cell(batch, 'age', row), undefined);
});

test('columns beyond the most are counted and left out', async () => {
  const { decoder } = await eventParts();
  const batches = new EventBatches({ maxColumns: 12 });
  const features = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`f${i}`, i]));
  for (const message of [avroEvent({ features }), jsonEvent({ features })]) {
    batches.clear();
    const { batch } = rowOf(decoder.decode(message, batches, NOW));
    assert.ok(batch.columns.size <= 12 + 4, `${batch.columns.size} columns`);
    assert.ok(batches.refusedCells >= 18);
  }
});

test('streams long unused are dropped, and come back sound', async () => {
  const { decoder } = await eventParts();
  const batches = new EventBatches({ keepFor: 2 });
  rowOf(decoder.decode(avroEvent(), batches, NOW));
  for (let i = 0; i < 3; i++) batches.clear();
  assert.equal(batches.get({ model: 'churn', version: '7', role: 'champion' }), undefined);
  checkSample(decoder.decode(avroEvent(), batches, NOW));
  assert.equal([...batches].length, 1);
});
