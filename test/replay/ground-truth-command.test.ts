import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { DEFAULT_DATABASE, Store } from '@tidemark/store';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const DATA = process.env.TIDEMARK_CALIFORNIA_HOUSING ?? join(ROOT, '..', 'shared', 'data', 'california-housing');
const HOUR = 3_600_000;

const folder = mkdtempSync(join(tmpdir(), 'tidemark-ground-truth-'));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Told {
  readonly signal: string;
  readonly status: string;
  readonly severity: string;
  readonly segment_value: string;
  readonly since: number;
  readonly summary: string;
}

interface Measured {
  readonly metric: string;
  readonly start: number;
  readonly segment_value: string;
  readonly labels: number;
  readonly realised: number;
  readonly reference: number;
  readonly verdict: string;
}

/** Runs `tidemark replay` and reads from its store what it measured and told of quality. */
async function replayed(
  store: string,
  files: Readonly<Record<'monitor' | 'baseline' | 'events' | 'ground-truth', string>>,
) {
  const options = Object.entries(files).flatMap(([name, path]) => [`--${name}`, path]);
  const main = join(ROOT, 'services', 'cli', 'dist', 'src', 'main.js');
  const path = join(folder, store);
  const command = [main, 'replay', '--output', 'json', '--store', path, ...options];
  await promisify(execFile)(process.execPath, command, { maxBuffer: 1 << 26 });
  // Again as a person would see it, in a store of its own.
  const read = command.map((word) => (word === 'json' ? 'table' : word === path ? `${path}-read` : word));
  const { stdout: printed } = await promisify(execFile)(process.execPath, read, { maxBuffer: 1 << 26 });
  const opened = await Store.open({ kind: 'embedded', path, database: DEFAULT_DATABASE });
  const measured = await opened.query<Measured>(
    `SELECT metric, toUnixTimestamp64Milli(window_start) AS start, segment_value, labels, realised, reference, verdict
     FROM tidemark.quality ORDER BY start, segment_value, metric`,
  );
  const told = await opened.query<Told>(
    `SELECT signal, status, severity, segment_value, toUnixTimestamp64Milli(since) AS since, summary FROM tidemark.drift_events
     WHERE signal IN ('quality', 'concept-drift', 'calibration', 'base-rate') ORDER BY window_end, id`,
  );
  await opened.close();
  return { measured, told, printed };
}

function close(actual: number | undefined, expected: number, tolerance: number, what: string): void {
  assert.ok(actual !== undefined && Math.abs(actual - expected) <= tolerance, `${what}: ${actual}, not ${expected}`);
}

