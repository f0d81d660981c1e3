import {
  EventDecoder,
  GroundTruthDecoder,
  RecordWriter,
  type MonitorBook,
  type SchemaRegistry,
  type Topics,
} from '@tidemark/contracts';
import type { Monitor } from '@tidemark/monitoring';
import { FollowedKnowledge, startService, type OffsetOutOfRange, type Service } from '@tidemark/runtime';
import type { Log, LogRecord } from '@tidemark/transport';
import { LabelTask, type LabelContext, type LabelReport } from './label-task.js';
import type { OutcomeStore } from './outcome-store.js';
import { PredictionTask, type PredictionContext, type PredictionReport } from './prediction-task.js';
import type { RevisitReport } from './waiting-labels.js';

export interface OutcomesOptions {
  readonly log: Log;
  readonly registry: SchemaRegistry;
  readonly store: OutcomeStore;
  readonly monitors: readonly Monitor[];
  readonly topics: Topics;
  /** What the consumer groups that all instances of an installation share begin with: `-predictions` and `-labels` follow. */
  readonly group: string;
  /** Milliseconds. */
  readonly commitInterval: number;
  /** Milliseconds between two looks at labels that came before their prediction. */
  readonly revisitInterval: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Hear of every commit that moved an offset. */
  readonly onPredictions?: (partition: number, report: PredictionReport) => void;
  readonly onLabels?: (partition: number, report: LabelReport) => void;
  readonly onRevisit?: (partition: number, report: RevisitReport) => void;
  /** Hears of the monitors that it holds when they have changed. */
  readonly onMonitors?: (held: MonitorBook) => void;
  /** Hears of a baseline or monitor that cannot be read: it counts as not there. */
  readonly onUnreadable?: (record: LogRecord, reason: string) => void;
  /** Hears of a committed offset that is not in the log. */
  readonly onOffsetOutOfRange?: (report: OffsetOutOfRange) => void;
}

/**
 * Starts the service: reads its share of the event topic into the prediction log, and its share of the ground-truth topic into
 * outcomes. Topics and tables must exist.
 */
export function startOutcomes(options: OutcomesOptions): Promise<Service> {
  const { log, registry, topics, group, commitInterval } = options;
  const knowledge = new FollowedKnowledge(options.monitors);
  return startService({
    ...{ name: 'outcomes', log, onOffsetOutOfRange: options.onOffsetOutOfRange },
    followed: [
      knowledge.baselineTopic({ ...options, topic: topics.baselines }),
      knowledge.monitorTopic({ ...options, topic: topics.monitors }),
    ],
    open: async () => {
      const predictions: PredictionContext = {
        ...options,
        group: `${group}-predictions`,
        decoder: new EventDecoder(registry),
        knowledge,
        partitions: await log.partitionsOf(topics.events),
      };
      const labels: LabelContext = {
        ...options,
        group: `${group}-labels`,
        decoder: new GroundTruthDecoder(registry),
        writer: await RecordWriter.open(registry, ['SketchPartial', 'DeadLetter', 'DriftEvent', 'GroundTruth']),
        knowledge,
        partitions: await log.partitionsOf(topics.groundTruth),
        committed: () => log.committed(`${group}-labels`, topics.groundTruth),
      };
      const tickInterval = Math.max(10, commitInterval / 4);
      return [
        {
          ...{ topic: topics.events, group: predictions.group, tickInterval },
          open: (partition, producer, topicId) => new PredictionTask(partition, producer, predictions, topicId),
        },
        {
          ...{ topic: topics.groundTruth, group: labels.group, tickInterval },
          open: (partition, producer, topicId) => new LabelTask(partition, producer, labels, topicId),
        },
      ];
    },
  });
}
