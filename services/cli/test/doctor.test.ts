import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { topicsOf } from '@tidemark/contracts';
import { migrate, Store } from '@tidemark/store';
import { MemoryLog, type KafkaAcl } from '@tidemark/transport';
import { checkReader, readersOf } from '../src/doctor/kafka-checks.js';
import { checkKafkaRights, checkStoreGrants, SERVICES } from '../src/doctor/access-checks.js';
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
    const behind = (await checkStore(store, 'default', SERVICES)).find(
      ({ check }) => check === 'clickhouse tables of tidemark',
    );
    assert.deepEqual([behind?.mend, /no tables of Tidemark yet/.test(behind?.found ?? '')], ['tidemark migrate', true]);
    await migrate(store);
    const sound = await checkStore(store, 'default', SERVICES);
    assert.deepEqual(
      sound.map(({ check, mend }) => [check, mend]),
      [
        ['clickhouse', null],
        ['clickhouse tables of tidemark', null],
        ['clickhouse grants of detector', null],
        ['clickhouse grants of outcomes', null],
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

  it('names each right in Kafka that a service lacks, with the command that grants it', () => {
    const topics = topicsOf('eu.');
    const subject = {
      service: 'sketcher',
      principal: 'User:ann',
      asks: false,
      topics,
      prefix: 'eu.',
      brokers: ['b:1'],
    } as const;
    const allow = (resource: KafkaAcl['resource'], name: string, operation: string, prefixed = false): KafkaAcl => {
      return { resource, name, operation, prefixed, allows: true };
    };
    const all = [
      allow('topic', 'eu.', 'ALL', true),
      allow('group', 'eu.tidemark-sketcher', 'READ'),
      allow('group', 'eu.tidemark-follower-', 'ALL', true),
      allow('transactional-id', '*', 'WRITE'),
    ];
    assert.deepEqual(
      checkKafkaRights(all, subject).map(({ mend }) => mend),
      [null],
    );
    const without = all.filter(({ name }) => name !== 'eu.tidemark-sketcher');
    const denied = { ...allow('topic', topics.labelingState, 'WRITE'), allows: false };
    const grant = 'kafka-acls.sh --bootstrap-server b:1 --add --allow-principal User:ann';
    assert.deepEqual(
      checkKafkaRights([...without, denied], subject).map(({ mend }) => mend),
      [
        `${grant} --operation Write --topic ${topics.labelingState}`,
        `${grant} --operation Read --group eu.tidemark-sketcher`,
      ],
    );
    // A right to one name does not make that to all names that begin so.
    const narrow = [...all.slice(0, 3), allow('transactional-id', `tidemark-sketcher-${topics.events}-`, 'WRITE')];
    assert.match(
      checkKafkaRights(narrow, subject)[0].mend ?? '',
      /--operation Write --transactional-id tidemark-sketcher-eu\.inference-events- --resource-pattern-type prefixed$/,
    );
    assert.equal(checkKafkaRights([], subject).length > 10, true);
    assert.match(checkKafkaRights([], { ...subject, asks: true })[0].found, /super user/);
    assert.match(checkKafkaRights('not-told', subject)[0].found, /^not checked/);
  });

  it('names each grant in ClickHouse that a service lacks', async () => {
    const denied = Object.assign(new Error('no'), { code: 'denied' });
    const store = {
      database: 'd',
      query: () => Promise.resolve([{ name: 'model', type: 'String' }]),
      command: (sql: string) =>
        /INTO d\.(windows|quality)_raw|FROM d\.panes /.test(sql) ? Promise.reject(denied) : Promise.resolve(),
    } as unknown as Store;
    const [{ mend }] = await checkStoreGrants(store, 'detector', 'ann');
    assert.equal(
      mend,
      'GRANT SELECT ON d.panes TO ann; GRANT INSERT ON d.windows_raw TO ann; GRANT INSERT ON d.quality_raw TO ann',
    );
    assert.equal((await checkStoreGrants(store, 'outcomes', 'ann'))[0].mend, null);
  });
});
