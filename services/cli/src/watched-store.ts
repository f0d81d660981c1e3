import type { AggregateStore } from '@tidemark/detector';
import type { ServiceHealth, ServiceMetrics } from '@tidemark/operations';

/** A store that is watched as it is used: how long writes take, which fail, and that a long restoration comes along. */
export function watchedStore(store: AggregateStore, health: ServiceHealth, metrics: ServiceMetrics): AggregateStore {
  const write = async (table: string, rows: readonly unknown[], insert: () => Promise<void>): Promise<void> => {
    if (rows.length === 0) return;
    await metrics.write(table, insert);
    health.turned();
  };
  return {
    database: store.database,
    writePanes: (rows) => write('panes', rows, () => store.writePanes(rows)),
    writeWindows: (rows) => write('windows', rows, () => store.writeWindows(rows)),
    writeQuality: (rows) => write('quality', rows, () => store.writeQuality(rows)),
    writeDriftEvents: (events) => write('drift_events', events, () => store.writeDriftEvents(events)),
    writeIncidentAnswers: (answers) => write('incident_answers', answers, () => store.writeIncidentAnswers(answers)),
    writeBaselines: (baselines) => write('baselines', baselines, () => store.writeBaselines(baselines)),
    readPanes: async function* (needed) {
      for await (const row of store.readPanes(needed)) {
        health.turned();
        yield row;
      }
    },
  };
}
