import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeEmbeddings, encodeEmbeddings, SketchDecodeError, EmbeddingSketch } from '@tidemark/sketches';
import { normal, seeded } from './random.js';
import { splits } from './splits.js';

const DIMENSION = 6;

const vectors = fc.array(fc.float({ noNaN: true, min: -100, max: 100 }), {
  minLength: DIMENSION,
  maxLength: DIMENSION,
});

function sketchOf(given: readonly (readonly number[])[], dimension = DIMENSION): EmbeddingSketch {
  const sketch = EmbeddingSketch.empty('e', dimension);
  sketch.add(Float32Array.from(given.flat()), [...given.keys()]);
  return sketch;
}

function contentOf({ name, dimension, moments, features }: EmbeddingSketch) {
  const { events, sums, products, pairs } = moments;
  return {
    name,
    dimension,
    events,
    sums: [...sums],
    products: [...products],
    pairs: [...pairs],
    features: [...features],
  };
}

test('merging any parts in any order gives the whole, exactly', () => {
  fc.assert(
    fc.property(splits(vectors, 40), ({ values, parts }) => {
      const merged = EmbeddingSketch.empty('e', DIMENSION);
      for (const part of parts) merged.merge(sketchOf(part));
      assert.deepEqual(contentOf(merged), contentOf(sketchOf(values)));
    }),
  );
});

test('a sketch read back is the one that was written; damage is refused', () => {
  fc.assert(
    fc.property(fc.array(vectors, { maxLength: 20 }), (given) => {
      const sketch = sketchOf(given);
      assert.deepEqual(contentOf(decodeEmbeddings('e', encodeEmbeddings(sketch))), contentOf(sketch));
    }),
  );
  const bytes = encodeEmbeddings(sketchOf([[1, 2, 3, 4, 5, 6]]));
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => decodeEmbeddings('e', bytes.subarray(0, length)), SketchDecodeError);
  }
  assert.throws(() => decodeEmbeddings('e', Uint8Array.of(...bytes, 1)), SketchDecodeError);
});

test('the length of a vector does not matter, and one without length is left out', () => {
  const short = sketchOf([[1, -2, 3, 0, 0.5, 1]]);
  const long = sketchOf([[10, -20, 30, 0, 5, 10]]);
  assert.deepEqual(contentOf(long), contentOf(short));
  assert.equal(sketchOf([[0, 0, 0, 0, 0, 0]]).count, 0);
});

test('features tell distributions apart that have the same mean and covariance', () => {
  // Two clusters against a normal cloud of the same first two moments along one axis, in a space of 32 dimensions.
  const dimension = 32;
  const draw = normal(seeded(3));
  const cloud = (along: () => number) =>
    sketchOf(
      Array.from({ length: 4000 }, () => [along(), ...Array.from({ length: dimension - 1 }, () => 0.3 * draw())]),
      dimension,
    );
  const distance = (a: EmbeddingSketch, b: EmbeddingSketch) => {
    const [m, n] = [a.featureMeans(), b.featureMeans()];
    return m.reduce((sum, mean, k) => sum + (mean - n[k]) ** 2, 0) / m.length;
  };
  const usual = cloud(() => 3 * draw());
  const clusters = cloud(() => (draw() < 0 ? -3 : 3));
  const again = cloud(() => 3 * draw());
  assert.ok(distance(usual, clusters) > 5 * distance(usual, again), `${distance(usual, clusters)}`);
});
