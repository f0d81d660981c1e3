import assert from 'node:assert/strict';
import { chmodSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileWith, FOLDER, rowsOf, tidemark } from './command.js';

describe('tidemark migrate and query', () => {
  it('brings the tables up to date once', async () => {
    const first = await tidemark(['migrate', '--store', 'migrated']);
    assert.equal(first.code, 0);
    assert.match(first.stdout, /^Applied the migrations 1, 2, .*\.\n$/);
    const second = await tidemark(['migrate', '--store', 'migrated']);
    assert.equal(second.code, 0);
    assert.equal(second.stdout, 'The tables are up to date.\n');
  });

  it('makes the folder of a store for its owner alone, and says so where it is open to others', async () => {
    const { code, stderr } = await tidemark(['migrate', '--store', 'deep/inside/own']);
    assert.deepEqual([code, stderr], [0, '']);
    const modeOf = (path: string) => (statSync(join(FOLDER, path)).mode & 0o777).toString(8);
    for (const path of ['deep', 'deep/inside', 'deep/inside/own']) assert.equal(modeOf(path), '700', path);
    chmodSync(join(FOLDER, 'deep/inside/own'), 0o755);
    const open = await tidemark(['query', '--store', 'deep/inside/own', 'SELECT 1 AS one']);
    assert.deepEqual([open.code, open.stdout], [0, 'one\n  1\n']);
    assert.match(
      open.stderr,
      /can read the store deep\/inside\/own \(its mode is 755\): chmod 700 deep\/inside\/own\n$/,
    );
  });

  it('sets how long rows are kept, and says what is wrong with a number of days or a cluster', async () => {
    const migrate = (...more: string[]) => tidemark(['migrate', ...more]);
    const kept = async (): Promise<string> => {
      const sql =
        "SELECT engine_full AS engine FROM system.tables WHERE database = 'tidemark' AND name = 'windows_raw'";
      return (await rowsOf<{ engine: string }>('retained', sql))[0].engine;
    };
    const set = await migrate('--store', 'retained', '--retention-days', '30');
    assert.deepEqual([set.code, set.stderr], [0, '']);
    assert.match(set.stdout, /\nRows are kept for 30 days\.\n$/);
    assert.match(await kept(), /toIntervalDay\(30\)/);
    const lifted = await migrate('--store', 'retained', '--retention-days', 'none');
    assert.equal(lifted.stdout, 'The tables are up to date.\nRows are kept for good.\n');
    assert.doesNotMatch(await kept(), /TTL/);
    for (const days of ['0', '-1', '1.5', 'week']) {
      const wrong = await migrate('--store', 'retained', `--retention-days=${days}`);
      assert.deepEqual([wrong.code, wrong.stdout], [2, '']);
      assert.match(wrong.stderr, /--retention-days .*: must be a whole number of days/);
    }
    const nowhere = await migrate('--cluster', 'main');
    assert.deepEqual([nowhere.code, nowhere.stderr.split(':')[0]], [2, 'TIDEMARK_CLICKHOUSE_URL is not set']);
    assert.equal((await migrate('--cluster', 'main', '--store', 'retained')).code, 2);
    assert.match((await migrate('--cluster', "x'")).stderr, /--cluster x': must be a plain name/);
  });

  it('takes the address of the server from a file', async () => {
    fileWith('address', 'http://127.0.0.1:1\n');
    const nowhere = await tidemark(['query', 'SELECT 1'], { TIDEMARK_CLICKHOUSE_URL_FILE: 'address' });
    assert.equal(nowhere.code, 1);
    assert.match(nowhere.stderr, /127\.0\.0\.1:1 \(unreachable\)/);
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
