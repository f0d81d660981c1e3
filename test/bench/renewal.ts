import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBatches, LocalRegistry } from '@tidemark/contracts';
import {
  BaselineRenewal,
  PartitionSketcher,
  type Baseline,
  type PaneRow,
  type SketchPartial,
  type Stream,
} from '@tidemark/monitoring';
import { migrate, readPanes, Store, writePanes } from '@tidemark/store';
import { benchBaseline, benchMonitor, preparedDecoder, Traffic, TRAFFIC } from './traffic.js';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const EVENTS_A_PANE = 1000;
/** Different panes; a day is made of them again and again. */
const DIFFERENT = 12;

const HOUR = 3_600_000;
const LENGTH = 12 * HOUR;
const EVERY = 3 * HOUR;

/** How long a rolling baseline takes to be made of the panes in the embedded store, and what memory. */
export async function benchRenewal(print: (line: string) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  const store = await Store.open({ kind: 'embedded', path: folder, database: 'tidemark' });
  try {
    await migrate(store);
    const registry = new LocalRegistry();
    const { pane } = benchMonitor(true);
    const published = await benchBaseline(registry);
    const made = await sketched(registry, published);
    for (let at = 0; at < (LENGTH + EVERY) / pane; at++) {
      await writePanes(store, rowsOf(made[at % DIFFERENT], START + at * pane));
    }
    const before = process.memoryUsage.rss();
    const first = await renew(store, published, made[0][0].pane.stream, START);
    const next = await renew(store, first.baseline, made[0][0].pane.stream, START + EVERY);
    print(`renewal: a rolling baseline made of one-minute panes in the embedded store; ${TRAFFIC}, 5 segments`);
    print(`  the first, of ${LENGTH / pane} panes: ${first.seconds.toFixed(1)} s`);
    print(
      `  the next, of which ${EVERY / pane} panes are new: ${next.seconds.toFixed(1)} s, ${(next.seconds / first.seconds).toFixed(2)} times as long`,
    );
    print(`  memory: ${megabytes(Math.max(first.peak, next.peak))} at most, ${megabytes(before)} before`);
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function renew(store: Store, previous: Baseline, stream: Stream, from: number) {
  const to = from + LENGTH;
  const plan = { at: to, from, to, leftOut: [], adopts: false, whole: true };
  const renewal = new BaselineRenewal(stream, benchMonitor(true), plan, previous);
  const started = performance.now();
  let peak = 0;
  for (let needed = renewal.needed; needed !== null; needed = renewal.needed) {
    for await (const row of readPanes(store, needed)) {
      renewal.take(row);
      peak = Math.max(peak, process.memoryUsage.rss());
    }
    renewal.advance();
  }
  const baseline = renewal.build();
  const seconds = (performance.now() - started) / 1000;
  const rows = (LENGTH / benchMonitor(true).pane) * EVENTS_A_PANE;
  if (baseline?.rows !== rows) throw new Error(`The baseline has ${baseline?.rows} of ${rows} rows`);
  return { baseline, seconds, peak };
}

/** The partials of some panes, one of each segment. */
async function sketched(registry: LocalRegistry, baseline: Baseline) {
  const traffic = await Traffic.open(registry);
  const monitor = { ...benchMonitor(true), pane: DAY };
  const sketcher = new PartitionSketcher({ monitorOf: () => monitor, baselineOf: () => baseline });
  const made: SketchPartial[][] = [];
  for (let at = 0; at < DIFFERENT; at++) {
    const messages = traffic.next(EVENTS_A_PANE);
    const decoder = await preparedDecoder(registry, messages[0]);
    const batches = new EventBatches();
    for (const message of messages) decoder.decode(message, batches, Date.now());
    for (const batch of batches) sketcher.fold(batch);
    made.push(sketcher.drain());
  }
  return made;
}

function rowsOf(partials: readonly SketchPartial[], start: number): PaneRow[] {
  const { pane: size } = benchMonitor(true);
  return partials.map((partial) => ({ ...partial, pane: { ...partial.pane, start, size }, part: 'pane' }));
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