describe('tidemark replay --ground-truth', () => {
  test('tells in which segment quality fell, by the metric that the monitor names', { timeout: 240_000 }, async () => {
    const start = Date.UTC(2026, 0, 1);
    let state = 4711;
    const next = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) + 0.5) / 2 ** 32;
    /** From an hour on truths in France hardly follow the score. */
    const rowsOf = (from: number, hours: number, brokenFrom: number) =>
      Array.from({ length: 4000 * hours }, (_, n) => {
        const hour = Math.floor(n / 4000);
        const [score, country] = [next(), next() < 0.1 ? 'FR' : 'DE'];
        const follows = country === 'FR' && hour >= brokenFrom ? 0.25 : 1;
        const truth = next() < 0.5 + follows * (score - 0.5) ? 1 : 0;
        return {
          id: `${from}-${n}`,
          at: from + Math.floor((n * HOUR) / 4000),
          score: score.toFixed(4),
          country,
          truth,
        };
      });
    const write = (name: string, lines: readonly string[]): string => {
      writeFileSync(join(folder, name), [...lines, ''].join('\n'));
      return join(folder, name);
    };
    const baseline = rowsOf(start - 8 * HOUR, 8, Infinity);
    const events = rowsOf(start, 5, 2);
    const files = {
      monitor: write('monitor.yaml', [
        ...['model: m', "version: '1'", 'pane: 10m', 'windows: [1h]', 'allowed_lateness: 0s', 'segments: [country]'],
        "quality: {metric: f1, positive: '1', tolerance: 0.04}",
        'mapping: {event_time: at, event_id: id, score: score, class: answer, ground_truth: truth, segments: [country]}',
      ]),
      baseline: write('baseline.csv', [
        'id,at,score,answer,country,truth',
        ...baseline.map(
          (row) => `${row.id},${row.at},${row.score},${Number(Number(row.score) >= 0.5)},${row.country},${row.truth}`,
        ),
      ]),
      events: write('events.csv', [
        'id,at,score,answer,country',
        ...events.map((row) => `${row.id},${row.at},${row.score},${Number(Number(row.score) >= 0.5)},${row.country}`),
      ]),
      'ground-truth': write('truth.csv', ['id,truth', ...events.map(({ id, truth }) => `${id},${truth}`)]),
    };
    const { measured, told, printed } = await replayed('generated', files);
    const lines = printed.slice(printed.indexOf('f1 expected')).trim().split('\n').slice(1);
    assert.equal(lines.length, 5);
    lines.forEach((line, hour) => {
      const row = measured.find(
        (each) => each.metric === 'f1' && each.segment_value === '' && each.start === start + hour * HOUR,
      );
      const [, , , labels, expected, found] = line.split(/ +/);
      assert.equal(labels, '4000');
      assert.equal(found, row?.realised.toFixed(3));
      assert.ok(Math.abs(Number(expected) - 0.75) < 0.03, `expected ${expected}`);
    });
    assert.deepEqual(
      told.map(({ signal, status, segment_value: country, since }) => [
        signal,
        status,
        country,
        (since - start) / HOUR,
      ]),
      [['concept-drift', 'opened', 'FR', 2]],
    );
    assert.match(told[0].summary, /^where country = FR: .*f1 below expected/);
    // Each window's F1 in France, from its rows.
    for (let hour = 0; hour < 5; hour++) {
      const rows = events.filter(({ at, country }) => country === 'FR' && Math.floor((at - start) / HOUR) === hour);
      const of = (predicted: boolean, truth: number) =>
        rows.filter((row) => Number(row.score) >= 0.5 === predicted && row.truth === truth).length;
      const [tp, fp, fn] = [of(true, 1), of(true, 0), of(false, 1)];
      const row = measured.find(
        (each) => each.metric === 'f1' && each.segment_value === 'FR' && each.start === start + hour * HOUR,
      );
      close(row?.realised, (2 * tp) / (2 * tp + fp + fn), 1e-9, `F1 of hour ${hour}`);
      assert.equal(row?.labels, rows.length);
    }
  });

  const california = { skip: !existsSync(DATA) && `${DATA} is not there`, timeout: 240_000 };
  test('gives the quality of the California housing rows', california, async () => {
    const expected = JSON.parse(readFileSync(join(DATA, 'expected.json'), 'utf8')) as {
      readonly reference_quality: Readonly<Record<string, number>>;
      readonly windows_of_1000_rows: readonly (Readonly<Record<string, number>> & { readonly first_row: number })[];
    };
    const { measured, told } = await replayed('california', {
      monitor: join(ROOT, 'examples', 'monitors', 'california-housing.yaml'),
      ...{ baseline: join(DATA, 'reference.csv'), events: join(DATA, 'analysis.csv') },
      'ground-truth': join(DATA, 'ground-truth.csv'),
    });
    const start = Date.UTC(2021, 5, 1);
    const rowOf = (first: number, metric: string) =>
      measured.find((row) => row.metric === metric && row.start === start + first * HOUR);
    // Scores have two decimals, and bins are 1/128 wide: few pairs share a bin that do not share a score.
    for (const [metric, tolerance] of [
      ['accuracy', 1e-12],
      ['f1', 1e-9],
      ['roc_auc', 0.005],
    ] as const) {
      for (const { first_row: first, ...figures } of expected.windows_of_1000_rows) {
        close(rowOf(first, metric)?.realised, figures[metric], tolerance, `${metric} from row ${first}`);
      }
      close(rowOf(0, metric)?.reference, expected.reference_quality[metric], Math.max(1e-9, tolerance), metric);
    }
    assert.equal(expected.windows_of_1000_rows.length, 8);
    assert.equal(rowOf(2000, 'accuracy')?.verdict, 'inputs-changed-quality-fell');
    const major = told.find(({ signal, severity }) => signal === 'concept-drift' && severity === 'major');
    assert.match(major?.summary ?? '', /inputs changed: .*(Latitude|Longitude)/);
  });
});
