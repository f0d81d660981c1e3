import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tidemark } from './command.js';

describe('tidemark migrate and query', () => {
  it('brings the tables up to date once', async () => {
    const first = await tidemark(['migrate', '--store', 'migrated']);
    assert.equal(first.code, 0);
    assert.match(first.stdout, /^Applied the migrations 1, 2, .*\.\n$/);
    const second = await tidemark(['migrate', '--store', 'migrated']);
    assert.equal(second.code, 0);
    assert.equal(second.stdout, 'The tables are up to date.\n');
  });

  it('prints rows as a table, or as JSON lines', async () => {
    const sql = "SELECT number AS n, 'it''s' AS text, number / 3 AS third, [1, 2] AS list FROM numbers(2)";
    const shown = await tidemark(['query', '--store', 'queried', sql]);
    assert.equal(shown.code, 0);
    assert.equal(shown.stdout, "n  text  third     list\n0  it's         0  [1,2]\n1  it's  0.333333  [1,2]\n");
    const json = await tidemark(['query', '--store', 'queried', '--json', sql]);
    assert.equal(
      json.stdout,
      '{"n":0,"text":"it\'s","third":0,"list":[1,2]}\n{"n":1,"text":"it\'s","third":0.3333333333333333,"list":[1,2]}\n',
    );
    const none = await tidemark(['query', '--store', 'queried', 'SELECT 1 WHERE 0']);
    assert.equal(none.stdout, 'No rows.\n');
  });

  it('says what is wrong with a query or an address, without a stack trace', async () => {
    const wrong = await tidemark(['query', '--store', 'queried', 'SELECT nothing_such']);
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /nothing_such/);
    assert.doesNotMatch(wrong.stderr, /\n {4}at /);
    const nowhere = await tidemark(['query', 'SELECT 1'], { TIDEMARK_CLICKHOUSE_URL: 'http://127.0.0.1:1' });
    assert.equal(nowhere.code, 1);
    assert.match(nowhere.stderr, /127\.0\.0\.1:1 \(unreachable\)\nCheck that it runs/);
  });
});
