import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Detector, type PaneRow } from '@tidemark/monitoring';
import { migrate, readPanes, Store, writePanes } from '@tidemark/store';
import { closingBaseline, closingMonitor, windowOf } from './closing.js';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1);
const HOURS = [1, 4];
/** Different panes; an hour is made of them again and again. */
const DIFFERENT = 12;
const SHAPE = { numeric: 20, categorical: 5, dimensions: 1, segments: 20, baselineWindows: 40 };

/** What it takes to take the closed panes of windows that are still open back from the store, by how long they have been open. */
export async function benchRestore(print: (line: string) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  const store = await Store.open({ kind: 'embedded', path: folder, database: 'tidemark' });
  const day = { size: 24 * 60 * MINUTE, slide: 24 * 60 * MINUTE, origin: 0 };
  const monitor = { ...closingMonitor(SHAPE), windows: [...closingMonitor(SHAPE).windows, day] };
  const baseline = closingBaseline(closingMonitor(SHAPE), 'm', 1, SHAPE);
  try {
    await migrate(store);
    const made = Array.from({ length: DIFFERENT }, (_, at) => windowOf('m', baseline, 0, at, SHAPE));
    const most = Math.max(...HOURS) * 60;
    for (let minute = 0; minute < most; minute++) {
      const rows = made[minute % DIFFERENT].map((partial): PaneRow => {
        return { ...partial, part: 'pane', pane: { ...partial.pane, start: START + minute * MINUTE } };
      });
      await writePanes(store, rows);
    }
    print(
      'restore: a stream of 25 columns and 20 segments, panes of a minute, in a window of a day that is still open',
    );
    const costs: number[] = [];
    for (const hours of HOURS) {
      const detector = new Detector(0, { monitorOf: () => monitor, baselineOf: () => baseline });
      const stream = { model: 'm', version: '1', role: 'champion' } as const;
      const [reading, merging] = [new Stopwatch(), new Stopwatch()];
      reading.start();
      for await (const row of readPanes(store, {
        stream,
        from: START,
        to: START + hours * 60 * MINUTE,
        paneSize: MINUTE,
      })) {
        reading.stop();
        merging.start();
        detector.takeClosedPane(row);
        merging.stop();
        reading.start();
      }
      reading.stop();
      costs.push(reading.seconds + merging.seconds);
      const each = `${reading.seconds.toFixed(1)} s of processor time reading, ${merging.seconds.toFixed(1)} s merging`;
      print(`  ${hours} hours of panes: ${each}`);
    }
    const [short, long] = costs;
    print(`  ${HOURS[1]} times as many panes take ${(long / short).toFixed(1)} times as long`);
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Processor time of the process, the store's engine included. */
class Stopwatch {
  seconds = 0;
  #since = process.cpuUsage();

  start(): void {
    this.#since = process.cpuUsage();
  }

  stop(): void {
    const { user, system } = process.cpuUsage(this.#since);
    this.seconds += (user + system) / 1e6;
  }
}
