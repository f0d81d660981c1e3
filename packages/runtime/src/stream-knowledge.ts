import {
  CONTROL_HEADER,
  MonitorBook,
  monitorFor,
  parseMonitor,
  RecordReader,
  type SchemaRegistry,
} from '@tidemark/contracts';
import {
  BaselineBook,
  type Baseline,
  type Control,
  type DetectorKnowledge,
  type Monitor,
  type Stream,
  type StreamKnowledge,
} from '@tidemark/monitoring';
import type { LogRecord } from '@tidemark/transport';
import { followedRecords, type FollowedTopic } from './followed-topic.js';
import { UncontrolledBaselines } from './uncontrolled-baselines.js';

/** How a topic is followed. */
interface Following {
  readonly topic: string;
  readonly registry: SchemaRegistry;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Hears of a record that cannot be read; what was known before stays. */
  readonly onUnreadable?: ((record: LogRecord, reason: string) => void) | undefined;
}

/** What every service knows of streams: their monitors, from files beside it and applied through the log, and published baselines. */
export class FollowedKnowledge implements StreamKnowledge {
  readonly book: BaselineBook;
  readonly uncontrolled = new UncontrolledBaselines();
  readonly monitors: MonitorBook;
  readonly #applied = new Map<string, Control>();

  /** @param files the monitors of files beside the service. @param forDetector whether `beside` is used. */
  constructor(
    private readonly files: readonly Monitor[],
    forDetector = false,
  ) {
    this.book = new BaselineBook(forDetector);
    this.monitors = new MonitorBook(files);
  }

  monitorOf(stream: Stream): Monitor {
    return this.monitors.of(stream);
  }

  baselineOf(stream: Stream): Baseline | null {
    return this.book.of(stream, this.monitorOf(stream).baseline);
  }

  /** What a detector is to know beside what it reads in its own partition: there it is told what of the log is in force, and since when. */
  get beside(): DetectorKnowledge {
    return {
      monitorOf: (stream) => monitorFor(this.files, stream),
      baselineOf: (stream, settings, named) => this.book.of(stream, settings, named),
      readMonitor: (document) => {
        try {
          return parseMonitor(document, 'a monitor from the log').monitor;
        } catch {
          // Whoever reads the control record tells of it.
          return null;
        }
      },
    };
  }

  /** The monitors and mutes that are on their topic, for a detector that has no state to go on from. */
  get applied(): Iterable<Control> {
    return this.#applied.values();
  }

  /** The topic of baselines, which the book is filled from. */
  baselineTopic(options: Following): FollowedTopic {
    const reader = new RecordReader(options.registry, { names: ['Baseline'] });
    return followedRecords({
      ...options,
      ...{ name: 'Baseline', reader },
      onRecord: (baseline, { headers }) => {
        this.book.add(baseline);
        this.uncontrolled.take(baseline, CONTROL_HEADER in headers);
      },
    });
  }

  /** The topic of monitors and mutes. @param options.onMonitors hears when the monitors that are held have changed. */
  monitorTopic(
    options: Following & { readonly onMonitors?: ((held: MonitorBook) => void) | undefined },
  ): FollowedTopic {
    const { topic, registry, now, onUnreadable, onMonitors } = options;
    const reader = new RecordReader(registry, { names: ['Monitor', 'Control'] });
    return {
      topic,
      onRecord: async (record) => {
        const key = record.key?.toString() ?? '';
        if (record.value === null) return void this.#applied.delete(key);
        if (record.refused !== undefined) return onUnreadable?.(record, record.refused);
        const read = await reader.read(record.value, now());
        if (!read.ok) return onUnreadable?.(record, `${read.reason}: ${read.detail}`);
        if (read.name === 'Control') return void this.#applied.set(key, read.record);
        if (read.name !== 'Monitor') return;
        const { model, version, revision, hash, document, appliedBy: by, appliedAt: at, comment } = read.record;
        this.#applied.set(key, { id: '', kind: 'monitor', model, version, revision, hash, document, by, at, comment });
        try {
          if (this.monitors.take(read.record)) onMonitors?.(this.monitors);
        } catch (error) {
          onUnreadable?.(record, error instanceof Error ? error.message : String(error));
        }
      },
    };
  }
}
