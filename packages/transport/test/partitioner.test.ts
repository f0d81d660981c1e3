import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Partitioners } from 'kafkajs';
import { partitionOf } from '@tidemark/transport';

describe('partitionOf', () => {
  it("gives the partition that the Kafka client's own partitioner gives", () => {
    const theirs = Partitioners.DefaultPartitioner();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 64 }), (bytes, partitions) => {
        const key = Buffer.from(bytes);
        const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
          partitionId,
          leader: 1,
          partitionErrorCode: 0,
          replicas: [1],
          isr: [1],
        }));
        const expected = theirs({ topic: 't', partitionMetadata, message: { key, value: null } });
        assert.equal(partitionOf(key, partitions), expected);
      }),
      { numRuns: 2000 },
    );
  });
});
