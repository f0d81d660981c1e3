import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { fileWith, jsonLines, tidemark, type Ended } from './command.js';

// Whoever can write to a topic, or only choose a name, chooses these: a window's title, a cleared screen, C1's way of saying the same, a line
// that would be one more row, turned text, and what nobody sees.
const EVIL = 'n\u001b]0;owned\u0007\u001b[2J\r\u009b31m\nforged row\u202e\u2066\u200b\u2028\ufeff';
// eslint-disable-next-line no-control-regex -- control characters are what it is about
const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;

const COLUMN = `x${EVIL}`;
const SEGMENT = `country${EVIL}`;
const FILE = 'served.csv';

const yaml = (text: string): string => JSON.stringify(text);
const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

const MONITOR = `
model: ${yaml(`loans${EVIL}`)}
version: ${yaml(`v${EVIL}`)}
pane: 1m
windows: [5m]
allowed_lateness: 0s
segments: [${yaml(SEGMENT)}]
labeling: {budget: 50 per 1h, strata: [${yaml(SEGMENT)}]}
mapping: {event_time: at, event_id: id, score: p, segments: [${yaml(SEGMENT)}]}
`;

/** Rows of an hour; the hostile column moves half-way where told. */
function csvOf(seed: number, moved: boolean): string {
  let state = seed;
  const next = () => (state = (state * 16807) % 2147483647) / 2147483647;
  const rows = Array.from({ length: 6000 }, (_, n) => {
    const at = new Date(Date.UTC(2026, 0, 1) + n * 600).toISOString();
    const x = next() + (moved && n >= 3000 ? 0.5 : 0);
    const [p, country] = [next().toFixed(4), next() < 0.5 ? `DE${EVIL}` : 'FR'];
    return [at, quoted(`${EVIL}-${seed}-${n}`), p, x, quoted(country)].join(',');
  });
  return [['at', 'id', 'p', quoted(COLUMN), quoted(SEGMENT)].join(','), ...rows, ''].join('\n');
}

/** Nothing of it is obeyed, and no line was begun by a name. */
function assertQuiet({ stdout, stderr }: Ended): void {
  for (const text of [stdout, stderr]) {
    assert.doesNotMatch(text, OBEYED);
    assert.doesNotMatch(text, /^forged row/m);
  }
}

describe('hostile names', () => {
  const run = async (...words: string[]): Promise<Ended> => {
    const ended = await tidemark([...words], {});
    assertQuiet(ended);
    return ended;
  };

  before(() => {
    fileWith('evil.yaml', MONITOR);
    fileWith('training.csv', csvOf(3, false));
    fileWith(FILE, csvOf(5, true));
  });

  it('are shown by check', async () => {
    const { code, stdout } = await run('check', 'evil.yaml');
    assert.equal(code, 0);
    assert.match(stdout, /^loansn\\x1b\]0;owned\\x07.*\\x9b31m\\x0aforged row\\u\{202e\}/);
    fileWith('faulty.yaml', `model: m\n${yaml(`key${EVIL}`)}: 1\ncolumns: {${yaml(COLUMN)}: {knd: 1}}\n`);
    assert.equal((await run('check', 'faulty.yaml')).code, 2);
  });

  it('are shown by baseline build, and by what it complains of', async () => {
    const build = ['baseline', 'build', 'training.csv', '--store', 'evil', '--monitor'];
    const { code, stdout } = await run(...build, 'evil.yaml');
    assert.equal(code, 0);
    assert.ok(stdout.includes('xn\\x1b]0;owned'));
    fileWith('lacking.yaml', MONITOR.replace('score: p', `score: ${yaml(`no${EVIL}`)}`));
    assert.equal((await run(...build, 'lacking.yaml')).code, 2);
  });

  it('are shown by replay, as a table and as JSON', async () => {
    const replay = [
      'replay',
      '--monitor',
      'evil.yaml',
      '--baseline',
      'training.csv',
      '--events',
      FILE,
      '--store',
      'evil',
    ];
    const { code, stdout } = await run(...replay);
    assert.equal(code, 0);
    assert.ok(stdout.includes('xn\\x1b]0;owned'), stdout);
    const json = await run(...replay, '--output', 'json');
    assert.ok(
      (jsonLines(json.stdout) as { column: string }[]).some(({ column }) => column === COLUMN),
      'the same value to whoever parses it',
    );
  });

  it('are shown by backtest, as tables and as JSON', async () => {
    const backtest = ['backtest', '--monitor', 'evil.yaml', '--baseline', 'training.csv', '--events', FILE];
    const { code, stdout } = await run(...backtest);
    assert.equal(code, 0);
    assert.ok(stdout.includes('xn\\x1b]0;owned'), stdout);
    const { stdout: json } = await run(...backtest, '--output', 'json');
    assert.ok(jsonLines(json).length > 0 && JSON.stringify(jsonLines(json)).includes(JSON.stringify(COLUMN)));
  });

  it('are shown by query, as a table and as JSON, and in its complaints', async () => {
    const sql = 'SELECT column AS "a\u009b31m", count() AS n FROM tidemark.windows GROUP BY column ORDER BY column';
    const { code, stdout } = await run('query', '--store', 'evil', sql);
    assert.equal(code, 0);
    assert.match(stdout, /^a\\x9b31m +n\n/);
    const rows = jsonLines((await run('query', '--store', 'evil', '--json', sql)).stdout) as Record<string, unknown>[];
    assert.ok(rows.some((row) => row['a\u009b31m'] === COLUMN));
    assert.equal((await run('query', '--store', 'evil', `SELECT "${EVIL}"`)).code, 1);
  });

  it('are in the sheet of labels export, and come back from it', async () => {
    const { code, stdout, stderr } = await tidemark(['labels', 'export', '--model', `loans${EVIL}`, '--store', 'evil']);
    // Within the quotation marks of a cell a line break is part of it.
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stdout, OBEYED);
    const [headings, ...lines] = stdout.trimEnd().split('\n"');
    assert.ok(headings.includes('feature.xn\\u{1b}]0;owned') && lines.length > 20);
  });

  it('are shown by the complaints of labels import and dead-letters', async () => {
    fileWith(
      'sheet.csv',
      `event_id,model,true_class,inclusion_probability\n${quoted(EVIL)},m,yes,${quoted(`9${EVIL}`)}\n`,
    );
    const imported = await tidemark(['labels', 'import', 'sheet.csv', `--model=${EVIL}`], {
      TIDEMARK_BROKERS: `nowhere${EVIL}`,
    });
    assertQuiet(imported);
    assert.equal(imported.code, 2);
    for (const words of [
      ['dead-letters', 'show', EVIL],
      ['dead-letters', 'list', '--reason', EVIL],
    ]) {
      assert.notEqual((await run(...words)).code, 0);
    }
  });
});
