import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Batch } from 'kafkajs';
import { beyond, damaged } from '../../src/kafka/codecs/inflated.js';
import { refusals } from '../../src/kafka/fetching/fetched-message.js';
import { recordsFrom } from '../../src/kafka/kafka-records.js';

describe('A record that cannot be read', () => {
  for (const [what, reason, expected] of [
    ['damage', `in a gzip batch of 3 bytes that ${damaged('a block is cut off')}`, 'damaged'],
    ['what it inflates to', `in a gzip batch of 3 bytes that ${beyond(1024)}`, 'too-large'],
    ['an unknown codec', 'in a batch of 3 bytes whose codec has the unknown number 7', 'damaged'],
  ] as const) {
    it(`says whether it is for ${what}`, () => {
      const batch = { topic: 't', partition: 0, messages: [...refusals(1, 5, 0, reason)] } as unknown as Batch;
      const [{ refused, refusedAs }] = recordsFrom(batch, 0);
      assert.deepEqual([refused, refusedAs], [reason, expected]);
    });
  }
});
