import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TransportError } from '@tidemark/transport';
import type { OffsetOutOfRange } from '../src/index.js';
import { TaskHandler } from '../src/task-handler.js';
import type { CountingTask } from './counting-task.js';
import { counting, GROUP, openLog, send, TOPIC } from './counting-task.js';

const ALL = [0, 1, 2];

async function handlerOf(prepare?: (task: CountingTask) => void) {
  const log = await openLog();
  const tasks = new Map<number, CountingTask>();
  const reports: OffsetOutOfRange[] = [];
  const handler = new TaskHandler({
    ...{ service: 'copier', log, consumed: counting(tasks, prepare), catchUp: () => Promise.resolve() },
    onOffsetOutOfRange: (report) => reports.push(report),
  });
  const take = async (partition: number, count: number) => {
    const value = Buffer.from('x');
    const record = { topic: TOPIC, partition, key: null, value, timestamp: 0, headers: {} };
    await handler.records(
      partition,
      Array.from({ length: count }, (_, offset) => ({ ...record, offset })),
    );
  };
  return { log, tasks, handler, reports, take };
}

describe('A handler of tasks', () => {
  it('commits and closes every partition that it lets go, though the first has been fenced, and says nothing of that', async () => {
    const { log, tasks, handler, take } = await handlerOf((task) => (task.commitsEagerly = false));
    await handler.assigned(ALL);
    for (const partition of ALL) await take(partition, 10 + partition);
    await log.transactionalProducer(`tidemark-copier-${TOPIC}-0`);
    await handler.revoked(ALL);
    assert.deepEqual(
      await log.committed(GROUP, TOPIC),
      new Map([
        [1, 11],
        [2, 12],
      ]),
    );
    assert.deepEqual(
      log.closed,
      ALL.map((partition) => `tidemark-copier-${TOPIC}-${partition}`),
    );
    // A tick that comes now finds nothing that could end the service.
    await handler.tick();
    assert.deepEqual(tasks.get(1)?.calls, ['close', 'commit 11']);
  });

  it('reports what failed once all are settled, that which cannot pass by itself first, and names the place', async () => {
    const { log, handler, take } = await handlerOf((task) => {
      task.commitsEagerly = false;
      if (task.partition === 0)
        task.onCommit = () => Promise.reject(new TransportError('unreachable', 'no broker answers'));
      if (task.partition === 2) task.onCommit = () => Promise.reject(new RangeError('parts that are no counts'));
    });
    await handler.assigned(ALL);
    for (const partition of ALL) await take(partition, 5);
    await assert.rejects(handler.revoked(ALL), {
      name: 'ServiceError',
      ...{ code: 'failed', retriable: false },
      place: { service: 'copier', topic: TOPIC, partition: 2, offset: 5 },
      message:
        'letting go of input/2 at offset 5: parts that are no counts; and letting go of input/0 at offset 5: no broker answers',
    });
    assert.deepEqual(await log.committed(GROUP, TOPIC), new Map([[1, 5]]));
    assert.equal(log.closed.length, 3);
  });

  it('wraps an error once, with its code, and the offset from which records were being taken', async () => {
    const { handler, take } = await handlerOf((task) => {
      task.commitsEagerly = false;
      task.onTake = ([{ offset }]) =>
        offset === 2000 ? Promise.reject(new TransportError('timeout', 'no answer')) : Promise.resolve();
    });
    await handler.assigned(ALL);
    await assert.rejects(take(1, 3000), {
      ...{ name: 'ServiceError', code: 'timeout', retriable: true },
      place: { service: 'copier', topic: TOPIC, partition: 1, offset: 2000 },
      message: 'taking records of input/1 at offset 2000: no answer',
    });
    const fenced = new TransportError('fenced', 'another owner');
    const { handler: other, take: takeOther } = await handlerOf(
      (task) => (task.onCommit = () => Promise.reject(fenced)),
    );
    await other.assigned([0]);
    await assert.rejects(takeOther(0, 1), (error) => error === fenced);
  });

  it('gives the event loop its turn within a batch, however long the batch takes', async () => {
    const { handler, take } = await handlerOf((task) => {
      task.onTake = () => {
        const end = performance.now() + 60;
        while (performance.now() < end);
        return Promise.resolve();
      };
    });
    await handler.assigned(ALL);
    let turns = 0;
    const heartbeats = setInterval(() => turns++, 1);
    await take(0, 10_000);
    clearInterval(heartbeats);
    assert.ok(turns >= 4, `${turns} turns in five slices`);
  });

  it('commits in the midst of a batch where a task is full, and takes every record once', async () => {
    const { tasks, handler, take, log } = await handlerOf((task) => (task.mostRecords = 40));
    await handler.assigned(ALL);
    await take(2, 100);
    assert.deepEqual(tasks.get(2)?.calls, ['commit 40', 'commit 40', 'commit 20']);
    assert.deepEqual(tasks.get(2)?.offsets, [...Array(100).keys()]);
    assert.deepEqual(await log.committed(GROUP, TOPIC), new Map([[2, 100]]));
  });

  it('tells of a saved position that is not in the log, once, and begins where the log does', async () => {
    const { log, tasks, handler, reports } = await handlerOf((task) => {
      if (task.partition === 0) task.saved = { readFrom: 590, position: 600 };
      if (task.partition === 1) task.saved = { readFrom: 3, position: 5 };
    });
    for (const partition of ALL) await send(log, partition, 20);
    const committer = await log.transactionalProducer('another');
    await committer.commit({ records: [], consumed: { group: GROUP, topic: TOPIC, offsets: new Map([[2, 77]]) } });
    assert.deepEqual(
      await handler.assigned(ALL),
      new Map([
        [0, 0],
        [1, 3],
        [2, 0],
      ]),
    );
    const place = { service: 'copier', topic: TOPIC, begin: 0, end: 20, continuedAt: 0 };
    assert.deepEqual(reports, [
      { ...place, partition: 0, position: 600 },
      { ...place, partition: 2, position: 77 },
    ]);
    assert.deepEqual(
      ALL.map((partition) => tasks.get(partition)?.calls),
      [['continue 0'], [], ['continue 0']],
    );
    await handler.displaced({ partition: 1, position: 20, begin: 0, end: 4 });
    assert.deepEqual(tasks.get(1)?.calls, ['continue 0']);
    assert.deepEqual(reports[2], { ...place, partition: 1, position: 20, end: 4 });
  });
});
