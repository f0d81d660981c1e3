import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EmbeddingTag } from '@tidemark/monitoring';
import { EventBatches } from '../../src/index.js';
import { avroEvent, eventParts, jsonEvent, NOW } from '../samples.js';

const ENCODINGS = { Avro: avroEvent, JSON: jsonEvent };

for (const [encoding, encode] of Object.entries(ENCODINGS)) {
  test(`embeddings in ${encoding} are read into rows of one dimension`, async () => {
    const { decoder, batches } = await eventParts();
    const given = [{ text: [0.5, -1, 2] }, {}, { text: [1, 2] }, { text: [3, 4, 5], image: [7] }, { text: [] }];
    for (const embeddings of given) assert.equal(decoder.decode(encode({ embeddings }), batches, NOW).ok, true);
    const [batch] = batches;
    const text = batch.vectors.get('text')!;
    assert.equal(text.dimension, 3);
    const { absent, vector, faulty } = EmbeddingTag;
    assert.deepEqual([...text.tags.subarray(0, 5)], [vector, absent, faulty, vector, absent]);
    assert.deepEqual([...text.values.subarray(text.startOf(3), text.startOf(3) + 3)], [3, 4, 5]);
    assert.equal(batch.vectors.get('image')?.dimension, 1);
    batches.clear();
    assert.deepEqual([...text.tags.subarray(0, 5)], [absent, absent, absent, absent, absent]);
  });

  test(`an embedding in ${encoding} that is too long, or one of too many, is turned away`, async () => {
    const { decoder, batches } = await eventParts();
    const decode = (embeddings: Readonly<Record<string, readonly number[]>>) =>
      decoder.decode(encode({ embeddings }), batches, NOW);
    const long = decode({ e: new Array<number>(4097).fill(1) });
    assert.ok(!long.ok && long.reason === 'too_long', JSON.stringify(long));
    assert.equal(decode({ e: new Array<number>(4096).fill(1) }).ok, true);
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`e${i}`, [1, 2]]));
    assert.equal(decode(many).ok, true);
    const [batch] = batches;
    assert.equal(batch.vectors.size, 16);
    assert.ok(batch.refusedCells > 0, 'those left out are counted');
  });
}

test('a component that is not finite, or no number, is a fault', async () => {
  const { decoder } = await eventParts();
  const batches = new EventBatches();
  assert.equal(decoder.decode(avroEvent({ embeddings: { e: [1, NaN] } }), batches, NOW).ok, true);
  const [batch] = batches;
  assert.equal(batch.vectors.get('e')?.tags[0], EmbeddingTag.faulty);
  const words = decoder.decode(jsonEvent({ embeddings: { e: ['1'] } }), batches, NOW);
  assert.ok(!words.ok && words.reason === 'wrong_type', JSON.stringify(words));
});
