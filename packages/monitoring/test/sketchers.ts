import {
  Detector,
  PartitionSketcher,
  type Monitor,
  type PaneRow,
  type SketchPartial,
  type SourceWatermark,
} from '../src/index.js';
import { batchOf, knowledgeOf, MONITOR, START, STREAM, type TestEvent } from './fixtures.js';

export type LogRecord = { readonly partial: SketchPartial } | { readonly watermark: SourceWatermark };

/** Sketchers that commit to one partition of the partials, each reading a partition of the event topic. */
export class Sketchers {
  readonly log: LogRecord[] = [];
  readonly #sketchers: PartitionSketcher[];

  /** @param eventOf what an event has beside its time; unless stated one feature. */
  constructor(
    private readonly partitions: number,
    monitor: Monitor = MONITOR,
    private readonly eventOf: (n: number) => Omit<TestEvent, 'time'> = () => ({ features: { x: 1 } }),
  ) {
    this.#sketchers = Array.from({ length: partitions }, () => new PartitionSketcher(knowledgeOf(monitor)));
  }

  /** Commits what came of some events by a time of the clock; `times` are those of the events by model. */
  commit(sourcePartition: number, clock: number, times: Readonly<Record<string, readonly number[]>>): void {
    const sketcher = this.#sketchers[sourcePartition];
    for (const [model, each] of Object.entries(times)) {
      sketcher.fold(
        batchOf(
          each.map((time, n) => ({ time, ...this.eventOf(n) })),
          { ...STREAM, model },
        ),
      );
    }
    const models = sketcher.modelWatermarks;
    for (const partial of sketcher.drain()) this.log.push({ partial });
    const reader = { clock, since: START, idleTimeout: 30_000, partialsPartitions: 1, models };
    const source = { sourcePartition, sourcePartitions: this.partitions, watermark: sketcher.watermark, idleFor: 0 };
    this.log.push({ watermark: { ...source, reader } });
  }
}

export function panesOf(log: readonly LogRecord[], monitor: Monitor = MONITOR): PaneRow[] {
  const detector = new Detector(0, knowledgeOf(monitor));
  log.forEach((record, offset) => {
    if ('partial' in record) detector.takePartial(offset, record.partial);
    else detector.takeWatermark(offset, record.watermark);
  });
  detector.finish();
  return detector.drain().panes;
}

/** Events of a model over all parts of all panes. */
export function sumOf(panes: readonly PaneRow[], model: string): number {
  return panes
    .filter(({ pane }) => pane.stream.model === model && pane.segment.dimension === '')
    .reduce((sum, { events }) => sum + events, 0);
}
