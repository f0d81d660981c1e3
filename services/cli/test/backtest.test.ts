import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { csvOf, fileRows, fileWith, jsonLines, MONITOR, tidemark } from './command.js';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1);
const MOVED = START + 30 * MINUTE;
const OF_FILE = ['backtest', '--monitor', 'm.yaml', '--baseline', 'reference.csv', '--events', 'moved.csv'];
const TWO_RATES = ['--false-alarms', '1 per 1d', '--false-alarms', '1 per 365d'];

interface PrintedScore {
  readonly false_alarms: string;
  readonly windows: number;
  readonly from: number;
  readonly to: number;
  readonly false_windows: number;
  readonly accepted: number;
  readonly kept: boolean;
  readonly known: readonly { readonly found_by: string | null; readonly delay: number | null }[];
  readonly incidents: readonly {
    readonly incident_id: string;
    readonly columns: readonly string[];
    readonly since: number;
    readonly window_end: number;
    readonly known: boolean;
  }[];
}

interface PrintedEvent {
  readonly incident_id: string;
  readonly status: string;
}

async function scoresOf(...more: string[]): Promise<PrintedScore[]> {
  const { code, stdout, stderr } = await tidemark([...more, '--output', 'json']);
  assert.deepEqual([code, stderr], [0, '']);
  return jsonLines(stdout) as PrintedScore[];
}

