import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { DEFAULT_DATABASE, Store } from '@tidemark/store';

const ROOT = join(import.meta.dirname, '..', '..', '..');
/** Real rows and figures made from them by scipy, which a checkout may have beside it; the repository does not hold them. */
const DATA = process.env.TIDEMARK_CALIFORNIA_HOUSING ?? join(ROOT, '..', 'shared', 'data', 'california-housing');
const HOUR = 3_600_000;
const START = Date.UTC(2021, 5, 1);

type Figures = Readonly<Record<string, number>>;

interface Expected {
  readonly whole_period: Readonly<Record<string, Figures & { readonly window_counts: number[] }>>;
  readonly windows_of_1000_rows: readonly {
    readonly first_row: number;
    readonly columns: Readonly<Record<string, Figures & { readonly window_counts: number[] }>>;
  }[];
}

interface WindowRecord extends Figures {
  readonly start: number;
}

/** The store's names of the figures that bins decide, and that must agree to rounding. */
const BINNED = {
  psi: 'psi',
  js_distance: 'js_distance',
  hellinger: 'hellinger',
  total_variation: 'total_variation',
  chi_square: 'chi_square',
} as const;

function close(actual: number, expected: number, tolerance: number, what: string): void {
  const error = Math.abs(actual - expected);
  assert.ok(error <= tolerance, `${what}: ${actual} is not within ${tolerance} of ${expected}`);
}

describe('a replay of the California housing rows', { skip: !existsSync(DATA) && `${DATA} is not there` }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-california-'));
  let windows: Map<string, WindowRecord>;
  let expected: Expected;
  let drifted: Set<string>;
  let exitCode: number;

  before(
    async () => {
      expected = JSON.parse(readFileSync(join(DATA, 'expected.json'), 'utf8')) as Expected;
      const command = [
        join(ROOT, 'services', 'cli', 'dist', 'src', 'main.js'),
        ...['replay', '--output', 'json', '--fail-on-drift', '--store', folder],
        ...['--monitor', join(ROOT, 'examples', 'monitors', 'california-housing.yaml')],
        ...['--baseline', join(DATA, 'reference.csv'), '--events', join(DATA, 'analysis.csv')],
      ];
      const { stdout, code } = await promisify(execFile)(process.execPath, command, { maxBuffer: 1 << 26 }).then(
        (result) => ({ ...result, code: 0 }),
        (error: { stdout: string; code: number }) => error,
      );
      exitCode = code;
      const lines = stdout.split('\n').filter((line) => line !== '');
      const events = lines.map((line) => JSON.parse(line) as { column: string; status: string; notify: boolean });
      drifted = new Set(events.filter(({ notify }) => notify).map(({ column }) => column));
      const store = await Store.open({ kind: 'embedded', path: folder, database: DEFAULT_DATABASE });
      const rows = await store.query<WindowRecord & { column: string; window_size_ms: number }>(
        `SELECT * EXCEPT window_start, toUnixTimestamp64Milli(window_start) AS start FROM tidemark.windows
         WHERE segment_dimension = ''`,
      );
      windows = new Map(
        rows.map((row) => [`${row.column}/${row.window_size_ms / HOUR}/${(row.start - START) / HOUR}`, row]),
      );
      await store.close();
    },
    { timeout: 240_000 },
  );

  test.after(() => rmSync(folder, { recursive: true, force: true }));

  const columnOf = (name: string) => (name === 'y_pred_proba' ? 'prediction.score' : name);

  function compare(t: TestContext, name: string, key: string, figures: Figures): void {
    const window = windows.get(`${columnOf(name)}/${key}`);
    assert.ok(window !== undefined, `no window ${columnOf(name)}/${key}`);
    for (const [ours, theirs] of Object.entries(BINNED)) {
      close(window[ours], figures[theirs], 1e-9 * Math.max(1, figures[theirs]), `${name} ${ours}`);
    }
    close(window.ks, figures.ks, window.ks_error, `${name} ks`);
    // The stated error is a worst case; on these rows the digests do far better.
    close(window.ks, figures.ks, 0.006, `${name} ks`);
    close(window.wasserstein, figures.wasserstein, Math.max(0.02 * figures.wasserstein, 1e-9), `${name} wasserstein`);
    t.diagnostic(
      `${name} ${key}: ks off by ${Math.abs(window.ks - figures.ks).toExponential(1)}, ` +
        `wasserstein by ${((100 * Math.abs(window.wasserstein - figures.wasserstein)) / figures.wasserstein).toFixed(2)} %`,
    );
  }

  test('gives the distances of the whole period', (t) => {
    for (const [name, figures] of Object.entries(expected.whole_period)) compare(t, name, '8232/0', figures);
  });

  test('gives the distances of every window of 1,000 rows', (t) => {
    for (const { first_row: row, columns } of expected.windows_of_1000_rows) {
      for (const [name, figures] of Object.entries(columns)) compare(t, name, `1000/${row}`, figures);
    }
    assert.equal(expected.windows_of_1000_rows.length, 8);
  });

  test('reports the place and the score as drifted', () => {
    for (const column of ['Latitude', 'Longitude', 'prediction.score']) assert.ok(drifted.has(column), column);
    assert.equal(exitCode, 3);
  });
});
