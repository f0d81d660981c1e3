import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseJsonObject } from '../../src/records/json-object.js';

test('an object without a name twice is what JSON.parse makes of it', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })), fc.nat(3), (value, space) => {
      const text = JSON.stringify(value, null, space);
      assert.deepEqual(parseJsonObject(Buffer.from(text)), JSON.parse(text));
    }),
  );
});

test('a name that comes twice is refused, however it is written and whatever strings lie around it', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.string(), fc.jsonValue(), (strings, name, value) => {
      const quoted = [...name].map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
      const plain = /^[\x20-\x7f]*$/.test(name);
      fc.pre(plain);
      const members = strings.map((string, i) => `"${i}" : ${JSON.stringify(`": ${string}`)}`);
      const twice = [...members, `${JSON.stringify(name)}:${JSON.stringify(value)}`, `"${quoted}"\n: 1`];
      assert.throws(() => parseJsonObject(Buffer.from(`{"in": [{${twice.join(',')}}]}`)), {
        reason: 'duplicate_name',
      });
    }),
  );
});

test('depth is bounded', () => {
  const nested = (depth: number) => Buffer.from(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`);
  assert.deepEqual(Object.keys(parseJsonObject(nested(60))), ['a']);
  assert.throws(() => parseJsonObject(nested(100_000)), { reason: 'invalid_json', message: /nested deeper/ });
});
