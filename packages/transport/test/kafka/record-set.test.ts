import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import snappy from 'snappy';
import type { FetchedMessage } from '../../src/kafka/fetching/fetched-message.js';
import {
  MOST_ANSWER_BYTES,
  MOST_ANSWER_RECORDS,
  MOST_BATCH_BYTES,
  ReadBudget,
} from '../../src/kafka/fetching/read-budget.js';
import { readRecordSet, type FetchedPartition } from '../../src/kafka/fetching/record-set.js';
import * as made from './batches.js';
import { batchOf, recordOf, WAYS } from './batches.js';

function messages(records: Buffer, given: Partial<FetchedPartition> = {}): Promise<FetchedMessage[]> {
  return readRecordSet({ records, from: 0, end: 1e9, aborted: [], ...given }, new ReadBudget());
}

/** What a consumer is given of bytes that a broker sent, and the offset that it asks for next. */
async function read(records: Buffer, given: Partial<FetchedPartition> = {}) {
  const found = await messages(records, given);
  const last = found.at(-1)?.offset;
  return {
    seen: found
      .filter(({ isControlRecord }) => !isControlRecord)
      .map(({ offset, value, refused }) => ({
        offset: Number(offset),
        bytes: value?.length ?? null,
        refused: refused ?? null,
      })),
    next: last === undefined ? (given.from ?? 0) : Number(last) + 1,
  };
}

const THREE = Buffer.concat([recordOf(0, 3), recordOf(1, 100_000), recordOf(2, Buffer.from('end'))]);
/** Bytes more than the process had outside of its heap. */
async function taking<T>(action: () => Promise<T>): Promise<{ result: T; bytes: number }> {
  const before = process.memoryUsage().external;
  const result = await action();
  return { result, bytes: process.memoryUsage().external - before };
}

for (const [name, codec, compress] of WAYS) {
  describe(`A batch with ${name}`, () => {
    it('gives its records as they are', async () => {
      const batch = batchOf(compress(THREE), 3, { attributes: codec });
      const [first, second, third] = await messages(batch);
      assert.deepEqual([first.offset, second.offset, third.offset], ['40', '41', '42']);
      assert.deepEqual(
        [first.timestamp, second.timestamp, third.timestamp],
        [1_700_000_000_000, 1_700_000_000_010, 1_700_000_000_020],
      );
      assert.equal(first.key, null);
      assert.equal(second.value?.length, 100_000);
      assert.equal(String(third.value), 'end');
      assert.deepEqual(third.headers, {});
    });

    it('begins where it was asked to', async () => {
      const two = Buffer.concat([
        batchOf(compress(THREE), 3, { attributes: codec }),
        batchOf(compress(THREE), 3, { attributes: codec, first: 43 }),
      ]);
      const { seen, next } = await read(two, { from: 42 });
      assert.deepEqual(
        seen.map(({ offset }) => offset),
        [42, 43, 44, 45],
      );
      assert.equal(next, 46);
    });

    it('is refused, each record of it, where its checksum is another, and what follows is read', async () => {
      const broken = batchOf(compress(THREE), 3, { attributes: codec });
      broken[broken.length - 1] ^= 1;
      const { seen, next } = await read(Buffer.concat([broken, batchOf(recordOf(0, 1), 1, { first: 43 })]));
      assert.deepEqual(
        seen.map(({ offset, refused }) => [offset, refused !== null]),
        [
          [40, true],
          [41, true],
          [42, true],
          [43, false],
        ],
      );
      assert.match(seen[0].refused ?? '', /damaged \(its checksum/);
      assert.equal(next, 44);
    });

    it('never throws for damage that its checksum does not show, and always goes on behind it', async () => {
      const sound = compress(Buffer.concat(Array.from({ length: 20 }, (_, i) => recordOf(i, 30 + i))));
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.nat(sound.length - 1), fc.integer({ min: 1, max: 255 })), {
            minLength: 1,
            maxLength: 6,
          }),
          fc.nat(sound.length),
          async (flips, cut) => {
            const bytes = Buffer.from(sound.subarray(0, cut % 3 === 0 ? cut : sound.length));
            for (const [at, bits] of flips) if (at < bytes.length) bytes[at] ^= bits;
            const { seen, next } = await read(batchOf(bytes, 20, { attributes: codec }));
            assert.equal(next, 60);
            assert.equal(seen.length, 20, 'each record is accounted for');
            assert.deepEqual(
              seen.map(({ offset }) => offset),
              Array.from({ length: 20 }, (_, i) => 40 + i),
            );
          },
        ),
        { numRuns: 150 },
      );
    });
  });
}

