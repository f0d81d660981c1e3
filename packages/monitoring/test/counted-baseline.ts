import {
  Aggregate,
  ALL_EVENTS,
  learnBaseline,
  PartitionSketcher,
  windowCounts,
  type Baseline,
  type BaselineIdentity,
  type EventBatch,
  type Monitor,
} from '../src/index.js';
import { START } from './fixtures.js';
import { BaselineWindowsBuilder } from '../src/baselines/baseline-windows-builder.js';

export const IDENTITY: BaselineIdentity = {
  ...{ model: 'm', version: '*', createdAt: START, source: 'test' },
  ...{ periodStart: START, periodEnd: START },
};

/** Windows as a published baseline has them: bins made of all of them, then each counted in those. */
export function countedWindows(monitor: Monitor, count: number, batchAt: (window: number) => EventBatch) {
  const sketched = (bins: Baseline | null) => {
    const sketcher = new PartitionSketcher({ monitorOf: () => monitor, baselineOf: () => bins });
    return Array.from({ length: count }, (_, window) => {
      sketcher.fold(batchAt(window));
      const aggregate = new Aggregate();
      for (const partial of sketcher.drain()) aggregate.merge(partial);
      return aggregate;
    });
  };
  const forBins = learnBaseline(IDENTITY, wholeOf(sketched(null)), monitor);
  const windows = sketched(forBins);
  const whole = wholeOf(windows);
  const columns = [...whole.columns];
  const builder = new BaselineWindowsBuilder(monitor.windows[0], columns);
  windows.forEach((window, index) => {
    builder.add(ALL_EVENTS, windowCounts(START + index * monitor.windows[0].size, window, columns));
  });
  return { windows, events: whole.events, columns, builder };
}

function wholeOf(parts: readonly Aggregate[]): Aggregate {
  const whole = new Aggregate();
  for (const part of parts) whole.merge(part);
  return whole;
}
