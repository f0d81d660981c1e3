import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { topicsOf } from '@tidemark/contracts';
import { migrate, Store } from '@tidemark/store';
import { MemoryLog } from '@tidemark/transport';
import { checkReader, readersOf } from '../src/doctor/kafka-checks.js';
import { checkStore } from '../src/doctor/store-checks.js';
import { tidemark } from './command.js';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-doctor-'));
after(() => rmSync(folder, { recursive: true, force: true }));

describe('tidemark doctor', () => {
  it('says of everything that is away how to mend it, and ends with 1', async () => {
    const variables = {
      TIDEMARK_BROKERS: '127.0.0.1:1',
      TIDEMARK_REGISTRY_URL: 'http://127.0.0.1:1',
      TIDEMARK_CLICKHOUSE_URL: 'http://127.0.0.1:1',
      TIDEMARK_MONITORS: 'nowhere',
    };
    const { code, stdout } = await tidemark(['doctor'], variables);
    assert.equal(code, 1);
    const [table, mends] = stdout.split('\n\nTo mend:\n');
    assert.deepEqual(
      table.split('\n').map((line) => /^(\S+).*? {2,}(\w+) {2}/.exec(line)?.slice(1) ?? null),
      [null, ['monitors', 'mend'], ['kafka', 'mend'], ['schema', 'mend'], ['clickhouse', 'mend']],
    );
    assert.match(
      mends,
      /^ {2}monitors in nowhere: mend the file; .*\n {2}kafka at 127\.0\.0\.1:1: check that Kafka runs/,
    );
    assert.equal(mends.trimEnd().split('\n').length, 4);
    const unset = await tidemark(['doctor']);
    assert.equal(unset.code, 2);
  });

  it('knows tables that are behind, and what the user may do', async () => {
    const store = await Store.open({ kind: 'embedded', path: folder, database: 'tidemark' });
    await store.command('CREATE DATABASE IF NOT EXISTS tidemark');
    const behind = (await checkStore(store, 'default')).find(({ check }) => check === 'clickhouse tables of tidemark');
    assert.deepEqual([behind?.mend, /no tables of Tidemark yet/.test(behind?.found ?? '')], ['tidemark migrate', true]);
    await migrate(store);
    const sound = await checkStore(store, 'default');
    assert.deepEqual(
      sound.map(({ check, mend }) => [check, mend]),
      [
        ['clickhouse', null],
        ['clickhouse tables of tidemark', null],
        ['clickhouse grant SELECT', null],
        ['clickhouse grant INSERT', null],
      ],
    );
    await store.close();
  });

  it('knows groups that have read nothing, and how much is left', async () => {
    const log = new MemoryLog();
    const topics = topicsOf('eu.');
    await log.ensureTopics([{ topic: topics.events, partitions: 2 }]);
    const [sketcher] = readersOf(topics, 'eu.');
    assert.equal(sketcher.group, 'eu.tidemark-sketcher');
    assert.equal((await checkReader(log, sketcher)).mend, null);
    const producer = await log.producer();
    await producer.send([1, 2, 3].map((n) => ({ topic: topics.events, partition: 0, key: null, value: Buffer.of(n) })));
    assert.equal((await checkReader(log, sketcher)).mend, 'tidemark sketcher');
    const transactions = await log.transactionalProducer('t');
    const commit = (offset: number) => {
      const consumed = { group: sketcher.group, topic: topics.events, offsets: new Map([[0, offset]]) };
      return transactions.commit({ records: [], consumed });
    };
    await commit(1);
    assert.match((await checkReader(log, sketcher)).found, /^2 records of eu\.inference-events are yet to be read$/);
    await commit(9);
    assert.match((await checkReader(log, sketcher)).found, /^its position is not in eu\.inference-events \(0:9\)$/);
    await log.close();
  });
});
