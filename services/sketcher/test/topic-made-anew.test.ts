import assert from 'node:assert/strict';
import { it } from 'node:test';
import { EventDecoder, RecordWriter, topicsOf } from '@tidemark/contracts';
import type { TransactionContent } from '@tidemark/transport';
import { SketcherTask } from '../src/sketcher-task.js';
import { Installation, START } from './installation.js';

it('a sketcher commits no offset of a topic to the one that was made in its place', async () => {
  const { registry, monitor } = new Installation();
  const commits: TransactionContent[] = [];
  const producer = {
    commit: (content: TransactionContent) => {
      commits.push(content);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  const topics = topicsOf();
  const task = new SketcherTask(
    0,
    producer,
    {
      decoder: new EventDecoder(registry),
      writer: await RecordWriter.open(registry, ['SketchPartial', 'SourceWatermark', 'DeadLetter', 'LabelingRequest']),
      knowledge: { monitorOf: () => monitor, baselineOf: () => null },
      ...{ topics, group: 'g', sourcePartitions: 1, partialsPartitions: 1, commitInterval: 0, idleTimeout: 60_000 },
      now: () => START,
    },
    [],
  );
  const event = { event_id: 'e', model: 'm', version: '1', event_time: START, features: { x: 1 } };
  const value = Buffer.from(JSON.stringify(event));
  const record = { topic: topics.events, partition: 0, key: null, value, timestamp: START, headers: {} };
  await task.take([{ ...record, offset: 5000 }]);
  task.continueFrom();
  await task.commit();
  await task.take([{ ...record, offset: 0 }]);
  await task.commit();
  assert.deepEqual(
    commits.map(({ consumed }) => consumed?.offsets.get(0) ?? null),
    [null, 1],
  );
  const partials = commits.map(({ records }) => records.filter(({ topic }) => topic === topics.partials).length);
  assert.ok(partials[0] > 1, 'what was read before is written');
});
