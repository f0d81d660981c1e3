import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSchema } from '../../src/events/avro-schema.js';
import { Skips } from '../../src/events/avro-skip.js';
import { AvroReader } from '../../src/events/avro-reader.js';
import {
  EventBatches,
  EventDecoder,
  frame,
  GroundTruthDecoder,
  LocalRegistry,
  readAsFarAsPossible,
  RecordReader,
  schemaOf,
  type AvroSchema,
  type RecordName,
} from '../../src/index.js';
import { RecordFault } from '../../src/records/record-fault.js';
import { RECORD_NAMES } from '../../src/schema-files.js';
import { expansionExcess } from '../../src/registry/schema-expansion.js';
import { avroEvent, NOW } from '../samples.js';

/** Milliseconds that anything here may take. */
const MOST = 250;

/** Records that each hold the one before twice, written one after the other: by their names, as nesting of JSON is bounded. */
function doubling(levels: number, leaf: unknown, defaults = false): AvroSchema {
  const whenMissing = defaults ? { default: {} } : {};
  const types = Array.from({ length: levels }, (_, level) => ({
    type: 'record',
    name: `R${level}`,
    fields:
      level === 0
        ? [{ name: 'a', type: leaf, ...(defaults ? { default: null } : {}) }]
        : ['a', 'b'].map((name) => ({ name, type: `R${level - 1}`, ...whenMissing })),
  }));
  const fields = types.map((type, level) => ({ name: `f${level}`, type, ...whenMissing }));
  return { type: 'record', name: 'All', fields } as unknown as AvroSchema;
}

/** The schema of a record with one field more. */
function withField(name: RecordName, type: AvroSchema): AvroSchema {
  const schema = schemaOf(name) as { readonly fields: readonly object[] };
  return { ...schema, fields: [...schema.fields, { name: 'more', type }] } as unknown as AvroSchema;
}

function quickly<T>(run: () => T): T {
  const before = performance.now();
  const result = run();
  const took = performance.now() - before;
  assert.ok(took < MOST, `${took} ms`);
  return result;
}

/** A field that is passed over, or the schema turned away, both at once. */
const HOSTILE: Readonly<Record<string, AvroSchema>> = {
  '28 levels of null': doubling(28, 'null'),
  '28 levels of arrays': doubling(28, { type: 'array', items: 'null' }),
  '60 levels of null or more': doubling(60, ['null', 'string']),
  'defaults of defaults': doubling(28, 'null', true),
  'an array of them': { type: 'array', items: doubling(24, 'null') },
  'a map of them': { type: 'map', values: doubling(24, 'null') },
  'an array of arrays of null': { type: 'array', items: { type: 'array', items: 'null' } },
};

for (const [what, schema] of Object.entries(HOSTILE)) {
  test(`a writer's schema with ${what} costs no reader anything`, async () => {
    const registry = new LocalRegistry();
    const events = await registry.register('events', withField('InferenceEvent', schema));
    const truths = await registry.register('truths', withField('GroundTruth', schema));
    const decoder = new EventDecoder(registry);
    const truthDecoder = new GroundTruthDecoder(registry);
    const reader = new RecordReader(registry);
    const before = performance.now();
    await decoder.prepare(events, NOW);
    await truthDecoder.prepare(truths, NOW);
    await reader.prepare(truths, NOW);
    assert.ok(performance.now() - before < MOST);
    const body = avroEvent().subarray(5);
    // A block of 200,000 items without bytes, as often as the record lets it.
    const blocks = Buffer.concat([
      ...Array.from({ length: 60_000 }, () => Buffer.from([0x80, 0xb5, 0x18])),
      Buffer.of(0),
    ]);
    for (const rest of [Buffer.alloc(0), Buffer.alloc(3), blocks]) {
      const message = Buffer.concat([body, rest]);
      quickly(() => decoder.decode(frame(events, message), new EventBatches(), NOW));
      const truth = Buffer.concat([Buffer.from('02650a6368757280e8eca5cb66000200', 'hex'), rest]);
      quickly(() => truthDecoder.decode(frame(truths, truth), NOW));
      quickly(() => reader.decode(frame(truths, truth)));
      quickly(() => readAsFarAsPossible(withField('GroundTruth', schema), truth));
    }
  });
}

test('what a schema expands to is bounded, and how deep', () => {
  const excess = (schema: AvroSchema) => {
    try {
      parseSchema(schema);
      return null;
    } catch (error) {
      assert.ok(error instanceof RecordFault);
      assert.equal(error.reason, 'wrong_schema');
      return error.message;
    }
  };
  assert.equal(excess(doubling(12, 'null')), null);
  assert.match(excess(doubling(20, 'int')) ?? '', /more than 50000 types once every name stands for what it names/);
  assert.match(excess({ type: 'array', items: doubling(8, 'null') }) ?? '', /parts without bytes/);
  // A chain by names, flat as JSON.
  const chain = Array.from({ length: 1000 }, (_, i) => ({
    name: `f${i}`,
    type: { type: 'record', name: `C${i}`, fields: i === 0 ? [] : [{ name: 'a', type: `C${i - 1}` }] },
  }));
  assert.match(excess({ type: 'record', name: 'Chain', fields: chain } as AvroSchema) ?? '', /deeper than 64/);
  for (const name of RECORD_NAMES) assert.equal(expansionExcess(parseSchema(schemaOf(name))), null);
});

test('items without bytes are counted, not passed one by one, and no more of them than the record has bytes', () => {
  const skip = new Skips().of(parseSchema({ type: 'array', items: 'null' }));
  const reader = new AvroReader();
  reader.open(Buffer.from([6, 0]), 0);
  assert.throws(() => skip(reader, 0), { reason: 'truncated' });
  reader.open(Buffer.from([2, 0]), 0);
  skip(reader, 0);
  assert.equal(reader.left, 0);
  const blocks = Buffer.concat([...Array.from({ length: 100 }, () => Buffer.of(100)), Buffer.of(0)]);
  reader.open(blocks, 0);
  assert.throws(() => skip(reader, 0), { reason: 'damaged' });
});
