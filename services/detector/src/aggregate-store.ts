import type { Baseline, DriftEvent, NeededPanes, PaneRow, WindowRow } from '@tidemark/monitoring';

/** What the detector asks of ClickHouse. Writes are keyed: the same rows again overwrite themselves. */
export interface AggregateStore {
  writePanes(rows: readonly PaneRow[]): Promise<void>;
  writeWindows(rows: readonly WindowRow[]): Promise<void>;
  writeDriftEvents(events: readonly DriftEvent[]): Promise<void>;
  writeBaselines(baselines: readonly Baseline[]): Promise<void>;
  /** Closed panes by ascending start, late parts included. */
  readPanes(needed: NeededPanes): Promise<PaneRow[]>;
}
