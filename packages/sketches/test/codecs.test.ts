import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  clickHouseDigestState,
  decodeDigest,
  decodeDistinct,
  digestFromClickHouseState,
  encodeDigest,
  encodeDistinct,
  HyperLogLog,
  SketchDecodeError,
  TDigest,
} from '@tidemark/sketches';
import { finiteNumbers } from './splits.js';

const digests = fc
  .tuple(
    fc.array(finiteNumbers, { maxLength: 700, size: 'max' }),
    fc.array(fc.tuple(finiteNumbers, fc.double({ min: 0.1, max: 1e6, noNaN: true })), { maxLength: 3 }),
    fc.constantFrom(50, 200),
  )
  .map(([values, weighted, compression]) => {
    const digest = new TDigest(compression);
    for (const value of values) digest.add(value);
    for (const [value, weight] of weighted) digest.add(value, weight);
    return digest;
  });

const distincts = fc.array(finiteNumbers, { maxLength: 1500, size: 'max' }).map((values) => {
  const distinct = new HyperLogLog();
  for (const value of values) distinct.addNumber(value);
  return distinct;
});

function assertSameDigest(a: TDigest, b: TDigest): void {
  assert.deepEqual(a.centroids(), b.centroids());
  assert.deepEqual([a.min, a.max, a.exact, a.compression], [b.min, b.max, b.exact, b.compression]);
  assert.ok(Math.abs(a.count - b.count) <= 1e-9 * b.count);
}

/** Bytes cut short, lengthened, with some of them changed, or of no origin at all. */
function damaged(origin: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
  return fc.oneof(
    fc.tuple(origin, fc.nat()).map(([bytes, n]) => bytes.subarray(0, n % Math.max(1, bytes.length))),
    fc.tuple(origin, fc.uint8Array({ minLength: 1, maxLength: 9 })).map(([a, b]) => Uint8Array.of(...a, ...b)),
    fc.tuple(origin, changes, fc.boolean()).map(([bytes, list, early]) => {
      const copy = bytes.slice();
      for (const [at, byte] of list) copy[at % (early ? Math.min(24, copy.length) : copy.length)] = byte;
      return copy;
    }),
    fc.uint8Array({ maxLength: 60 }),
  );
}

function decodeOrRefuse<T>(decode: (bytes: Uint8Array) => T, bytes: Uint8Array): T | null {
  try {
    return decode(bytes);
  } catch (error) {
    assert.ok(error instanceof SketchDecodeError && error.code === 'SKETCH_DECODE' && !error.retriable, String(error));
    return null;
  }
}

function assertValidDigest(digest: TDigest): void {
  const { means, weights } = digest.centroids();
  for (let i = 0; i < means.length; i++) {
    assert.ok(Number.isFinite(means[i]) && weights[i] > 0 && (i === 0 || means[i] >= means[i - 1]));
  }
  if (means.length === 0) return;
  for (const q of [0, 0.5, 1]) {
    const x = digest.quantile(q);
    assert.ok(x >= digest.min && x <= digest.max);
  }
  digest.merge(digest);
  digest.add(1);
  assert.ok(digest.cdf(Number.MAX_VALUE) === 1);
}

test('a digest is what its bytes say', () => {
  fc.assert(fc.property(digests, (digest) => assertSameDigest(decodeDigest(encodeDigest(digest)), digest)));
  assertSameDigest(decodeDigest(encodeDigest(new TDigest())), new TDigest());
});

test('the bytes of a small digest are pinned, as stores keep them', () => {
  const digest = new TDigest();
  digest.add(2);
  digest.add(1, 300);
  assert.equal(Buffer.from(encodeDigest(digest)).toString('hex'), '0103c80102000000000000f03f0000000000000040ac0201');
});

test('damaged bytes of a digest are refused or are a valid digest', () => {
  fc.assert(
    fc.property(damaged(digests.map(encodeDigest)), (bytes) => {
      const digest = decodeOrRefuse(decodeDigest, bytes);
      if (digest !== null) assertValidDigest(digest);
    }),
    { numRuns: 1000 },
  );
});

test('a declared size beyond the bytes is refused before anything is allocated', () => {
  const huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
  assert.throws(() => decodeDigest(Uint8Array.of(1, 3, 0xc8, 1, ...huge)), SketchDecodeError);
  assert.throws(() => digestFromClickHouseState(Uint8Array.of(...huge)), SketchDecodeError);
  assert.throws(() => decodeDigest(new Uint8Array(20).fill(0xff)), SketchDecodeError);
});

test('a ClickHouse state keeps the centroids to 24 bits', () => {
  fc.assert(
    fc.property(digests, (digest) => {
      const { means, weights } = digest.centroids();
      const read = digestFromClickHouseState(clickHouseDigestState(digest)).centroids();
      const limit = 3.4028234663852886e38;
      const narrow = means.map((mean) => Math.min(limit, Math.max(-limit, mean))).map(Math.fround);
      assert.deepEqual([...read.means].map(Math.abs), [...narrow].map(Math.abs));
      assert.deepEqual(read.weights, weights.map(Math.fround));
    }),
  );
  assert.deepEqual(clickHouseDigestState(new TDigest()), Uint8Array.of(0));
  assert.equal(digestFromClickHouseState(Uint8Array.of(0)).count, 0);
});

test('a ClickHouse state is a count, then Float32 pairs of mean and weight', () => {
  const digest = new TDigest();
  digest.add(1.5, 2);
  assert.deepEqual(clickHouseDigestState(digest), Uint8Array.of(1, 0, 0, 0xc0, 0x3f, 0, 0, 0, 0x40));
});

test('damaged ClickHouse states are refused or are a valid digest', () => {
  fc.assert(
    fc.property(damaged(digests.map(clickHouseDigestState)), (bytes) => {
      const digest = decodeOrRefuse(digestFromClickHouseState, bytes);
      if (digest !== null) assertValidDigest(digest);
    }),
    { numRuns: 1000 },
  );
});

test('a distinct estimate is what its bytes say, and its bytes are as few as they can be', () => {
  fc.assert(
    fc.property(distincts, (distinct) => {
      const bytes = encodeDistinct(distinct);
      assert.deepEqual(decodeDistinct(bytes).registers, distinct.registers);
      const used = distinct.registers.filter((rank) => rank > 0).length;
      assert.equal(bytes.length, 1 + Math.min(1024, 3 * used));
    }),
  );
  assert.deepEqual(encodeDistinct(new HyperLogLog()), Uint8Array.of(2));
});

test('damaged bytes of a distinct estimate are refused or are a valid estimate', () => {
  fc.assert(
    fc.property(damaged(distincts.map(encodeDistinct)), (bytes) => {
      const distinct = decodeOrRefuse(decodeDistinct, bytes);
      if (distinct !== null) assert.ok(distinct.estimate() >= 0);
    }),
    { numRuns: 1000 },
  );
});
