import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  BaselineGathering,
  baselineRecords,
  LocalRegistry,
  MOST_BASELINE_BYTES,
  RecordReader,
} from '../../src/index.js';

const KEY = '["m","*"]';

function bytes(length: number, seed: number): Buffer {
  const value = Buffer.alloc(length);
  for (let at = 0; at < length; at++) value[at] = (at * 31 + (at >> 8) * seed) & 255;
  value[0] = 0;
  return value;
}

function gather(gathering: BaselineGathering, records: readonly { readonly key: string; readonly value: Buffer }[]) {
  return records.map(({ key, value }) => gathering.take(key, value)).filter(({ kind }) => kind !== 'waiting');
}

describe('A baseline in records', () => {
  const large = bytes(9_000_000, 3);

  it('is one as long as its topic takes it, and pieces of less than a megabyte beyond that; put together it is the same', () => {
    const small = bytes(5_000_000, 1);
    assert.deepEqual(baselineRecords(KEY, small), [{ key: KEY, value: small }]);
    const records = baselineRecords(KEY, large);
    assert.ok(records.length > 10 && records.every(({ value }) => value.length < 1_000_000));
    assert.equal(new Set(records.map(({ key }) => key)).size, records.length);
    assert.deepEqual(gather(new BaselineGathering(), [{ key: KEY, value: small }, ...records]), [
      { kind: 'whole', value: small },
      { kind: 'whole', value: large },
    ]);
  });

  it('is told of, and not taken for whole, where a piece is not there, is of another baseline, or is damaged', () => {
    const records = baselineRecords(KEY, large);
    const other = baselineRecords(KEY, bytes(9_000_000, 5));
    const without = records.filter((_, at) => at !== 4);
    const mixed = records.map((record, at) => (at === 4 ? other[4] : record));
    const damaged = records.map(({ key, value }, at) => {
      return { key, value: at === 4 ? Buffer.concat([value.subarray(0, 100), value.subarray(99)]) : value };
    });
    for (const [given, reason] of [
      [without, 'piece 6 of 13 is not there'],
      [mixed, 'piece 6 of 13 is not there'],
      [damaged.slice(0, 4).concat(damaged.slice(5)), 'piece 6 of 13 is not there'],
      [
        records.map((each, at) => (at === 4 ? { ...each, value: Buffer.from(each.value).fill(7, 50, 60) } : each)),
        'its pieces are damaged',
      ],
    ] as const) {
      assert.deepEqual(gather(new BaselineGathering(), given), [{ kind: 'unreadable', reason }]);
    }
  });

  it('is not held up by pieces of one before it that a shorter one left over', () => {
    const shorter = bytes(8_000_000, 7);
    const leftOver = baselineRecords(KEY, large).slice(-3, -1);
    assert.deepEqual(gather(new BaselineGathering(), [...leftOver, ...baselineRecords(KEY, shorter)]), [
      { kind: 'whole', value: shorter },
    ]);
  });

  it('is refused where it is made if it is larger than readers take', () => {
    assert.throws(() => baselineRecords(KEY, Buffer.alloc(MOST_BASELINE_BYTES + 1)), {
      code: 'invalid-record',
      message: /has 140000001 bytes, and 140000000 are allowed.*Leave columns out/,
    });
  });

  it('is unreadable, and nothing else, for a reader that knows no pieces', async () => {
    const reader = new RecordReader(new LocalRegistry(), { names: ['Baseline'] });
    for (const { value } of baselineRecords(KEY, large)) {
      const read = await reader.read(value, 0);
      assert.ok(!read.ok);
      assert.equal(read.reason, 'bad_magic');
    }
  });
});