describe('A batch that inflates beyond all measure', () => {
  const small = recordOf(0, 5);
  const large = Buffer.concat([small, recordOf(1, MOST_BATCH_BYTES * 3), recordOf(2, 5)]);
  const stated = Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]), Buffer.alloc(100)]);
  const bombs: readonly (readonly [string, number, Buffer, number])[] = [
    ['gzip', made.GZIP, gzipSync(large), 1],
    ['snappy', made.SNAPPY, snappy.compressSync(large), 0],
    ['snappy', made.SNAPPY, stated, 0],
    ['snappy', made.SNAPPY, made.xerial(large), 1],
    ['lz4', made.LZ4, WAYS[4][2](large), 1],
    ['zstd', made.ZSTD, made.zstdBomb(small, MOST_BATCH_BYTES * 30), 0],
    ['zstd', made.ZSTD, made.zstdStating(2n ** 40n, small), 0],
  ];
  for (const [index, [name, codec, bytes, kept]] of bombs.entries()) {
    it(`is refused before memory is taken for it: ${name} (${index + 1})`, async () => {
      const batch = batchOf(bytes, 3, { attributes: codec });
      const { result, bytes: taken } = await taking(() => read(batch));
      assert.ok(taken < MOST_BATCH_BYTES * 3.5, `${taken} bytes were taken`);
      assert.equal(result.next, 43);
      assert.deepEqual(
        result.seen.map(({ offset, refused }) => [offset, refused === null]),
        [
          [40, kept > 0],
          [41, false],
          [42, false],
        ],
      );
      const reason = `in a ${name} batch of ${bytes.length} bytes that inflates to more than ${MOST_BATCH_BYTES}`;
      assert.equal(result.seen[2].refused, reason);
    });
  }

  it('is one record with what it stands for where it states very many', async () => {
    const batch = batchOf(made.zstdBomb(small, MOST_BATCH_BYTES * 2), 2_000_000_000, { attributes: made.ZSTD });
    const { seen, next } = await read(batch, { end: 3e9 });
    assert.equal(next, 2_000_000_040);
    assert.equal(seen.length, 1000);
    assert.match(seen[999].refused ?? '', /stands also for the 1999999000 records from offset 40 on$/);
  });
});

it('A record that is nothing but headers takes time in proportion to them', async () => {
  const names = Array.from({ length: 120_000 }, (_, n) => `h${n}`);
  const batch = batchOf(recordOf(0, 3, null, names), 1);
  const before = process.cpuUsage();
  const [{ headers }] = await messages(batch);
  const { user } = process.cpuUsage(before);
  assert.equal(Object.keys(headers).length, names.length);
  // The client's own decoder, quadratic in their number, takes many times that.
  assert.ok(user < 2_000_000, `${user / 1000} ms`);
});

