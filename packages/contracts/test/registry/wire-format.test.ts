import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frame, schemaIdOf } from '../../src/index.js';

test('a message is a zero byte, the id in four bytes, the body', () => {
  assert.deepEqual([...frame(0x01020304, Buffer.from([9, 8]))], [0, 1, 2, 3, 4, 9, 8]);
  assert.equal(schemaIdOf(frame(0xfffffffe, Buffer.alloc(0))), 0xfffffffe);
});

test('anything else has no schema id', () => {
  for (const message of [null, Buffer.alloc(0), Buffer.from([0, 1, 2, 3]), Buffer.from('{"a": 1}')])
    assert.equal(schemaIdOf(message), null);
});
