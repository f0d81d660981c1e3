import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import kafkajs from 'kafkajs';
import decodeBatch from 'kafkajs/src/protocol/recordBatch/v0/decoder.js';
import Decoder from 'kafkajs/src/protocol/decoder.js';
import { BOUNDED_GZIP, MOST_BATCH_BYTES, MOST_BATCH_RECORDS, registerCodecs } from '../../src/kafka/compression.js';
import { REFUSED_HEADER } from '../../src/kafka/refused-records.js';

const { CompressionCodecs, CompressionTypes } = kafkajs;
registerCodecs();

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value * 2;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/** A record of zeros, without a key, headers and attributes. */
function recordOf(offsetDelta: number, valueBytes: number): Buffer {
  const body = Buffer.concat([
    Buffer.of(0, 0),
    varint(offsetDelta),
    Buffer.of(1),
    varint(valueBytes),
    Buffer.alloc(valueBytes),
    Buffer.of(0),
  ]);
  return Buffer.concat([varint(body.length), body]);
}

/** A batch as a broker sends it, at offset 40; `records` are compressed already. */
function batchOf(records: Buffer, count: number, attributes = 1): Buffer {
  const batch = Buffer.alloc(61 + records.length);
  batch.writeBigInt64BE(40n, 0);
  batch.writeInt32BE(49 + records.length, 8);
  batch.writeInt8(2, 16);
  batch.writeInt16BE(attributes, 21);
  batch.writeInt32BE(count - 1, 23);
  batch.writeInt32BE(count, 57);
  records.copy(batch, 61);
  return batch;
}

function read(batch: Buffer) {
  return decodeBatch(new Decoder(batch)).then(({ records }) =>
    records.map(({ offset, key, value, headers }) => ({
      offset: Number(offset),
      key,
      bytes: value?.length ?? null,
      refused: headers[REFUSED_HEADER]?.toString() ?? null,
    })),
  );
}

describe('The codec for gzip', () => {
  it('gives records as they are', async () => {
    const records = gzipSync(Buffer.concat([recordOf(0, 3), recordOf(1, 100_000)]));
    assert.deepEqual(await read(batchOf(records, 2)), [
      { offset: 40, key: null, bytes: 3, refused: null },
      { offset: 41, key: null, bytes: 100_000, refused: null },
    ]);
    assert.deepEqual(
      await BOUNDED_GZIP.decompress(await BOUNDED_GZIP.compress({ buffer: Buffer.from('abc') })),
      Buffer.from('abc'),
      'also where no batch lies before the bytes',
    );
  });

  it('gives a refused record for each that lies behind the limit, so that reading goes on after the batch', async () => {
    const bomb = gzipSync(Buffer.concat([recordOf(0, 5), recordOf(1, MOST_BATCH_BYTES * 3), recordOf(2, 5)]));
    assert.ok(bomb.length < MOST_BATCH_BYTES / 200, 'the batch is small');
    const before = process.memoryUsage().external;
    const records = await read(batchOf(bomb, 3));
    assert.ok(process.memoryUsage().external - before < MOST_BATCH_BYTES * 3, 'it was not inflated as a whole');
    assert.deepEqual(
      records.map(({ offset, key, bytes }) => ({ offset, key, bytes })),
      [
        { offset: 40, key: null, bytes: 5 },
        { offset: 41, key: null, bytes: 0 },
        { offset: 42, key: null, bytes: 0 },
      ],
    );
    assert.equal(records[0].refused, null);
    for (const { refused } of records.slice(1)) {
      assert.equal(refused, `in a gzip batch of ${bomb.length} bytes that inflates to more than ${MOST_BATCH_BYTES}`);
    }
  });

  it('shares a limit among the batches of one answer', async () => {
    const each = 60 << 20;
    const one = batchOf(gzipSync(recordOf(0, each)), 1);
    const answer = Buffer.concat(Array.from({ length: 10 }, () => one));
    const refused: boolean[] = [];
    for (let at = 0; at < answer.length; at += one.length) {
      refused.push((await read(answer.subarray(at, at + one.length)))[0].refused !== null);
    }
    assert.deepEqual(refused, [...Array<boolean>(8).fill(false), true, true], '8 × 60 MiB of 512 MiB');
  });

  it('refuses what lies behind damage', async () => {
    const sound = Buffer.concat([recordOf(0, 5), recordOf(1, 9)]);
    const whole = gzipSync(sound, { level: 0 });
    const records = await read(batchOf(whole.subarray(0, whole.length - 8 - 6), 2));
    assert.deepEqual(
      records.map(({ refused }) => refused === null),
      [true, false],
    );
    assert.match(records[1].refused ?? '', /damaged/);
    const nothing = await read(batchOf(Buffer.from('not gzip at all'), 1));
    assert.match(nothing[0].refused ?? '', /damaged/);
  });

  it('stops at a batch that states more records than the client can pass on', async () => {
    const batch = batchOf(gzipSync(recordOf(0, 5)), MOST_BATCH_RECORDS + 1);
    await assert.rejects(read(batch), { name: 'KafkaJSNotImplemented', message: /100001 records; 100000 are read/ });
    const all: unknown[] = [];
    all.push(...new Array<null>(MOST_BATCH_RECORDS).fill(null));
    assert.equal(all.length, MOST_BATCH_RECORDS, 'as many are passed on');
  });
});

describe('Other compressions', () => {
  it('are named, with what to do', () => {
    for (const [name, type] of [
      ['snappy', CompressionTypes.Snappy],
      ['lz4', CompressionTypes.LZ4],
      ['zstd', CompressionTypes.ZSTD],
    ] as const) {
      assert.throws(() => void CompressionCodecs[type](), {
        name: 'KafkaJSNotImplemented',
        message: new RegExp(`compressed with ${name}, .*must use gzip`),
      });
    }
  });
});
