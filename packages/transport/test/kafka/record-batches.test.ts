import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { inRequests, PartitionPlan } from '../../src/kafka/record-batches.js';
import type { OutRecord } from '../../src/port.js';

const LIMIT = 1024 * 1024;

describe('inRequests', () => {
  it('keeps every record in its order, and no request is larger than a broker takes unless one record is', () => {
    const anyRecord = fc
      .integer({ min: 0, max: 1_200_000 })
      .map((size): OutRecord => ({ topic: 't', key: 'key', value: Buffer.alloc(size), headers: { name: 'value' } }));
    fc.assert(
      fc.property(fc.array(anyRecord, { maxLength: 12 }), (records) => {
        const requests = [...inRequests(records)];
        assert.deepEqual(requests.flat(), records);
        for (const request of requests) {
          const bytes = request.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
          assert.ok(request.length === 1 || bytes < LIMIT);
        }
      }),
      { numRuns: 50 },
    );
    assert.deepEqual([...inRequests([])], []);
  });
});

describe('PartitionPlan', () => {
  it('names a partition for every record', async () => {
    const plan = new PartitionPlan(() => Promise.resolve(3));
    const [{ messages }] = await plan.messages(
      [null, null, null, null].map((key): OutRecord => ({ topic: 't', key, value: null })),
    );
    assert.deepEqual(
      messages.map(({ partition }) => partition),
      [0, 1, 2, 0],
    );
  });

  it('refuses a partition that the topic does not have', async () => {
    const plan = new PartitionPlan(() => Promise.resolve(3));
    const record = (partition: number): OutRecord => ({ topic: 't', partition, key: null, value: null });
    assert.equal((await plan.messages([record(2)]))[0].messages[0].partition, 2);
    await assert.rejects(plan.messages([record(0), record(3)]), { code: 'unknown-topic', message: /no partition 3/ });
  });
});