describe('An answer', () => {
  it('of more records than are held at once is read in parts, and none is refused or lost', async () => {
    const count = 2 * MOST_ANSWER_RECORDS + 1000;
    const tiny = Buffer.concat(Array.from({ length: count }, (_, i) => recordOf(i, 0)));
    for (const [codec, bytes] of [
      [made.NONE, tiny],
      [made.GZIP, gzipSync(tiny, { level: 1 })],
    ] as const) {
      const batch = batchOf(bytes, count, { attributes: codec });
      let [from, requests] = [40, 0];
      for (; from < 40 + count; requests++) {
        const { seen, next } = await read(batch, { from });
        assert.ok(seen.length <= MOST_ANSWER_RECORDS);
        assert.equal(seen[0].offset, from);
        assert.equal(seen.at(-1)?.offset, next - 1);
        assert.ok(seen.every(({ refused }) => refused === null));
        from = next;
      }
      assert.equal(requests, 3);
    }
  });

  it('of many batches is read until it has inflated to the limit', async () => {
    const each = 60 << 20;
    const bytes = gzipSync(recordOf(0, each));
    const answer = Buffer.concat(
      Array.from({ length: 10 }, (_, i) => batchOf(bytes, 1, { attributes: made.GZIP, first: i })),
    );
    const { seen, next } = await read(answer);
    assert.equal(next, Math.ceil(MOST_ANSWER_BYTES / each));
    assert.ok(seen.every(({ refused }) => refused === null));
  });

  it('ends where a batch is cut off, and gives nothing where nothing is whole', async () => {
    const batch = batchOf(THREE, 3);
    assert.equal((await read(batch.subarray(0, batch.length - 1), { from: 40 })).next, 40);
    const two = Buffer.concat([batch, batchOf(THREE, 3, { first: 43 })]);
    assert.equal((await read(two.subarray(0, two.length - 1))).next, 43);
  });

  it('goes past what compaction has left of a batch', async () => {
    const gaps = batchOf(Buffer.concat([recordOf(1, 1), recordOf(4, 1)]), 2, { lastDelta: 9 });
    const { seen, next } = await read(gaps, { from: 40 });
    assert.deepEqual(
      seen.map(({ offset }) => offset),
      [41, 44],
    );
    assert.equal(next, 50);
    assert.deepEqual(await read(batchOf(Buffer.alloc(0), 0, { lastDelta: 9 })), { seen: [], next: 50 });
  });

  it('refuses codecs and formats that nobody knows, and lengths that cannot be', async () => {
    const codec = await read(batchOf(THREE, 3, { attributes: 6 }));
    assert.deepEqual([codec.seen.length, codec.next], [3, 43]);
    assert.match(codec.seen[0].refused ?? '', /whose codec has the unknown number 6/);
    const unknown = batchOf(THREE, 3);
    unknown[16] = 3;
    const format = await read(unknown);
    assert.deepEqual([format.seen.length, format.next], [3, 43]);
    assert.match(format.seen[0].refused ?? '', /unknown format 3/);
    for (const length of [-5, 0, 0x7fffffff]) {
      const broken = batchOf(THREE, 3);
      broken.writeInt32BE(length, 8);
      const { seen, next } = await read(broken, { from: 41 });
      assert.deepEqual([seen.length, next], [1, 42]);
      assert.match(seen[0].refused ?? '', /length is damaged/);
    }
  });

  it('does not go beyond what the partition holds because of a damaged header', async () => {
    const broken = batchOf(THREE, 3);
    broken.writeInt32BE(1_000_000, 23);
    assert.equal((await read(broken, { end: 43 })).next, 43);
    const followed = await read(Buffer.concat([broken, batchOf(THREE, 3, { first: 45 })]), { end: 48 });
    assert.deepEqual(
      followed.seen.map(({ offset, refused }) => [offset, refused !== null]),
      [...[40, 41, 42, 43, 44].map((offset) => [offset, true]), ...[45, 46, 47].map((offset) => [offset, false])],
    );
  });

  it('leaves out aborted transactions up to their marker, also where they cannot be read, and no other record', async () => {
    const TRANSACTION = 0x10;
    const marker = (first: number, type: number, producerId: number) =>
      batchOf(recordOf(0, 6, Buffer.of(0, 0, 0, type)), 1, { first, attributes: TRANSACTION | 0x20, producerId });
    // A record whose key looks like the marker's.
    const alike = recordOf(0, Buffer.from('x'), Buffer.of(0, 0, 0, 0));
    const answer = Buffer.concat([
      batchOf(alike, 1, { first: 1, attributes: TRANSACTION, producerId: 7 }),
      batchOf(recordOf(0, 2), 1, { first: 2, attributes: TRANSACTION, producerId: 8 }),
      batchOf(Buffer.from('no zstd'), 1, { first: 3, attributes: TRANSACTION | made.ZSTD, producerId: 7 }),
      batchOf(recordOf(0, 4), 1, { first: 4 }),
      marker(5, 0, 7),
      batchOf(recordOf(0, 6), 1, { first: 6, attributes: TRANSACTION, producerId: 7 }),
      marker(7, 1, 8),
      marker(8, 1, 7),
    ]);
    const { seen, next } = await read(answer, { aborted: [{ producerId: 7, firstOffset: 1 }] });
    assert.deepEqual(
      seen.map(({ offset, refused }) => [offset, refused]),
      [
        [2, null],
        [4, null],
        [6, null],
      ],
    );
    assert.equal(next, 9);
  });
});

describe('Messages of the formats before 0.11', () => {
  const set = (magic: 0 | 1, offsets: readonly number[]) =>
    Buffer.concat(offsets.map((offset) => made.oldMessage(magic, offset, Buffer.from(`v${offset}`))));

  it('are read, alone, compressed, and before batches of today', async () => {
    const answer = Buffer.concat([
      made.oldMessage(0, 5, Buffer.from('plain')),
      made.oldMessage(0, 7, gzipSync(set(0, [6, 7])), made.GZIP),
      made.oldMessage(1, 9, made.xerial(set(1, [0, 1])), made.SNAPPY),
      made.oldMessage(1, 11, WAYS[4][2](set(1, [0, 1])), made.LZ4),
      batchOf(recordOf(0, 1), 1, { first: 12 }),
    ]);
    const found = await messages(answer, { from: 6 });
    assert.deepEqual(
      found.map(({ offset, value }) => [offset, String(value)]),
      [
        ['6', 'v6'],
        ['7', 'v7'],
        ['8', 'v0'],
        ['9', 'v1'],
        ['10', 'v0'],
        ['11', 'v1'],
        ['12', '\0'],
      ],
    );
    assert.deepEqual([found[0].timestamp, found[2].timestamp], [0, 1_600_000_000_000]);
  });

  it('are refused where they are damaged', async () => {
    const answer = Buffer.concat([
      made.oldMessage(1, 9, Buffer.from('no gzip'), made.GZIP),
      made.oldMessage(1, 10, gzipSync(Buffer.alloc(MOST_BATCH_BYTES * 2)), made.GZIP),
      made.oldMessage(1, 11, Buffer.from('sound')),
    ]);
    const { seen, next } = await read(answer);
    assert.deepEqual(
      seen.map(({ offset, refused }) => [offset, refused !== null]),
      [
        [9, true],
        [10, true],
        [11, false],
      ],
    );
    assert.equal(next, 12);
  });
});
