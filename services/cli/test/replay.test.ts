import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { schemaOf } from '@tidemark/contracts';
import { csvOf, fileRows, fileWith, jsonLines, MONITOR, rowsOf, tidemark } from './command.js';

const MOVED = Date.UTC(2026, 0, 1, 0, 30);
const REPLAY = ['replay', '--monitor', 'm.yaml', '--baseline', 'reference.csv', '--store', 'store'];

interface PrintedEvent {
  readonly status: string;
  readonly column: string;
  readonly since: number;
}

/** Rows, and sums that any doubled row would change. */
function countsOf(): Promise<unknown[]> {
  const counts = ['panes', 'pane_columns', 'windows', 'drift_events', 'baselines', 'baseline_columns'].map(
    (view) => `SELECT '${view}' AS view, count() AS rows FROM tidemark.${view}`,
  );
  const sums = `SELECT 'events' AS view, sum(events) AS rows FROM tidemark.panes`;
  return rowsOf('store', `SELECT * FROM (${[...counts, sums].join(' UNION ALL ')}) ORDER BY view`);
}

describe('tidemark replay', () => {
  before(() => {
    fileWith('m.yaml', MONITOR);
    fileWith('reference.csv', csvOf(fileRows(3, 40)));
    fileWith('quiet.csv', csvOf(fileRows(5, 30)));
    fileWith('moved.csv', csvOf(fileRows(7, 60, 30)));
  });

  it('prints drift events as JSON lines with the fields of their schema, and exits with 0 or as asked', async () => {
    const told = await tidemark([...REPLAY, '--events', 'moved.csv', '--output', 'json']);
    assert.deepEqual([told.code, told.stderr], [0, '']);
    const events = jsonLines(told.stdout) as PrintedEvent[];
    const { fields } = schemaOf('DriftEvent') as unknown as { fields: { name: string }[] };
    const names = fields.map(({ name }) => name).sort();
    for (const event of events) assert.deepEqual(Object.keys(event).sort(), names);
    assert.deepEqual(
      events.filter(({ status }) => status === 'opened').map(({ column, since }) => ({ column, since })),
      [{ column: 'x', since: MOVED }],
    );

    const before = await countsOf();
    const again = await tidemark([...REPLAY, '--events', 'moved.csv', '--output', 'json', '--fail-on-drift']);
    assert.deepEqual([again.code, again.stderr], [3, '']);
    assert.equal(again.stdout, told.stdout, 'the same bytes');
    assert.deepEqual(await countsOf(), before, 'what was written again replaced itself');
    assert.deepEqual(
      await rowsOf('store', "SELECT sum(events) AS events FROM tidemark.panes WHERE segment_dimension = ''"),
      [{ events: 6000 }],
    );
  });

  it('prints a table', async () => {
    const { code, stdout } = await tidemark([...REPLAY, '--events', 'moved.csv', '--output', 'table']);
    assert.equal(code, 0);
    const [headings, ...rows] = stdout.trimEnd().split('\n');
    assert.match(headings, /^window from +to +status +severity +signal +what$/);
    assert.match(rows[0], /^2026-01-01T00:\d\d +2026-01-01T00:\d\d +opened +major +data-quality +x: /);
  });

  it('says once, beneath the table, that the baseline is short', async () => {
    fileWith('short.csv', csvOf(fileRows(3, 12)));
    const replay = ['replay', '--monitor', 'm.yaml', '--baseline', 'short.csv', '--store', 'short'];
    const { stdout } = await tidemark([...replay, '--events', 'moved.csv', '--output', 'table']);
    const lines = stdout.trimEnd().split('\n');
    assert.match(
      lines[lines.length - 1],
      /^Baseline too short to know how windows vary: \d+ windows, 40 are needed\.$/,
    );
    assert.equal(stdout.match(/are needed/g)?.length, 1);
    assert.match(stdout, / opened +\w+ +data-/);
  });

  it('exits with 0 where nothing drifts, --fail-on-drift or not', async () => {
    const { code, stdout } = await tidemark([...REPLAY, '--events', 'quiet.csv', '--fail-on-drift']);
    assert.equal(code, 0);
    assert.equal(stdout, 'No drift.\n');
  });

  it('writes to the server only where it is told to', async () => {
    const server = { TIDEMARK_CLICKHOUSE_URL: 'http://127.0.0.1:1' };
    const replay = ['replay', '--monitor', 'm.yaml', '--events', 'quiet.csv', '--baseline', 'quiet.csv'];
    const here = await tidemark(replay, server);
    assert.deepEqual([here.code, here.stderr], [0, '']);
    assert.deepEqual(await rowsOf('.tidemark/store', 'SELECT sum(events) AS events FROM tidemark.panes'), [
      { events: 3000 },
    ]);
    const there = await tidemark([...replay, '--server'], server);
    assert.equal(there.code, 1);
    assert.match(there.stderr, /127\.0\.0\.1:1 \(unreachable\)/);
    const unnamed = await tidemark([...replay, '--server']);
    assert.deepEqual([unnamed.code, unnamed.stderr.split(':')[0]], [2, 'TIDEMARK_CLICKHOUSE_URL is not set']);
    const both = await tidemark([...replay, '--server', '--store', 'store'], server);
    assert.equal(both.code, 2);
    assert.match(both.stderr, /'--server' cannot be used with option '--store/);
  });

  it('names every column of the mapping that the file lacks', async () => {
    const mapping = '  score: probability\n  segments: [country]\n';
    fileWith('lacking.yaml', MONITOR + mapping);
    const { code, stderr } = await tidemark([
      ...['replay', '--monitor', 'lacking.yaml', '--events', 'moved.csv', '--store', 'store'],
    ]);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /moved\.csv: has no column 'probability', which the mapping names; it has at, x, plan, visits/,
    );
    assert.match(stderr, /moved\.csv: has no column 'country'/);
    assert.doesNotMatch(stderr, /\n {4}at /);
  });

  it('names a column that a baseline lacks', async () => {
    const { code, stderr } = await tidemark([...REPLAY, '--monitor', 'lacking.yaml', '--events', 'moved.csv']);
    assert.equal(code, 2);
    assert.match(stderr, /reference\.csv: has no column 'probability'/);
  });

  it('says which file is missing, and what a monitor without a mapping lacks', async () => {
    const missing = await tidemark([...REPLAY, '--events', 'nowhere.csv']);
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /^There is no file .*nowhere\.csv \(bad-file\)\nCheck the path/);
    fileWith('plain.yaml', 'model: m\n');
    const plain = await tidemark(['replay', '--monitor', 'plain.yaml', '--events', 'moved.csv', '--store', 'store']);
    assert.equal(plain.code, 2);
    assert.match(plain.stderr, /^plain\.yaml: mapping: is missing; .*event_time/);
  });

  it('leaves out rows without a time, and says how many', async () => {
    const rows = fileRows(9, 10);
    const lines = csvOf(rows).split('\n');
    lines[5] = lines[5].replace(/^[^,]*/, 'soon');
    lines[7] = lines[7].replace(/^[^,]*/, '');
    fileWith('untimed.csv', lines.join('\n'));
    const commandLine = ['replay', '--monitor', 'm.yaml', '--events', 'untimed.csv', '--store', 'untimed'];
    const { code, stdout, stderr } = await tidemark(commandLine);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(
      stderr,
      /^2 rows were left out: their at is no time\.\nNothing was judged: none of the 2 windows of 5m /,
    );
    assert.deepEqual(await rowsOf('untimed', 'SELECT sum(events) AS events FROM tidemark.panes'), [{ events: 998 }]);
  });
});
