import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultMonitor } from '@tidemark/contracts';
import type { LoggedPrediction } from '@tidemark/monitoring';
import { LabelJoiner, outcomesIn, type ArrivedLabel } from '@tidemark/outcomes';
import { migrate, Store } from '@tidemark/store';

const PREDICTIONS = 10_000_000;
const MADE_AT_ONCE = 1_000_000;
const LABELS = 200_000;
const LABELS_A_BATCH = 10_000;
const WRITTEN = 100_000;
/** Over so much event time, in milliseconds, so that a batch of labels touches many panes. */
const PERIOD = 30 * 86_400_000;
const START = Date.UTC(2026, 0, 1);
const SOURCE = 'ground-truth/0';

/** Labels a second that find their predictions among ten million in the embedded store, and the memory that it takes. */
export async function benchJoin(print: (line: string) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  const database = await Store.open({ kind: 'embedded', path: folder, database: 'tidemark' });
  try {
    await migrate(database);
    const store = outcomesIn(database);
    const writing = await timed(async () => {
      for (let at = 0; at < WRITTEN; at += LABELS_A_BATCH) await store.writePredictions(rowsFrom(PREDICTIONS + at));
    });
    // The others are made where they lie: by way of the service it would be minutes of the same.
    for (let at = 0; at < PREDICTIONS; at += MADE_AT_ONCE) await database.command(MADE, { at });
    const [{ logged }] = await database.query<{ logged: number }>(
      'SELECT count() AS logged FROM tidemark.predictions_raw',
    );
    const before = process.memoryUsage().rss;
    const monitor = { ...defaultMonitor(), model: 'm' };
    const joiner = new LabelJoiner(store, { monitorOf: () => monitor, baselineOf: () => null });
    let joined = 0;
    let slowest = 0;
    let peak = before;
    const joining = await timed(async () => {
      for (let first = 0; first < LABELS; first += LABELS_A_BATCH) {
        const end = first + LABELS_A_BATCH;
        slowest = Math.max(
          slowest,
          await timed(async () => {
            const batch = await joiner.join({ source: SOURCE, first, end }, labelsFrom(first));
            joined += batch.joined;
          }),
        );
        peak = Math.max(peak, process.memoryUsage().rss);
      }
    });
    print(
      `join: ${group(LABELS)} labels of random events in batches of ${group(LABELS_A_BATCH)}, ${group(logged)} predictions in the embedded store`,
    );
    print(`  predictions logged: ${group(WRITTEN / writing)} a second`);
    print(`  labels joined: ${group(LABELS / joining)} a second; the slowest batch took ${slowest.toFixed(1)} s`);
    print(`  memory: ${megabytes(peak)} at most while joining, ${megabytes(before)} before`);
    print(
      `  ${joined === LABELS ? 'every label met its prediction' : `MISSED: ${joined} of ${LABELS} labels were joined`}`,
    );
  } finally {
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Distinct for every number below 2^32, and in no order: an odd factor (Knuth 1998, 6.4) permutes them. */
function idOf(n: number): string {
  return String(Math.imul(n, 2_654_435_761) >>> 0);
}

function rowsFrom(at: number) {
  return Array.from({ length: LABELS_A_BATCH }, (_, i) => {
    const n = at + i;
    const prediction: LoggedPrediction = {
      stream: { model: 'm', version: '1', role: 'champion' },
      ...{ eventId: idOf(n), eventTime: START + (n % PERIOD), share: 1 },
      segments: [{ dimension: 'country', value: n % 2 === 0 ? 'DE' : 'FR' }],
      answer: { score: (n % 100) / 100, class: 'yes', value: null, confidence: null, probabilities: new Map() },
    };
    return { prediction, offset: n, expiresAt: Date.now() + PERIOD };
  });
}

const MADE = `INSERT INTO tidemark.predictions_raw (model, event_id, version, role, event_time, segments, score, class, share, precedence,
    expires_at) SELECT 'm', toString((n * 2654435761) % 4294967296), '1', 'champion',
    fromUnixTimestamp64Milli(toInt64(${START} + (n * 2592) % ${PERIOD}), 'UTC'), map('country', n % 2 = 0 ? 'DE' : 'FR'),
    (n % 100) / 100, 'yes', 1, 1000000000 - n, now() + INTERVAL 30 DAY
    FROM (SELECT number + {at:UInt64} AS n FROM numbers(${MADE_AT_ONCE}))`;

/** Labels of events all over the log. */
function labelsFrom(first: number): ArrivedLabel[] {
  const now = Date.now();
  return Array.from({ length: LABELS_A_BATCH }, (_, i) => {
    const offset = first + i;
    const none = { version: null, value: null, source: null, inclusionProbability: null };
    const eventId = idOf((offset * 49_999) % PREDICTIONS);
    const truth = { ...none, eventId, model: 'm', class: offset % 3 === 0 ? 'no' : 'yes', observedAt: now };
    return { truth, offset, sentAt: now, record: Buffer.from('{}') };
  });
}

async function timed(action: () => Promise<void>): Promise<number> {
  const from = performance.now();
  await action();
  return (performance.now() - from) / 1000;
}

function group(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / (1 << 20)).toLocaleString('en')} MiB`;
}
