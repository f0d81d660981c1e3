import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ALL_EVENTS, inDatabase, incidentQuery, quoted, type DriftEvent } from '@tidemark/monitoring';
import { readWindows, writeWindows } from '../src/index.js';
import { migratedStore, temporaryFolder } from './embedded.js';
import { HOSTILE, MORE_HOSTILE, START, windowOf } from './samples.js';

/** The query that a drift event carries, on the test's database. */
function pasted(name: string, database: string): string {
  const { stream, segment, column } = windowOf(name);
  return onDatabase(incidentQuery(stream, segment, column, START), database);
}

function onDatabase(query: string, database: string): string {
  return inDatabase({ query } as DriftEvent, database).query;
}

test('the query of a drift event finds the windows of its own names alone, whatever the names are', async () => {
  const store = await migratedStore();
  const names = [...HOSTILE, ...MORE_HOSTILE];
  await writeWindows(store, names.map(windowOf));
  for (const name of names) {
    const rows = await store.query<{ events: number }>(pasted(name, store.database));
    assert.equal(rows.length, 1, JSON.stringify(name));
  }
  assert.deepEqual(await store.query(pasted('nobody', store.database)), []);
});

test('it names the database that the rows are in, and is as it was in the usual one', () => {
  const query = incidentQuery({ model: 'loans', version: '1.2', role: 'champion' }, ALL_EVENTS, 'x', START);
  assert.equal(onDatabase(query, 'tidemark'), query);
  assert.match(query, / FROM tidemark\.windows WHERE model = 'loans' AND version = '1\.2' /);
  const other = incidentQuery(
    { model: 'FROM tidemark.windows', version: '1', role: 'champion' },
    ALL_EVENTS,
    'x',
    START,
  );
  assert.equal(other.match(/FROM tidemark\./g)?.length, 1);
  assert.match(onDatabase(other, 'drift'), / FROM drift\.windows WHERE model = 'FROM\\x20tidemark\.windows' /);
});

test('it holds no byte of a name that a shell, a terminal or a console takes for its own', () => {
  for (const name of [
    ...HOSTILE,
    ...MORE_HOSTILE,
    '\u009b31m',
    '\u2066',
    '$(id)',
    '!!',
    '~',
    'a|b',
    '\u001b]0;x\u0007',
  ]) {
    assert.match(quoted(name), /^'(?:[A-Za-z0-9_.:/-]|\\x[0-9a-f]{2})*'$/);
  }
  assert.equal(quoted("a-b_c.1:2/3 d'\u00e9"), "'a-b_c.1:2/3\\x20d\\x27\\xc3\\xa9'");
});

test('pasted into a shell it runs nothing, and an engine gets what was meant', (context) => {
  const folder = temporaryFolder();
  const hostile = [
    ...[
      '$(touch ran)',
      '`touch ran`',
      "'; touch ran; '",
      '"; touch ran; "',
      '\\$(touch ran)',
      'x\ntouch ran\n',
      'a;touch ran',
    ],
    ...['a|touch ran', 'a&touch ran', "'$(touch ran)'", '>ran', 'EOF\ntouch ran', '!touch', '${PATH}'],
  ];
  for (const name of hostile) {
    const query = pasted(name, 'tidemark');
    const ways = {
      quoted: `printf %s "${query}"`,
      document: `cat <<'EOF'\n${query}\nEOF`,
      single: `printf %s '${query}'`,
    };
    for (const [way, command] of Object.entries(ways)) {
      const { stdout, status } = spawnSync('bash', ['-c', command], { cwd: folder, encoding: 'utf8' });
      assert.equal(status, 0, `${way}: ${query}`);
      if (way !== 'single') assert.equal(stdout.trimEnd(), query);
      assert.ok(!existsSync(join(folder, 'ran')), `${way} ran a command: ${JSON.stringify(name)}`);
    }
  }
  context.diagnostic(`${hostile.length} names`);
});

test('names come back from parameters as they went in', async () => {
  const store = await migratedStore();
  const names = [...HOSTILE, ...MORE_HOSTILE];
  await writeWindows(store, names.map(windowOf));
  for (const name of names) {
    const found = await readWindows(store, {
      ...windowOf(name).stream,
      segment: { dimension: name, value: name },
      column: name,
      from: START,
      to: START + 1,
    });
    assert.deepEqual(
      found.map(({ column }) => column),
      [name],
    );
  }
});
