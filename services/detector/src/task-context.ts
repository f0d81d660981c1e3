import type { RecordReader, RecordWriter, Topics } from '@tidemark/contracts';
import type {
  BaselineBook,
  Control,
  ControlledMonitor,
  DetectorKnowledge,
  DetectorOutput,
  StreamFailure,
} from '@tidemark/monitoring';
import type { UncontrolledBaselines } from '@tidemark/runtime';
import type { LogRecord } from '@tidemark/transport';
import type { AggregateStore } from './aggregate-store.js';
import type { StateTopic } from './detector-state.js';
import type { RecordRange } from './record-range.js';

/** What the tasks of all partitions share. */
export interface TaskContext {
  readonly topics: Topics;
  readonly group: string;
  readonly reader: RecordReader;
  readonly writer: RecordWriter;
  readonly book: BaselineBook;
  readonly knowledge: DetectorKnowledge;
  /** Monitors and mutes that were published, for a partition without a state. */
  readonly applied: () => Iterable<Control>;
  /** Reads the followed topics to their end. */
  readonly catchUp: () => Promise<void>;
  readonly store: AggregateStore;
  /** Milliseconds between flushes when nothing closes. */
  readonly flushInterval: number;
  readonly now: () => number;
  readonly onFlush?: (partition: number, output: DetectorOutput, report: FlushReport) => void;
  /** Hears of a change that takes force in a partition. */
  readonly onControl?: (partition: number, control: Control) => void;
  /** Hears of the monitors that the log has put in force in a partition: when it is taken over, and when they change. */
  readonly onMonitors?: (partition: number, monitors: readonly ControlledMonitor[]) => void;
  readonly onUnreadable?: (record: LogRecord, reason: string) => void;
  /** Hears of a baseline that is published, but does not hold: another was put in force by a control record, and it has none. */
  readonly onBaselinePassedOver?: (partition: number, baseline: PassedOverBaseline) => void;
  readonly uncontrolled: UncontrolledBaselines;
  /** Hears of a stream that was set aside. */
  readonly onSetAside?: (partition: number, failure: StreamFailure) => void;
  readonly states: StateTopic;
  /** How many partitions the partials have. */
  readonly partitions: number;
  /** Reads the partials again. */
  readonly readRange: RecordRange;
}

export interface PassedOverBaseline {
  readonly model: string;
  readonly version: string;
  readonly baselineId: string;
  /** The id of the one that holds. */
  readonly inForce: string;
}

export interface FlushReport {
  /** Milliseconds since the epoch; -Infinity before all source partitions have been heard from. */
  readonly watermark: number;
  readonly openPanes: number;
  /** Streams that are set aside. */
  readonly setAside: number;
}
