import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { baselineRecords, LocalRegistry, RecordWriter } from '@tidemark/contracts';
import { baselineKey, baselineOf, type Baseline } from '@tidemark/monitoring';
import { ColumnSketch } from '@tidemark/sketches';
import type { LogRecord } from '@tidemark/transport';
import { FollowedKnowledge } from '../src/index.js';

const STREAM = { model: 'm', version: '1', role: 'champion' } as const;
const registry = new LocalRegistry();
const writer = await RecordWriter.open(registry, ['Baseline']);

/** @param columns with names of a kilobyte, so that thousands of them are more than one record. */
function baselineWith(columns: number, createdAt: number): Baseline {
  const identity = { model: 'm', version: '*', createdAt, source: 'test', periodStart: null, periodEnd: null };
  const named = Array.from({ length: columns }, (_, at) => {
    const column = ColumnSketch.empty(`${at}${'x'.repeat(1000)}`, 'categorical', {
      type: 'categorical',
      categories: ['a', 'b'],
    });
    column.addString('a');
    return column;
  });
  return baselineOf(identity, 10, named);
}

function recordsOf(baseline: Baseline): LogRecord[] {
  return baselineRecords(baselineKey(baseline), writer.encode('Baseline', baseline)).map(({ key, value }, offset) => {
    return { topic: 'baselines', partition: 0, offset, key: Buffer.from(key), value, timestamp: 0, headers: {} };
  });
}

async function follow(records: readonly LogRecord[]) {
  const unreadable: [number, string][] = [];
  const knowledge = new FollowedKnowledge([]);
  const { onRecord } = knowledge.baselineTopic({
    ...{ topic: 'baselines', registry, now: () => 0 },
    onUnreadable: ({ offset }, reason) => void unreadable.push([offset, reason]),
  });
  for (const record of records) await onRecord(record);
  return { inForce: knowledge.baselineOf(STREAM), unreadable };
}

describe('The topic of baselines', () => {
  const small = baselineWith(3, 1);
  const large = baselineWith(8000, 2);

  it('gives those that are one record, and those in pieces', async () => {
    assert.ok(recordsOf(large).length > 1);
    const { inForce, unreadable } = await follow([...recordsOf(small), ...recordsOf(large)]);
    assert.deepEqual(unreadable, []);
    assert.equal(inForce?.id, large.id);
    assert.equal(inForce.columns.length, 8000);
  });

  it('tells of one of which a piece is not there, and goes by the one before it', async () => {
    const { inForce, unreadable } = await follow([...recordsOf(small), ...recordsOf(large).slice(1)]);
    assert.equal(inForce?.id, small.id);
    const [[, reason]] = unreadable;
    assert.equal(unreadable.length, 1);
    assert.match(reason, /^damaged: the baseline: piece 2 of \d+ is not there$/);
  });

  it('gives the same baseline to whoever reads the same record in the process, as what was fitted is kept by it', async () => {
    const [first, second] = [await follow(recordsOf(small)), await follow(recordsOf(small))];
    assert.ok(first.inForce !== null && first.inForce === second.inForce);
    const other = await follow(recordsOf(baselineWith(3, 3)));
    assert.notEqual(other.inForce, first.inForce);
  });
});
