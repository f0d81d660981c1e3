import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EventBatches, EventDecoder, LocalRegistry } from '../../src/index.js';
import { MEMORY_BESIDES, MEMORY_PER_BYTE } from '../../src/events/event-batches.js';
import { NOW } from '../samples.js';

let next = 0;

function json(fields: object, version = '1'): Buffer {
  return Buffer.from(
    JSON.stringify({ event_id: `e${next++}`, model: 'm', version, event_time: NOW, features: { a: 1 }, ...fields }),
  );
}

/** Takes records as the services do, and holds the memory against the stated bound after each of them. */
class Taker {
  readonly batches = new EventBatches();
  readonly #decoder = new EventDecoder(new LocalRegistry());
  cuts = 0;
  #bytes = 0;

  take(record: Buffer, check = true): void {
    if (!this.batches.takes(record.length)) {
      this.cuts++;
      this.clear();
    }
    this.#bytes += record.length;
    const decoded = this.#decoder.decode(record, this.batches, NOW);
    assert.ok(decoded.ok);
    if (check) this.#check();
  }

  clear(): void {
    this.#check();
    this.batches.clear();
    this.#bytes = 0;
    this.#check();
  }

  #check(): void {
    const bound = MEMORY_PER_BYTE * this.#bytes + MEMORY_BESIDES;
    assert.ok(this.batches.held <= bound, `${this.batches.held} bytes for ${this.#bytes} of records: at most ${bound}`);
  }
}

const vector = (dimension: number) => Array.from({ length: dimension }, (_, i) => i % 7);
const names = (count: number, from = 0) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`n${from + i}`, i]));

/** What is taken for buffers beyond the heap, in bytes. */
function buffers(): number {
  return process.memoryUsage().arrayBuffers;
}

test('two long embeddings after ten thousand plain rows take memory for two embeddings', () => {
  const taker = new Taker();
  for (let row = 0; row < 10_000; row++) taker.take(json({}), false);
  const before = buffers();
  taker.take(json({ embeddings: { one: vector(4096), two: vector(4096) } }));
  assert.ok(buffers() - before < 16 << 20, `${buffers() - before} bytes more`);
  taker.clear();
});

test('1,900 new names after fifty thousand rows have the batch cut before them', () => {
  const taker = new Taker();
  for (let row = 0; row < 49_999; row++) taker.take(json({}), false);
  const before = buffers();
  taker.take(json({ features: names(1900) }));
  assert.equal(taker.cuts, 1);
  assert.ok(buffers() - before < 32 << 20, `${buffers() - before} bytes more`);
  taker.clear();
});

test('memory is bounded by the bytes of the records, whatever their shape, while they are held and after', () => {
  const shape = fc.record({
    rows: fc.constantFrom(1, 20, 700, 4000),
    names: fc.constantFrom(0, 1, 30, 900),
    /** Whether each event has names of its own. */
    fresh: fc.boolean(),
    texts: fc.constantFrom(0, 2, 40),
    embeddings: fc.constantFrom(0, 1, 16),
    dimension: fc.constantFrom(1, 64, 4096),
    /** The share of the events that have the embeddings and the names. */
    share: fc.constantFrom(0.001, 0.1, 1),
    versions: fc.constantFrom(1, 3, 60),
  });
  fc.assert(
    fc.property(fc.array(shape, { minLength: 1, maxLength: 4 }), (shapes) => {
      const taker = new Taker();
      for (const each of shapes) {
        let bytes = 0;
        for (let row = 0; row < each.rows && bytes < 4 << 20; row++) {
          const wide = row % Math.round(1 / each.share) === 0;
          const given = wide ? Math.min(each.names, 1900) : 0;
          const record = json(
            {
              features: {
                a: 1,
                // No more names than a stream may have, so that they stay from batch to batch.
                ...names(given, each.fresh ? (row * 37) % 900 : 0),
                ...Object.fromEntries(Array.from({ length: each.texts }, (_, i) => [`t${i}`, `${row}-${i}`])),
              },
              embeddings: wide
                ? Object.fromEntries(
                    Array.from({ length: each.embeddings }, (_, i) => [`e${i}`, vector(each.dimension)]),
                  )
                : {},
            },
            `${row % each.versions}`,
          );
          bytes += record.length;
          taker.take(record, row % 97 === 0 || wide);
        }
        taker.clear();
      }
    }),
    { numRuns: 25, seed: 7 },
  );
});

test('what one stream had in a large batch is not held for ever', () => {
  const taker = new Taker();
  for (let version = 0; version < 40; version++) {
    for (let row = 0; row < 40; row++) {
      const features = Object.fromEntries(
        Array.from({ length: 100 }, (_, i) => [`t${i}`, `${row} ${'x'.repeat(200)}`]),
      );
      taker.take(json({ features }, `${version}`), false);
    }
    taker.clear();
    assert.ok(taker.batches.held <= MEMORY_BESIDES, `${taker.batches.held} bytes after ${version + 1} versions`);
  }
});
