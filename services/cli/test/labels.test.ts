import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { csvLine, textOfCell } from '../src/labels/csv.js';
import { fileWith, rowsOf, tidemark } from './command.js';

const MONITOR = `
model: loans
pane: 1m
windows: [5m]
labeling: {budget: 50 per 1h, strata: [country]}
mapping: {event_time: at, event_id: id, score: p, segments: [country]}
`;

/** Rows of two hours. */
function csvOf(count: number, seed: number): string {
  let state = seed;
  const next = () => (state = (state * 16807) % 2147483647) / 2147483647;
  const rows = Array.from({ length: count }, (_, n) => {
    const at = new Date(Date.UTC(2026, 0, 1) + Math.floor((n / count) * 7_200_000)).toISOString();
    return `${at},id-${seed}-${n},${next().toFixed(4)},${(1000 * next()).toFixed(1)},${next() < 0.9 ? 'DE' : '=FR'}`;
  });
  return ['at,id,p,income,country', ...rows, ''].join('\n');
}

describe('tidemark labels', () => {
  before(async () => {
    fileWith('loans.yaml', MONITOR);
    fileWith('training.csv', csvOf(4000, 3));
    fileWith('served.csv', csvOf(8000, 5));
    const { code, stderr } = await tidemark([
      ...['replay', '--monitor', 'loans.yaml', '--baseline', 'training.csv', '--events', 'served.csv'],
      ...['--store', 'labels'],
    ]);
    assert.equal(code, 0, stderr);
  });

  it('exports what a replay asks to be labelled, within the budget, as a sheet to fill in', async () => {
    const { code, stdout, stderr } = await tidemark(['labels', 'export', '--model', 'loans', '--store', 'labels']);
    assert.equal(code, 0, stderr);
    const [headings, ...rows] = stdout.trimEnd().split('\n');
    assert.equal(
      headings,
      '"event_id","model","version","role","event_time","inclusion_probability","reason","stratum","predicted_score","segment.country","feature.country","feature.income","true_class","true_value"',
    );
    assert.ok(rows.length > 40 && rows.length <= 100, `${rows.length} of 100`);
    assert.equal(stderr, `${rows.length} requests.\n`);
    assert.match(rows[0], /^"id-5-\d+","loans","1","champion","2026-01-01T00:[\d:.]+Z",0\.\d+,"\w+","country=.*,,$/);
    assert.ok(rows.some((row) => row.includes(`"'=FR"`)) && !rows.some((row) => row.includes('"=FR"')));
    const stored = await rowsOf<{ n: number; least: number }>(
      'labels',
      'SELECT count() AS n, min(inclusion_probability) AS least FROM tidemark.labeling_requests',
    );
    assert.equal(stored[0].n, rows.length);
    assert.ok(stored[0].least > 0);
    const later = await tidemark([
      ...['labels', 'export', '--model', 'loans', '--store', 'labels', '--since', '2026-01-01T01:00:00Z'],
    ]);
    const ofLater = later.stdout.trimEnd().split('\n').slice(1);
    assert.deepEqual(
      ofLater,
      rows.filter((row) => row.includes('2026-01-01T01:')),
    );
  });

  it('says what is wrong with its options', async () => {
    const limit = await tidemark(['labels', 'export', '--model', 'loans', '--limit', 'many']);
    assert.deepEqual([limit.code, limit.stderr], [2, '--limit many: must be a whole number from 1 to 1000000\n']);
    const since = await tidemark(['labels', 'export', '--model', 'loans', '--since', 'soon']);
    assert.equal(since.code, 2);
    assert.match(since.stderr, /^--since soon: must be a time/);
  });
});

describe('csvLine', () => {
  it('keeps texts texts, and lets no formula through', () => {
    assert.equal(
      csvLine(['007', 0.5, null, 'a "b"\nc', '=HYPERLINK("x")', '-5', -5]),
      `"007",0.5,,"a ""b""\nc","'=HYPERLINK(""x"")","'-5",-5`,
    );
    for (const text of ['=1', '-5', "it's", "'quoted'", '@x', '']) {
      const written = /^"(.*)"$/s.exec(csvLine([text]))![1];
      assert.equal(textOfCell(written), text);
    }
  });
});
