import {
  readPaneQuality,
  readPanes,
  writeBaseline,
  writeDriftEvents,
  writeIncidentAnswers,
  writePanes,
  writeQuality,
  writeWindows,
  type Store,
} from '@tidemark/store';
import type {
  AnswerControl,
  Baseline,
  DriftEvent,
  NeededPanes,
  PaneRow,
  QualityRow,
  WindowRow,
} from '@tidemark/monitoring';

/** What the detector asks of ClickHouse. Writes are keyed: the same rows again overwrite themselves. */
export interface AggregateStore {
  /** The database that holds the tables. */
  readonly database: string;
  writePanes(rows: readonly PaneRow[]): Promise<void>;
  writeWindows(rows: readonly WindowRow[]): Promise<void>;
  writeQuality(rows: readonly QualityRow[]): Promise<void>;
  writeDriftEvents(events: readonly DriftEvent[]): Promise<void>;
  writeIncidentAnswers(answers: readonly AnswerControl[]): Promise<void>;
  writeBaselines(baselines: readonly Baseline[]): Promise<void>;
  /** Closed panes by ascending start, late parts included; their quality alone, or all but that. */
  readPanes(needed: NeededPanes): AsyncIterable<PaneRow>;
}

/** The aggregates in ClickHouse. */
export function aggregatesIn(store: Store): AggregateStore {
  return {
    database: store.database,
    writePanes: (rows) => writePanes(store, rows),
    writeWindows: (rows) => writeWindows(store, rows),
    writeQuality: (rows) => writeQuality(store, rows),
    writeDriftEvents: (events) => writeDriftEvents(store, events),
    writeIncidentAnswers: (answers) => writeIncidentAnswers(store, answers),
    writeBaselines: async (baselines) => {
      for (const baseline of baselines) await writeBaseline(store, baseline);
    },
    readPanes: (needed) => (needed.quality ? readPaneQuality(store, needed) : readPanes(store, needed)),
  };
}
