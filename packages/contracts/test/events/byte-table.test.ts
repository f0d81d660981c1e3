import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteTable } from '../../src/events/byte-table.js';

test('every string of bytes is found under the number it was given, and no other is', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ maxLength: 8 }), { maxLength: 200 }),
      fc.string({ maxLength: 8 }),
      (known, other) => {
        const table = new ByteTable();
        const find = (text: string): number => {
          const bytes = Buffer.from(`<${text}>`);
          return table.find(bytes, 1, bytes.length - 1);
        };
        known.forEach((text, i) => {
          const bytes = Buffer.from(text);
          assert.equal(table.add(bytes, 0, bytes.length), i);
        });
        known.forEach((text, i) => assert.equal(find(text), i));
        assert.equal(find(other), known.indexOf(other));
        assert.equal(table.size, known.length);
      },
    ),
  );
});
