import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { topicsOf } from '@tidemark/contracts';
import { kafkaRights, KAFKA_USERS } from '../src/access/kafka-access.js';
import { STORE_GRANTS, STORE_USERS } from '../src/access/store-access.js';
import { readersOf } from '../src/doctor/kafka-checks.js';
import { topicSettings } from '../src/topic-settings.js';

const doc = readFileSync(new URL('../../../../docs/operations.md', import.meta.url), 'utf8');
const topics = topicsOf();
const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');
const row = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => (cell === '' ? '' : `${cell} `)).join('| ')}|`;

/** The rows of the table below a heading, without its head and the blanks that align it. */
function rowsBelow(heading: string): string[] {
  const [, section] = doc.split(`\n## ${heading}\n`);
  const lines = section.split('\n## ')[0].split('\n');
  return lines
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) => line.replaceAll(/\s+/g, ' '));
}

test('docs/operations.md has the topics as services make them', () => {
  const partitions = 7;
  const expected = topicSettings(topics, partitions).map(({ topic, partitions: count, compacted, maxMessageBytes }) =>
    row([
      ...[code([topic]), count === partitions ? 'N' : String(count)],
      compacted === true ? 'compacted' : 'as the cluster says',
      maxMessageBytes === undefined ? 'as the cluster says' : `${maxMessageBytes >> 20} MiB`,
    ]),
  );
  const found = rowsBelow('Topics').map((line) => `${line.split('|').slice(0, 5).join('|')}|`);
  assert.deepEqual(found.sort(), expected.sort());
});

test('docs/operations.md has the Kafka ACLs of each service', () => {
  const expected = KAFKA_USERS.map((user) => {
    const rights = kafkaRights(user, topics, '');
    const topicsWith = (operation: 'Read' | 'Write') =>
      rights.filter(({ resource, operations }) => resource === 'topic' && operations.includes(operation));
    const named = (resource: string) => rights.filter((right) => right.resource === resource);
    return row([
      user,
      ...[topicsWith('Read'), topicsWith('Write'), named('group'), named('transactional-id')].map((found) =>
        code(found.map(({ name, prefixed }) => `${name}${prefixed ? '…' : ''}`)),
      ),
    ]);
  });
  assert.deepEqual(rowsBelow('Kafka ACLs'), expected);
});

test('the groups whose lag is watched are groups that their service may read with', () => {
  for (const { group, topic, service } of readersOf(topics, 'p-')) {
    const rights = kafkaRights(service as 'sketcher', topicsOf(), 'p-');
    assert.ok(
      rights.some(({ resource, name }) => resource === 'group' && name === group),
      group,
    );
    assert.ok(
      rights.some(({ name, operations }) => name === topic && operations.includes('Read')),
      topic,
    );
  }
});

test('docs/operations.md has the grants of each user of ClickHouse', () => {
  const expected = STORE_USERS.map((user) => {
    const tables = (grant: string) => STORE_GRANTS[user].find((each) => each.grant === grant)?.tables ?? [];
    const others = STORE_GRANTS[user]
      .map(({ grant }) => grant)
      .filter((grant) => !['SELECT', 'INSERT'].includes(grant));
    const cell = (names: readonly string[]) => (names.includes('*') ? 'every table' : code(names));
    return row([user, cell(tables('SELECT')), cell(tables('INSERT')), code(others)]);
  });
  assert.deepEqual(rowsBelow('Grants in ClickHouse'), expected);
});