describe('tidemark backtest', () => {
  before(() => {
    fileWith('m.yaml', MONITOR);
    fileWith('reference.csv', csvOf(fileRows(3, 40)));
    fileWith('quiet.csv', csvOf(fileRows(5, 30)));
    fileWith('moved.csv', csvOf(fileRows(7, 60, 30)));
    fileWith('known.csv', 'from,to,column\n2026-01-01T00:30:00Z,2026-01-01T01:00:00Z,x\n');
    fileWith('elsewhere.csv', 'from,to,column\n2026-01-01T00:00:00Z,2026-01-01T00:20:00Z,\n');
  });

  it('raises what replay raises, and finds what is known', async () => {
    const replay = ['replay', ...OF_FILE.slice(1), '--store', 'replayed', '--output', 'json'];
    const replayed = jsonLines((await tidemark(replay)).stdout) as PrintedEvent[];
    const [score, ...others] = await scoresOf(...OF_FILE, '--known', 'known.csv');
    assert.deepEqual(others, []);
    assert.equal(score.false_alarms, '1 per 30d');
    assert.deepEqual([score.windows, score.from, score.to], [12, START, START + 60 * MINUTE]);
    assert.deepEqual(
      score.incidents.map((incident) => incident.incident_id),
      replayed.filter(({ status }) => status === 'opened').map((event) => event.incident_id),
    );
    const [incident, ...further] = score.incidents;
    assert.deepEqual(further, []);
    assert.deepEqual([incident.columns, incident.since, incident.known], [['x'], MOVED, true]);
    assert.deepEqual(score.known, [
      {
        ...{ from: MOVED, to: START + 60 * MINUTE, column: 'x' },
        found_by: incident.incident_id,
        delay: incident.window_end - MOVED,
      },
    ]);
    assert.deepEqual([score.false_windows, score.kept], [0, true]);
  });

  it('judges one pass by several rates, each as if alone', async () => {
    const together = await scoresOf(...OF_FILE, ...TWO_RATES);
    assert.deepEqual(
      together.map((score) => score.false_alarms),
      ['1 per 1d', '1 per 365d'],
    );
    const alone = await scoresOf(...OF_FILE, '--false-alarms', '1 per 365d');
    assert.deepEqual(together[1], alone[0]);
    assert.ok(Math.abs(together[0].accepted - 1 / 24) < 1e-12, 'an hour of a day');
  });

  it('counts an incident about nothing known as a false alarm, and says when that is more than was stated', async () => {
    const [score] = await scoresOf(...OF_FILE, '--known', 'elsewhere.csv');
    assert.deepEqual(score.known, [
      { from: START, to: START + 20 * MINUTE, column: null, found_by: null, delay: null },
    ]);
    assert.deepEqual([score.false_windows, score.kept], [1, false]);
    // Four of the twelve windows are within what is known of every column.
    assert.ok(Math.abs(score.accepted - (40 * MINUTE) / (30 * 86_400_000)) < 1e-12);
    const { stdout } = await tidemark([...OF_FILE, '--known', 'elsewhere.csv']);
    assert.match(stdout, /0 of 1 +1 +0\.00093 +no: by chance once in 1081/);
    assert.match(stdout, /2026-01-01T00:00 +2026-01-01T00:20 +\(any\) +missed/);
  });

  it('judges what a store holds as it judges the file', async () => {
    await tidemark(['replay', ...OF_FILE.slice(1), '--store', 'kept']);
    const stored = ['backtest', '--monitor', 'm.yaml', '--store', 'kept', '--since', '2026-01-01T00:00:00Z'];
    assert.deepEqual(await scoresOf(...stored, ...TWO_RATES), await scoresOf(...OF_FILE, ...TWO_RATES));
    const [half] = await scoresOf(...stored, '--until', '2026-01-01T00:30:00Z');
    assert.deepEqual([half.windows, half.incidents], [6, []]);
    const nothing = await tidemark([...stored.slice(0, -1), '2027-01-01T00:00:00Z']);
    assert.equal(nothing.code, 2);
    assert.match(nothing.stderr, /^The store has no panes of 1m of model m, version \*, since 2027-01-01T00:00/);
  });

  it('learns the baseline from the first windows where none is given', async () => {
    fileWith('learning.yaml', `${MONITOR}baseline: {first_windows: 4}\n`);
    const [score] = await scoresOf('backtest', '--monitor', 'learning.yaml', '--events', 'quiet.csv');
    assert.deepEqual([score.windows, score.from, score.to], [2, START + 20 * MINUTE, START + 30 * MINUTE]);
  });

  it('prints a table: settings, known incidents, what was raised', async () => {
    const { code, stdout, stderr } = await tidemark([
      ...OF_FILE,
      ...TWO_RATES,
      '--known',
      'known.csv',
      '--fail-on-drift',
    ]);
    assert.deepEqual([code, stderr], [3, '']);
    assert.match(
      stdout,
      /^Judged: 12 windows of 5m from 2026-01-01T00:00 to 2026-01-01T01:00 \(60 min\)\nBaseline [0-9a-f]{16}: 4000 rows of reference\.csv\nWindows of 5m: baseline /,
    );
    assert.match(stdout, /\n1 per 1d +1 +0 +0 +1 +1 +720 +1 of 1 +0 +0\.042 +yes\n1 per 365d +1 /);
    assert.match(stdout, /\n2026-01-01T00:30 +2026-01-01T01:00 +x +major after \d+ min +major after \d+ min\n/);
    assert.match(
      stdout,
      /\nAt 1 per 365d:\nwhat +where +incidents +sent +worst +open for +first at\nx +version 1 +1 +1 +major +\d+ min +2026-01-01T00:\d\d\n$/,
    );
    const quiet = await tidemark([...OF_FILE.slice(0, -1), 'quiet.csv', '--fail-on-drift']);
    assert.equal(quiet.code, 0);
    assert.match(quiet.stdout, /\n\nAt 1 per 30d: no incidents\.\n$/);
  });

  it('says all that is wrong of the command line and of known incidents at once', async () => {
    const asked = [
      'backtest',
      '--monitor',
      'm.yaml',
      '--until',
      '1d',
      '--false-alarms',
      'few',
      '--false-alarms',
      '1 per 7d',
    ];
    const wrong = await tidemark(asked);
    assert.equal(wrong.code, 2);
    assert.equal(
      wrong.stderr,
      'Say which past: --events <file>, or --since <time> for what the store holds\n' +
        '--until goes with --since\n' +
        "--false-alarms few: is not of the form '1 per 30d'\n",
    );
    fileWith('faulty.csv', 'from,to\nsoon,2026-01-01T00:20:00Z\n2026-01-02T00:00:00Z,2026-01-01T00:00:00Z\n');
    const faulty = await tidemark([...OF_FILE, '--known', 'faulty.csv']);
    assert.equal(faulty.code, 2);
    assert.equal(
      faulty.stderr,
      "faulty.csv: row 1: from: 'soon' is not a time such as 2026-01-05T10:00:00Z\n" +
        'faulty.csv: row 2: to: must be later than from\n',
    );
    fileWith('nameless.csv', 'start,to\n1,2\n');
    const nameless = await tidemark([...OF_FILE, '--known', 'nameless.csv']);
    assert.equal(nameless.stderr, "nameless.csv: has no column 'from'; it has start, to\n");
  });
});
