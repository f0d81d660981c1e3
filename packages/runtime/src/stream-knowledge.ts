import { monitorFor, RecordReader, type SchemaRegistry } from '@tidemark/contracts';
import { BaselineBook, type Monitor, type StreamKnowledge } from '@tidemark/monitoring';
import type { LogRecord } from '@tidemark/transport';
import { followedRecords, type FollowedTopic } from './followed-topic.js';

/** What every service knows of streams: their monitors, and the baselines that are published. */
export class FollowedKnowledge implements StreamKnowledge {
  readonly book = new BaselineBook();

  constructor(private readonly monitors: readonly Monitor[]) {}

  monitorOf(...[stream]: Parameters<StreamKnowledge['monitorOf']>): Monitor {
    return monitorFor(this.monitors, stream);
  }

  baselineOf(...[stream]: Parameters<StreamKnowledge['baselineOf']>): ReturnType<StreamKnowledge['baselineOf']> {
    return this.book.of(stream, this.monitorOf(stream).baseline);
  }

  /** The topic of baselines, which the book is filled from. @param options `now` in milliseconds since the epoch. */
  baselines(options: {
    readonly topic: string;
    readonly registry: SchemaRegistry;
    readonly now: () => number;
    readonly onUnreadable?: ((record: LogRecord, reason: string) => void) | undefined;
  }): FollowedTopic {
    const reader = new RecordReader(options.registry, { names: ['Baseline'] });
    return followedRecords({
      ...options,
      ...{ name: 'Baseline', reader },
      onRecord: (baseline) => this.book.add(baseline),
    });
  }
}
