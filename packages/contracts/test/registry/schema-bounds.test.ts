import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSchema } from '../../src/events/avro-schema.js';
import { Skips } from '../../src/events/avro-skip.js';
import { AvroReader } from '../../src/events/avro-reader.js';
import { EventDecoder, LocalRegistry, RecordReader, schemaOf, type AvroSchema } from '../../src/index.js';
import { RecordFault } from '../../src/records/record-fault.js';
import {
  DEEPEST_SCHEMA,
  MOST_SCHEMA_CHARACTERS,
  schemaExcess,
  schemaTextExcess,
} from '../../src/registry/schema-bounds.js';
import { RECORD_NAMES } from '../../src/schema-files.js';

/** A type in `levels` arrays, made without recursion. */
function nested(levels: number): AvroSchema {
  let schema: unknown = 'int';
  for (let i = 0; i < levels; i++) schema = { type: 'array', items: schema };
  return schema as AvroSchema;
}

test("the project's own schemas are far within the bounds", () => {
  for (const name of RECORD_NAMES) assert.equal(schemaExcess(schemaOf(name)), null);
});

test('nesting is bounded, however deep it goes', () => {
  assert.equal(schemaExcess(nested(DEEPEST_SCHEMA)), null);
  for (const levels of [DEEPEST_SCHEMA + 1, 1_000_000]) {
    assert.match(schemaExcess(nested(levels)) ?? '', /nested deeper than 64/);
  }
  assert.throws(() => parseSchema(nested(1_000_000)), { reason: 'wrong_schema', message: /nested deeper/ });
});

test('size is bounded, in parts and as text', () => {
  const symbols = Array.from({ length: 60_000 }, (_, i) => `S${i}`);
  assert.match(schemaExcess({ type: 'enum', name: 'E', symbols }) ?? '', /more than 50000 parts/);
  assert.equal(schemaExcess({ type: 'enum', name: 'E', symbols: symbols.slice(0, 40_000) }), null);
  assert.equal(schemaTextExcess('"int"'), null);
  assert.match(schemaTextExcess(' '.repeat(MOST_SCHEMA_CHARACTERS + 1)) ?? '', /characters, 1048576 are allowed/);
});

test('a type that contains itself compiles, and its values are bounded where they are read', () => {
  const type = parseSchema({
    type: 'record',
    name: 'Node',
    fields: [{ name: 'next', type: ['null', 'Node'] }],
  });
  const skip = new Skips().of(type);
  const reader = new AvroReader();
  reader.open(Buffer.of(2, 2, 2, 0), 0);
  skip(reader, 0);
  assert.equal(reader.left, 0);
  reader.open(Buffer.alloc(100_000, 2), 0);
  assert.throws(() => skip(reader, 0), RecordFault);
  // Endless without a byte read: a record of nothing but itself.
  const endless = new Skips().of(
    parseSchema({ type: 'record', name: 'Self', fields: [{ name: 'self', type: 'Self' }] }),
  );
  reader.open(Buffer.alloc(0), 0);
  assert.throws(() => endless(reader, 0), RecordFault);
});

test('hostile schemas turn records away and leave the decoders as they were', async () => {
  const hostile: AvroSchema[] = [
    nested(100_000),
    { type: 'enum', name: 'io.tidemark.InferenceEvent', symbols: Array.from({ length: 60_000 }, (_, i) => `S${i}`) },
    { type: 'record', name: 'io.tidemark.InferenceEvent', fields: [{ name: 'event_id', type: 'InferenceEvent' }] },
    { type: 'record', name: 'x"]}; process.exit(1); //', fields: [] },
    { type: 'record', name: '__proto__', fields: [{ name: '__proto__', type: '__proto__' }] },
    { type: 'fixed', name: 'F', size: Number.MAX_SAFE_INTEGER },
    { type: 'array', items: { type: 'fixed', name: 'F', size: -5 } },
    JSON.parse('{"type":{"type":{"type":"int"}}}') as AvroSchema,
    [],
    null as unknown as AvroSchema,
  ];
  const registry = new LocalRegistry();
  const ids: number[] = [];
  // JSON.stringify cannot take the first; what it stands for is what a registry's answer holds.
  for (const [i, schema] of hostile.entries()) {
    ids.push(i === 0 ? -1 : await registry.register('s', schema));
  }
  const decoder = new EventDecoder({
    register: () => Promise.resolve(1),
    schemaOf: (id) => (id === 99 ? Promise.resolve({ ok: true, schema: hostile[0] }) : registry.schemaOf(id)),
  });
  const reader = new RecordReader(registry);
  for (const id of [99, ...ids.slice(1)]) {
    await decoder.prepare(id, 0);
    if (id !== 99) {
      const message = Buffer.from([0, 0, 0, 0, id, 2, 2, 2, 2]);
      const read = await reader.read(message, 0);
      assert.ok(!read.ok, `schema ${id}`);
    }
  }
});
