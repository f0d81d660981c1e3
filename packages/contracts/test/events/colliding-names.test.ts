import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventBatches, EventDecoder, LocalRegistry, RecordWriter } from '../../src/index.js';
import { ByteTable } from '../../src/events/byte-table.js';
import { NOW } from '../samples.js';

/** Milliseconds that one record may take. */
const MOST = 250;
const PRIME = 0x01000193;
const ALPHABET = Buffer.from('abcdefghijklmnopqrstuvwxyz012345');

/** Unkeyed FNV-1a: what anybody can compute ahead. */
function fnv(bytes: Uint8Array, from = 0x811c9dc5 | 0): number {
  let hash = from;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, PRIME);
  return hash;
}

/** Names with one FNV-1a hash: tails that lead from it back to states, met by heads that lead there. */
function colliding(count: number): string[] {
  const inverse = inverseOf(PRIME);
  const heads = new Map<number, string>();
  const letters = [...ALPHABET];
  for (const a of letters) {
    for (const b of letters) {
      for (const c of letters) {
        for (const d of letters.slice(0, 16)) heads.set(fnv([a, b, c, d] as never), String.fromCharCode(a, b, c, d));
      }
    }
  }
  const names: string[] = [];
  for (let n = 0; names.length < count; n++) {
    const tail = Buffer.from(n.toString(36).padStart(6, '0'));
    let state = 0x12345678;
    for (let i = tail.length - 1; i >= 0; i--) state = Math.imul(state, inverse) ^ tail[i];
    // The rest of the way: a state that a head leads to, or none.
    const head = heads.get(state);
    if (head !== undefined) names.push(head + tail.toString());
  }
  return names;
}

function inverseOf(odd: number): number {
  let inverse = odd;
  for (let i = 0; i < 5; i++) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse));
  return inverse;
}

/** Names are compared from their ends: with long ends alike, as long as a record of 1 MiB allows, each comparison takes longest. */
const END = 'x'.repeat(490);
const PREPARED = colliding(2000).map((name) => name + END);
const ORDINARY = Array.from({ length: 2000 }, (_, i) => `${i}`.padStart(10, 'f') + END);

/** The least milliseconds of a few attempts, each with a table of its own. */
async function timeOf(names: readonly string[]): Promise<number> {
  const registry = new LocalRegistry();
  const writer = await RecordWriter.open(registry, ['InferenceEvent']);
  const features = Object.fromEntries(names.map((name, i) => [name, i]));
  const event = { eventId: 'e', model: 'm', version: '1', eventTime: NOW, features };
  const record = writer.encode('InferenceEvent', event);
  const other = writer.encode('InferenceEvent', {
    ...event,
    features: Object.fromEntries(names.map((name) => [name, 1] as const).reverse()),
  });
  const decoder = new EventDecoder(registry);
  await decoder.prepare(1, NOW);
  let least = Infinity;
  for (let attempt = 0; attempt < 5; attempt++) {
    const batches = new EventBatches();
    const before = performance.now();
    assert.ok(decoder.decode(record, batches, NOW).ok);
    // Once more in another order, so that each name is searched for.
    assert.ok(decoder.decode(other, batches, NOW).ok);
    least = Math.min(least, performance.now() - before);
    assert.deepEqual([...batches][0].columns.size, names.length);
  }
  return least;
}

test('names that were prepared to collide take no longer than others', async () => {
  assert.equal(new Set(PREPARED.map((name) => fnv(Buffer.from(name)))).size, 1);
  const ordinary = await timeOf(ORDINARY);
  const prepared = await timeOf(PREPARED);
  assert.ok(prepared < MOST && prepared < 10 * Math.max(ordinary, 1), `${prepared} ms, ordinary names ${ordinary} ms`);
});

test('numbers are those of the order of adding, whatever the key', () => {
  for (const names of [PREPARED, ORDINARY]) {
    for (const table of [new ByteTable(), new ByteTable(weakKey())]) {
      names.forEach((name, i) => assert.equal(table.add(Buffer.from(name), 0, name.length), i));
      names.forEach((name, i) => assert.equal(table.find(Buffer.from(name), 0, name.length), i));
    }
  }
});

test('a table whose names collide for all that takes another key', () => {
  const table = new ByteTable(weakKey());
  const names = Array.from({ length: 20_000 }, (_, i) => Buffer.from(`n${String(i).padStart(6, '0')}`));
  const before = performance.now();
  for (const name of names) table.add(name, 0, name.length);
  for (const name of names) table.find(name, 0, name.length);
  const took = performance.now() - before;
  assert.ok(took < MOST, `${took} ms`);
});

/** A key under which all names of one length have one hash. */
function weakKey(): Int32Array {
  return new Int32Array(257).fill(1);
}
