import assert from 'node:assert/strict';
import { test } from 'node:test';
import avro from 'avsc';
import { RECORD_NAMES, schemaOf } from '../src/index.js';
import { withFields } from './samples.js';

test('every schema reads records without its optional fields, and of writers with more', () => {
  for (const name of RECORD_NAMES) {
    const full = schemaOf(name);
    const core = withFields<{ name: string; default?: unknown }>(full, (fields) =>
      fields.filter((field) => !('default' in field)),
    );
    const more = withFields<{ name: string }>(full, (fields) => [
      { name: 'later', type: ['null', 'string'], default: null, doc: 'x' } as { name: string },
      ...fields,
    ]);
    const reader = avro.Type.forSchema(full);
    for (const schema of [core, more]) {
      const type = avro.Type.forSchema(schema);
      // Once through the bytes: a random float has more digits than it keeps.
      const value = type.fromBuffer(type.toBuffer(type.random())) as object;
      const read = reader.fromBuffer(type.toBuffer(value), reader.createResolver(type)) as Record<string, unknown>;
      for (const [field, written] of Object.entries(value))
        if (field !== 'later') assert.equal(JSON.stringify(read[field]), JSON.stringify(written));
      // And the other way: the writer of that schema, as a reader, takes ours.
      assert.doesNotThrow(() => type.fromBuffer(reader.toBuffer(read), type.createResolver(reader)));
    }
  }
});

test('every field and type is documented', () => {
  const check = (schema: unknown, path: string): void => {
    if (Array.isArray(schema)) return schema.forEach((branch) => check(branch, path));
    if (typeof schema !== 'object' || schema === null) return;
    const { type, doc, fields, items, values, name } = schema as Record<string, unknown>;
    if (['record', 'enum', 'fixed'].includes(type as string))
      assert.ok(typeof doc === 'string' && doc !== '', `${path}: type ${String(name)}`);
    for (const field of (fields ?? []) as { name: string; doc?: string; type: unknown }[]) {
      assert.ok(field.doc !== undefined && field.doc !== '', `${path}.${field.name}`);
      check(field.type, `${path}.${field.name}`);
    }
    for (const inner of [items, values]) check(inner, path);
  };
  for (const name of RECORD_NAMES) check(schemaOf(name), name);
});
