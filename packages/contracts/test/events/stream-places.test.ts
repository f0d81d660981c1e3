import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventBatches } from '../../src/index.js';
import { avroEvent, eventParts, jsonEvent, NOW } from '../samples.js';

const DAY = 24 * 3_600_000;

test('events of a stream beyond the most are faults; expected streams have places of their own', async () => {
  const { decoder } = await eventParts();
  const batches = new EventBatches({ maxStreams: 2, expects: ({ model }) => model === 'churn' });
  const decode = (model: string, version: string, now = NOW) => {
    const decoded = [avroEvent, jsonEvent].map((encode) => decoder.decode(encode({ model, version }), batches, now));
    assert.equal(decoded[0].ok, decoded[1].ok);
    return decoded[0].ok ? 'taken' : `${decoded[0].reason}: ${decoded[0].detail}`;
  };
  assert.deepEqual([decode('a', '1'), decode('b', '1')], ['taken', 'taken']);
  const refused = 'too_many_streams: 2 streams are open already; this one is ["c","1","champion"]';
  assert.equal(decode('c', '1'), refused);
  assert.deepEqual([decode('churn', '1'), decode('churn', '2')], ['taken', 'taken']);
  assert.match(decode('churn', '3'), /^too_many_streams/);
  assert.equal(batches.rows, 8);
  for (let i = 0; i < 100; i++) batches.clear();
  // A stream's memory goes soon, its place only after a day.
  assert.equal(batches.get({ model: 'a', version: '1', role: 'champion' }), undefined);
  assert.deepEqual([decode('a', '1', NOW + 1), decode('c', '1', NOW + 1)], ['taken', refused]);
  batches.clear();
  assert.deepEqual(
    [decode('c', '1', NOW + DAY), decode('d', '1', NOW + DAY)],
    ['taken', refused.replace('"c"', '"d"')],
  );
});

test('a stream all of whose events were faulty keeps no place', async () => {
  const { decoder } = await eventParts();
  const batches = new EventBatches({ maxStreams: 1 });
  assert.equal(decoder.decode(avroEvent({ model: 'a', event_time: NOW * 2 }), batches, NOW).ok, false);
  batches.clear();
  assert.equal(decoder.decode(avroEvent({ model: 'b' }), batches, NOW).ok, true);
});

test("a baseline's columns have room beside any number of others; cells of a faulty event are not counted", async () => {
  const { decoder } = await eventParts();
  const columnsOf = () => ['age', 'prediction.probability.stays', 'prediction.score'];
  const batches = new EventBatches({ maxColumns: 10, columnsOf, dimensionsOf: () => ['country'] });
  const features = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`id_${i}`, i]));
  for (const encode of [avroEvent, jsonEvent]) {
    batches.clear();
    assert.equal(decoder.decode(encode({ features }), batches, NOW).ok, true);
    const before = batches.refusedCells;
    assert.ok(before > 20);
    assert.equal(decoder.decode(encode({ features, event_time: 5 }), batches, NOW).ok, false);
    assert.equal(batches.refusedCells, before);
    const decoded = decoder.decode(encode({ features: { age: 7 } }), batches, NOW);
    assert.ok(decoded.ok);
    assert.equal(decoded.batch.columns.get('age')?.values[decoded.row], 7);
    assert.equal(decoded.batch.segments.get('country')?.string(decoded.row), 'DE');
    assert.ok(decoded.batch.refusedNames[0].startsWith('id_'));
  }
});
