import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { Store } from '@tidemark/store';
import { csvOf, fileRows, fileWith, FOLDER, MONITOR, rowsOf, tidemark } from './command.js';

interface StoredColumn {
  readonly column: string;
  readonly kind: string;
  readonly values: number;
  readonly nulls: number;
  readonly bin_layout: string;
  readonly bins: readonly number[];
  readonly mean: number | null;
  readonly digest: string;
}

const ROWS = fileRows(11, 30);

/** Type 7 of Hyndman & Fan 1996, from the definition. */
function quantile(sorted: readonly number[], level: number): number {
  const at = (sorted.length - 1) * level;
  const below = sorted[Math.floor(at)];
  return below + (sorted[Math.ceil(at)] - below) * (at - Math.floor(at));
}

describe('tidemark baseline build', () => {
  const built = new Map<string, StoredColumn[]>();

  before(async () => {
    fileWith('m.yaml', MONITOR);
    fileWith('reference.csv', csvOf(ROWS));
    fileWith('reference.jsonl', ROWS.map((row) => JSON.stringify(row)).join('\n'));
    const store = await Store.open({ kind: 'embedded', path: join(FOLDER, 'maker'), database: 'maker' });
    const [from, to] = ['reference.csv', 'reference.parquet'].map((name) => join(FOLDER, name));
    await store.command(
      `INSERT INTO FUNCTION file('${to}', 'Parquet') SELECT at, x, plan, visits FROM file('${from}', 'CSVWithNames')`,
    );
    await store.close();
    for (const format of ['csv', 'jsonl', 'parquet']) {
      const commandLine = ['baseline', 'build', `reference.${format}`, '--monitor', 'm.yaml', '--store', format];
      const { code, stdout, stderr } = await tidemark(commandLine);
      assert.deepEqual([code, stderr], [0, 'Not published: TIDEMARK_BROKERS is not set.\n']);
      assert.match(stdout, /Baseline [0-9a-f]{16} of m, version \*: 3000 rows of reference\./);
      const sql =
        'SELECT column, kind, values, nulls, bin_layout, bins, mean, hex(digest) AS digest ' +
        'FROM tidemark.baseline_columns ORDER BY column';
      built.set(format, await rowsOf<StoredColumn>(format, sql));
    }
  });

  it('gives equal baselines for equal rows, whatever the format', () => {
    assert.deepEqual(
      built.get('csv')?.map(({ column, kind, values }) => [column, kind, values]),
      [
        ['plan', 'categorical', 3000],
        ['visits', 'integer', 3000],
        ['x', 'numeric', 3000],
      ],
    );
    assert.deepEqual(built.get('jsonl'), built.get('csv'));
    assert.deepEqual(built.get('parquet'), built.get('csv'));
  });

  it('refuses a column that has no valid value of the kind that the monitor states', async () => {
    fileWith('texts.jsonl', ROWS.map((row) => JSON.stringify({ ...row, plan: 'basic' })).join('\n'));
    fileWith('numeric-plan.yaml', `${MONITOR}\ncolumns:\n  plan: { kind: numeric }\n`);
    const commandLine = ['baseline', 'build', 'texts.jsonl', '--monitor', 'numeric-plan.yaml', '--store', 'refused'];
    const { code, stderr } = await tidemark(commandLine);
    assert.notEqual(code, 0);
    assert.match(
      stderr,
      /texts\.jsonl: the column 'plan' has no valid value of its kind, numeric: set another kind for it/,
    );
  });

  it('puts the edges at the exact quantiles of type 7, and counts every row', () => {
    const { bin_layout, bins } = built.get('csv')?.find(({ column }) => column === 'x') ?? assert.fail('no column x');
    const { edges } = JSON.parse(bin_layout) as { edges: number[] };
    const sorted = ROWS.map(({ x }) => x).sort((a, b) => a - b);
    const exact = Array.from({ length: 9 }, (_, index) => quantile(sorted, (index + 1) / 10));
    assert.equal(edges.length, 9);
    edges.forEach((edge, index) => assert.ok(Math.abs(edge - exact[index]) <= 1e-15, `${edge} ${exact[index]}`));
    assert.deepEqual(
      bins,
      [...edges, Infinity].map(
        (edge, bin) => sorted.filter((x) => x < edge && (bin === 0 || x >= edges[bin - 1])).length,
      ),
    );
  });

  it('gives categories and whole numbers a bin each', () => {
    const bins = (name: string) => built.get('csv')?.find(({ column }) => column === name)?.bins;
    const visits = [0, 1, 2, 3, 4].map((each) => ROWS.filter((row) => row.visits === each).length);
    assert.deepEqual(bins('visits'), visits);
    const basic = ROWS.filter(({ plan }) => plan === 'basic').length;
    assert.deepEqual(bins('plan'), [basic, ROWS.length - basic, 0]);
  });

  it('says why it is not published, and takes an address from a file', async () => {
    const build = ['baseline', 'build', 'reference.csv', '--monitor', 'm.yaml', '--store', 'csv'];
    const only = await tidemark([...build, '--store-only'], { TIDEMARK_BROKERS: '127.0.0.1:1' });
    assert.deepEqual([only.code, only.stderr], [0, 'Not published: --store-only.\n']);
    fileWith('brokers', 'nowhere\n');
    const wrong = await tidemark(build, { TIDEMARK_BROKERS_FILE: 'brokers' });
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /^TIDEMARK_BROKERS must be host:port/);
  });

  it('says which file or format it cannot read, and what to do', async () => {
    const build = (...more: string[]) =>
      tidemark(['baseline', 'build', ...more, '--monitor', 'm.yaml', '--store', 'csv']);
    const missing = await build('nowhere.csv');
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /^There is no file .*nowhere\.csv \(bad-file\)\nCheck the path/);
    const format = await build('reference.csv', '--format', 'Nonsense');
    assert.equal(format.code, 1);
    assert.match(format.stderr, /Nonsense.*\nCheck the path, and give --format/);
    assert.doesNotMatch(missing.stderr + format.stderr, /\n {4}at /);
  });
});
