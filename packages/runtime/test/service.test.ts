import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LogRecord } from '@tidemark/transport';
import { NewestStates, startService } from '../src/index.js';
import type { CountingTask } from './counting-task.js';
import { counting, GROUP, openLog, send, TOPIC, until } from './counting-task.js';

describe('A service', () => {
  it('reads what it follows before it takes partitions over, and writes what it has read when it is stopped', async () => {
    const log = await openLog();
    const producer = await log.producer();
    const know = (key: string, value: string | null) =>
      producer.send([{ topic: 'known', key, value: value === null ? null : Buffer.from(value) }]);
    await know('0', 'old');
    await know('1', 'gone');
    await know('1', null);
    await know('0', 'new');
    const states = new NewestStates();
    const found: (string | undefined)[] = [];
    const tasks = new Map<number, CountingTask>();
    const service = await startService({
      ...{ name: 'copier', log, followed: [{ topic: 'known', onRecord: states.take.bind(states) }] },
      open: () => {
        const consumed = counting(tasks, (task) => {
          task.commitsEagerly = false;
          found[task.partition] = states.of(task.partition)?.value.toString();
        });
        return Promise.resolve([consumed]);
      },
    });
    await send(log, 1, 50);
    await until(() => tasks.get(1)?.offsets.length === 50);
    assert.deepEqual(await log.committed(GROUP, TOPIC), new Map());
    await service.stop();
    await service.done;
    assert.deepEqual(found, ['new', undefined, undefined]);
    assert.deepEqual(await log.committed(GROUP, TOPIC), new Map([[1, 50]]));
    assert.equal(log.closed.length, 3);
    await log.close();
  });

  it('ends where a follower ends, having written what it read, and says at which record', async () => {
    const log = await openLog();
    const tasks = new Map<number, CountingTask>();
    const onRecord = ({ offset }: LogRecord) => {
      if (offset === 1) throw new Error('no baseline');
    };
    const service = await startService({
      ...{ name: 'copier', log, followed: [{ topic: 'known', onRecord }] },
      open: () => Promise.resolve([counting(tasks, (task) => (task.commitsEagerly = false))]),
    });
    await send(log, 0, 7);
    await until(() => tasks.get(0)?.offsets.length === 7);
    const producer = await log.producer();
    await producer.send(['a', 'b'].map((key) => ({ topic: 'known', key, value: Buffer.from('x') })));
    await assert.rejects(service.done, {
      name: 'ServiceError',
      place: { service: 'copier', topic: 'known', partition: 0, offset: 1 },
      message: 'following known/0 at offset 1: no baseline',
    });
    assert.deepEqual(await log.committed(GROUP, TOPIC), new Map([[0, 7]]));
    await log.close();
  });

  it('ends every reader where one fails, and closes what that one held', async () => {
    const log = await openLog();
    await log.ensureTopics([{ topic: 'other', partitions: 1 }]);
    const tasks = new Map<number, CountingTask>();
    const service = await startService({
      ...{ name: 'copier', log, followed: [] },
      open: () =>
        Promise.resolve([
          counting(tasks, (task) => (task.onCommit = () => Promise.reject(new Error('the disk is full')))),
          { ...counting(new Map()), topic: 'other' },
        ]),
    });
    await send(log, 0, 3);
    await assert.rejects(service.done, /committing input\/0 at offset 3: the disk is full/);
    assert.deepEqual(log.closed.sort(), [
      'tidemark-copier-input-0',
      'tidemark-copier-input-1',
      'tidemark-copier-input-2',
      'tidemark-copier-other-0',
    ]);
    await log.close();
  });

  it('leaves nothing running where it cannot start', async () => {
    const log = await openLog();
    const records: LogRecord[] = [];
    const followed = [{ topic: 'known', onRecord: (record: LogRecord) => void records.push(record) }];
    const nowhere = { topic: 'nowhere', onRecord: () => undefined };
    const open = () => Promise.resolve([]);
    await assert.rejects(startService({ name: 'copier', log, followed: [...followed, nowhere], open }), {
      code: 'unknown-topic',
      place: { service: 'copier', topic: 'nowhere', partition: null, offset: null },
    });
    await assert.rejects(
      startService({ name: 'copier', log, followed, open: () => Promise.reject(new Error('no registry')) }),
      /no registry/,
    );
    const producer = await log.producer();
    await producer.send([{ topic: 'known', key: 'a', value: Buffer.from('x') }]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(records, []);
    await log.close();
  });
});
