import { RecordReader, RecordWriter, type SchemaRegistry, type Topics } from '@tidemark/contracts';
import type { Monitor } from '@tidemark/monitoring';
import {
  FollowedKnowledge,
  passingOverRefused,
  startService,
  type OffsetOutOfRange,
  type Service,
} from '@tidemark/runtime';
import { TransportError, type Log, type LogRecord } from '@tidemark/transport';
import type { AggregateStore } from './aggregate-store.js';
import { StateTopic } from './detector-state.js';
import { DetectorTask } from './partition-task.js';
import type { RecordRange } from './record-range.js';
import type { TaskContext } from './task-context.js';

export interface DetectorOptions extends Pick<
  TaskContext,
  'onFlush' | 'onControl' | 'onBaselinePassedOver' | 'onMonitors' | 'onUnreadable' | 'onSetAside'
> {
  readonly log: Log;
  readonly registry: SchemaRegistry;
  readonly store: AggregateStore;
  readonly monitors: readonly Monitor[];
  readonly topics: Topics;
  /** The consumer group that all detectors of an installation share. */
  readonly group: string;
  /** Milliseconds between commits of the offset when nothing closes. */
  readonly flushInterval: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Hears of a saved position that is not in the log of the partials. */
  readonly onOffsetOutOfRange?: (report: OffsetOutOfRange) => void;
}

/** Starts a detector: reads its share of the partials, writes to the store, alerts. Topics and tables must exist. */
export function startDetector(options: DetectorOptions): Promise<Service> {
  const { log, registry, topics, group } = options;
  const knowledge = new FollowedKnowledge(options.monitors, true);
  const { book } = knowledge;
  const states = new StateTopic(topics.detectorState);
  return startService({
    ...{ name: 'detector', log, onOffsetOutOfRange: options.onOffsetOutOfRange },
    followed: [
      knowledge.baselineTopic({ ...options, topic: topics.baselines }),
      knowledge.monitorTopic({
        registry,
        topic: topics.monitors,
        now: options.now,
        onUnreadable: options.onUnreadable,
      }),
      {
        topic: topics.detectorState,
        onRecord: passingOverRefused((record) => states.take(record), options.onUnreadable),
      },
    ],
    open: async (catchUp) => {
      const context: TaskContext = {
        ...options,
        ...{ book, states, catchUp },
        partitions: await log.partitionsOf(topics.partials),
        knowledge: knowledge.beside,
        uncontrolled: knowledge.uncontrolled,
        applied: () => knowledge.applied,
        readRange: rangeOf(log, topics.partials),
        reader: new RecordReader(registry, {
          names: ['SketchPartial', 'SourceWatermark', 'Control'],
          layoutOf: (baselineId, column) => book.column(baselineId, column)?.layout ?? null,
        }),
        writer: await RecordWriter.open(registry, ['Baseline', 'DriftEvent', 'DeadLetter']),
      };
      await checkStates(log, topics);
      return [
        {
          ...{ topic: topics.partials, group, tickInterval: Math.max(10, options.flushInterval / 4) },
          open: (partition, producer, topicId) =>
            new DetectorTask(partition, producer, context, states.of(partition), topicId),
        },
      ];
    },
  });
}

/** @throws TransportError where a partition of the partials has none for its state: it would be lost without a word. */
async function checkStates(log: Log, { partials, detectorState }: Topics): Promise<void> {
  const [needed, there] = await Promise.all([log.partitionsOf(partials), log.partitionsOf(detectorState)]);
  if (there >= needed) return;
  throw new TransportError(
    'unknown-topic',
    `${detectorState} has ${there} partitions, and ${partials} has ${needed}: every one needs one for its state. Add them: ` +
      `kafka-topics.sh --alter --topic ${detectorState} --partitions ${needed}`,
  );
}

/** Follows a topic from an offset of one partition, and from the ends of the others: it is done when somebody brings a stream back, and no other time. */
function rangeOf(log: Log, topic: string): RecordRange {
  return async (partition, from, to, onRecord) => {
    const begin = new Map([...(await log.ends(topic)), [partition, from] as const]);
    const give = async (record: LogRecord): Promise<void> => {
      if (record.partition === partition && record.offset >= from && record.offset < to) await onRecord(record);
    };
    const follower = await log.follow(topic, give, begin);
    await follower.stop();
    // A follower that ended early has not given all that there is.
    await follower.done;
  };
}
