import { EventDecoder, RecordWriter, type MonitorBook, type SchemaRegistry, type Topics } from '@tidemark/contracts';
import type { Monitor } from '@tidemark/monitoring';
import {
  FollowedKnowledge,
  NewestStates,
  passingOverRefused,
  startService,
  type OffsetOutOfRange,
  type Service,
} from '@tidemark/runtime';
import type { Log, LogRecord } from '@tidemark/transport';
import { decodeLabelingState } from './labeling-state.js';
import { SketcherTask, type CommitReport, type TaskContext } from './sketcher-task.js';

export interface SketcherOptions {
  readonly log: Log;
  readonly registry: SchemaRegistry;
  readonly monitors: readonly Monitor[];
  readonly topics: Topics;
  /** The consumer group that all sketchers of an installation share. */
  readonly group: string;
  /** Milliseconds. */
  readonly commitInterval: number;
  /** Milliseconds without records after which the other partitions do not wait for one. */
  readonly idleTimeout: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Hears of every commit. */
  readonly onCommit?: (partition: number, report: CommitReport) => void;
  /** Hears of the monitors that it holds when they have changed. */
  readonly onMonitors?: (held: MonitorBook) => void;
  /** Hears of a baseline, a monitor, or of a state of labelling budgets, that cannot be read: it counts as not there. */
  readonly onUnreadable?: (record: LogRecord, reason: string) => void;
  /** Hears of a committed offset that is not in the log. */
  readonly onOffsetOutOfRange?: (report: OffsetOutOfRange) => void;
}

/** Starts a sketcher: reads its share of the event topic, publishes partial sketches. Topics must exist. */
export function startSketcher(options: SketcherOptions): Promise<Service> {
  const { log, registry, topics, group } = options;
  const knowledge = new FollowedKnowledge(options.monitors);
  const states = new NewestStates();
  const spentIn = (partition: number) => {
    const state = states.of(partition);
    return state === null
      ? []
      : decodeLabelingState(state.value, (reason) =>
          options.onUnreadable?.(state, `${reason}: labelling budgets begin anew, and may be spent twice`),
        );
  };
  return startService({
    ...{ name: 'sketcher', log, onOffsetOutOfRange: options.onOffsetOutOfRange },
    followed: [
      knowledge.baselineTopic({ ...options, topic: topics.baselines }),
      knowledge.monitorTopic({ ...options, topic: topics.monitors }),
      {
        topic: topics.labelingState,
        onRecord: passingOverRefused((record) => states.take(record), options.onUnreadable),
      },
    ],
    open: async () => {
      const context: TaskContext = {
        ...options,
        decoder: new EventDecoder(registry),
        writer: await RecordWriter.open(registry, [
          'SketchPartial',
          'SourceWatermark',
          'DeadLetter',
          'LabelingRequest',
        ]),
        knowledge,
        sourcePartitions: await log.partitionsOf(topics.events),
        partialsPartitions: await log.partitionsOf(topics.partials),
      };
      return [
        {
          ...{ topic: topics.events, group, tickInterval: Math.max(10, options.commitInterval / 4) },
          open: (partition, producer) => new SketcherTask(partition, producer, context, spentIn(partition)),
        },
      ];
    },
  });
}
