import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { signed } from '@tidemark/transport/test/kafka/batches.js';
import type kafkajs from 'kafkajs';
import { clientOf } from './codec-producers.js';
import type { Rig } from './rig.js';

/** Where the records of a batch begin. */
const RECORDS_AT = 61;
/** More than a reader inflates of one batch. */
const BEYOND_BOUNDS = (64 << 20) + 1;

interface Damage {
  readonly name: string;
  /** The codec, by its number. */
  readonly codec: 0 | 1 | 2 | 3 | 4;
  /** In place; null: the batch stays as it was sent. */
  readonly damage: ((batch: Buffer) => void) | null;
  readonly messages: readonly kafkajs.Message[];
  /** So many can be read nevertheless; they are no events and no labels. */
  readonly readable?: number;
}

const messages = Array.from({ length: 5 }, (_, i) => ({ key: `bad-damaged-${i}`, value: `${i} `.repeat(40 + i) }));
const beyondBounds = [{ key: 'bad-beyond-bounds', value: Buffer.alloc(BEYOND_BOUNDS) }];

const DAMAGES: readonly Damage[] = [
  { name: 'gzip of noise', codec: 1, damage: (batch) => void batch.fill(0xa5, RECORDS_AT), messages },
  { name: 'snappy that ends early', codec: 2, damage: (batch) => void batch.fill(0, RECORDS_AT + 30), messages },
  { name: 'lz4 of noise', codec: 3, damage: (batch) => void batch.fill(0xff, RECORDS_AT + 8), messages },
  { name: 'zstd without a frame', codec: 4, damage: (batch) => void batch.fill(0x11, RECORDS_AT), messages },
  {
    name: 'a record that is longer than the batch',
    codec: 0,
    damage: (batch) => void batch.fill(0xfe, RECORDS_AT, RECORDS_AT + 3),
    messages,
  },
  {
    name: 'a record in the middle that is longer than the batch',
    codec: 0,
    damage: (batch) => void batch.fill(0xfe, thirdRecordIn(batch), thirdRecordIn(batch) + 2),
    messages,
    readable: 2,
  },
  // Snappy needs more bytes for it than a broker takes; the zstd of these producers stores bytes as they are.
  { name: 'gzip beyond bounds', codec: 1, damage: null, messages: beyondBounds },
  { name: 'lz4 beyond bounds', codec: 3, damage: null, messages: beyondBounds },
];

/**
 * Batches that no reader can read although their checksums are right, as a faulty client or faulty memory makes them, among the records of a
 * topic. No broker takes such a batch from a producer: each is damaged on the broker's disk, within a transaction that is still open, so that
 * nobody has read it by then. Each of their offsets must become a dead letter.
 */
export async function sendDamagedBatches(rig: Rig, topic: string, partitionOf: () => number): Promise<number> {
  const { brokers, data } = rig.parts.kafka;
  const client = clientOf(brokers);
  for (const [index, { codec, damage, messages: sent, readable = 0 }] of DAMAGES.entries()) {
    const transactionalId = `${topic}-damaged-${index}`;
    const producer = client.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    const partition = partitionOf();
    const transaction = await producer.transaction();
    const placed = sent.map((message) => ({ ...message, partition }));
    const [{ baseOffset }] = await transaction.send({ topic, compression: codec, messages: placed });
    const first = Number(baseOffset);
    if (damage !== null) damageOnDisk(join(data, `${topic}-${partition}`), first, damage);
    for (let i = readable; i < sent.length; i++) rig.expectations.refused.add(`${topic}/${partition}/${first + i}`);
    await transaction.commit();
    await producer.disconnect();
  }
  return DAMAGES.length;
}

/** Where the third record begins: each is its length, of two bytes here (zigzag, seven bits a byte), and so many bytes. */
function thirdRecordIn(batch: Buffer): number {
  let at = RECORDS_AT;
  for (let record = 0; record < 2; record++) at += 2 + (((batch[at] & 0x7f) | (batch[at + 1] << 7)) >> 1);
  return at;
}

/** Damages a batch where it lies, and gives it the checksum of what it is then. */
function damageOnDisk(folder: string, baseOffset: number, damage: (batch: Buffer) => void): void {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.log'))) {
    const bytes = readFileSync(join(folder, name));
    for (let at = 0; at + RECORDS_AT <= bytes.length; at += 12 + bytes.readInt32BE(at + 8)) {
      if (Number(bytes.readBigInt64BE(at)) !== baseOffset) continue;
      const batch = bytes.subarray(at, at + 12 + bytes.readInt32BE(at + 8));
      damage(batch);
      signed(batch);
      const file = openSync(join(folder, name), 'r+');
      writeSync(file, batch, 0, batch.length, at);
      closeSync(file);
      return;
    }
  }
  throw new Error(`${folder} has no batch at offset ${baseOffset}`);
}
