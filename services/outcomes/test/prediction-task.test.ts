import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { EventDecoder, LocalRegistry, RecordWriter, topicsOf } from '@tidemark/contracts';
import type { OutRecord } from '@tidemark/transport';
import type { OutcomeStore } from '../src/index.js';
import { PredictionTask } from '../src/prediction-task.js';
import { eventOf, MONITOR, removeStores } from './installation.js';

after(removeStores);

async function taskOf() {
  const registry = new LocalRegistry();
  const writer = await RecordWriter.open(registry, ['InferenceEvent']);
  const rows: { readonly epoch?: number }[][] = [];
  const ids = [{ topicId: 'former', epoch: 0, partitions: 1 }];
  const store = {
    readTopicIds: () => Promise.resolve([...ids]),
    writeTopicId: (_: string, known: (typeof ids)[number]) => Promise.resolve(void ids.push(known)),
    writePredictions: (some: { readonly epoch?: number }[]) => Promise.resolve(void rows.push(some)),
  } as unknown as OutcomeStore;
  const offsets: (number | undefined)[] = [];
  const producer = {
    commit: ({ consumed }: { records: readonly OutRecord[]; consumed?: { offsets: ReadonlyMap<number, number> } }) =>
      Promise.resolve(void offsets.push(consumed?.offsets.get(0))),
    close: () => Promise.resolve(),
  };
  const topics = topicsOf('test.');
  const knowledge = { monitorOf: () => MONITOR, baselineOf: () => null };
  const context = {
    ...{ topics, group: 'g', decoder: new EventDecoder(registry), store, knowledge },
    ...{ partitions: 1, commitInterval: 0, now: Date.now },
  };
  const recordsOf = (count: number) =>
    Array.from({ length: count }, (_, offset) => ({
      ...{ topic: topics.events, partition: 0, offset, timestamp: Date.now(), key: null, headers: {} },
      value: writer.encode('InferenceEvent', eventOf(offset)),
    }));
  return { task: new PredictionTask(0, producer, context, 'former'), rows, offsets, recordsOf };
}

test('a batch of many records is taken in pieces that are bounded, each committed before the next', async () => {
  const { task, rows, offsets, recordsOf } = await taskOf();
  const records = recordsOf(25_000);
  for (let from = 0; from < records.length;) {
    from += await task.take(records.slice(from));
    await task.commit();
  }
  assert.deepEqual(
    rows.map(({ length }) => length),
    [10_000, 10_000, 5000],
  );
  assert.deepEqual(offsets, [10_000, 20_000, 25_000]);
});

test('what was taken of a topic that was made anew is logged, and its offset not committed', async () => {
  const { task, rows, offsets, recordsOf } = await taskOf();
  await task.take(recordsOf(20));
  task.continueFrom(0, 'another');
  assert.ok(task.due);
  await task.commit();
  assert.deepEqual([rows.map(({ length }) => length), offsets], [[20], []]);
  await task.take(recordsOf(3));
  await task.commit();
  assert.deepEqual(
    rows[1].map(({ epoch }) => epoch),
    [1, 1, 1],
  );
  assert.deepEqual(offsets, [3]);
});
