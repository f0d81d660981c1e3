import type { RecordReader, RecordWriter, Topics } from '@tidemark/contracts';
import {
  baselineKey,
  Detector,
  LATE_PART,
  type BaselineBook,
  type Control,
  type DetectorKnowledge,
  type DetectorOutput,
  type DetectorSnapshot,
  type ControlledMonitor,
  type NeededPanes,
  type PaneRow,
  type SharedTimeSnapshot,
} from '@tidemark/monitoring';
import { TimeSlice, type PartitionTask, type SavedPosition } from '@tidemark/runtime';
import type { LogRecord, TransactionalProducer } from '@tidemark/transport';
import type { AggregateStore } from './aggregate-store.js';
import { encodeState, type DetectorState } from './detector-state.js';

/** With so many columns late parts do not wait for more: they are held in memory. */
const MOST_LATE_COLUMNS = 10_000;

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
}

export interface FlushReport {
  /** Milliseconds since the epoch; -Infinity before all source partitions have been heard from. */
  readonly watermark: number;
  readonly openPanes: number;
}

/** One partition of the partials: feeds its detector, and writes what it closes before it takes more. */
export class DetectorTask implements PartitionTask {
  readonly #detector: Detector;
  #unflushed = false;
  /** Late parts that wait for company. */
  #late: readonly PaneRow[] = [];
  #lastFlushAt: number;

  constructor(
    private readonly partition: number,
    private readonly producer: TransactionalProducer,
    private readonly context: TaskContext,
    /** What a predecessor left; null where there was none. */
    private readonly left: DetectorState | null,
  ) {
    this.#detector = new Detector(partition, context.knowledge);
    this.#lastFlushAt = context.now();
  }

  /** Goes on from a predecessor's state. */
  async restore(): Promise<SavedPosition | null> {
    const snapshot = this.left === null ? null : (this.left.snapshot as DetectorSnapshot | SharedTimeSnapshot);
    // Control records of before may have expired; a state says what of them was in force.
    if (snapshot === null || !('controls' in snapshot)) this.#detector.adopt(this.context.applied());
    if (snapshot !== null) await this.#readBack(this.#detector.restore(snapshot));
    this.context.onMonitors?.(this.partition, this.#detector.appliedMonitors);
    if (this.left === null || snapshot === null) return null;
    const position = 'partition' in snapshot ? snapshot.partition.position : snapshot.position;
    return { readFrom: this.left.readFrom, position };
  }

  continueFrom(offset: number): void {
    this.#detector.continueFrom(offset);
  }

  async take(records: readonly LogRecord[]): Promise<number> {
    const { reader, now, onUnreadable } = this.context;
    const time = new TimeSlice();
    for (const record of records) {
      // Merging is long work on a busy machine: heartbeats must get out, or the group takes the partition away.
      if (time.spent) await time.yield();
      const read = await reader.read(record.value, now());
      if (!read.ok) onUnreadable?.(record, `${read.reason}: ${read.detail}`);
      else if (read.name === 'SketchPartial') this.#detector.takePartial(record.offset, read.record);
      else if (read.name === 'SourceWatermark') {
        this.#detector.takeWatermark(record.offset, read.record);
        await this.#renewBaselines();
      } else if (read.name === 'Control') await this.#takeControl(record.offset, read.record);
    }
    this.#unflushed = true;
    return records.length;
  }

  /** Also on ticks: the group's offset follows when nothing closes for a while. */
  get due(): boolean {
    return this.#unflushed;
  }

  commit(): Promise<void> {
    return this.#flush(this.#detector.drain());
  }

  /** Nothing to drain: whatever closed has been written, and what is open the next owner reads again. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /** A change that somebody made holds from its record on, whatever batch that came in. */
  async #takeControl(offset: number, control: Control): Promise<void> {
    if (!this.#detector.isNew(offset)) {
      this.#detector.takeControl(offset, control);
      return;
    }
    // What has closed first: it is read back where a monitor has changed, and a baseline that was learnt is known then.
    await this.#flush(this.#detector.drain(), true);
    // The baseline itself was written in the same transaction.
    if (control.kind === 'baseline') await this.context.catchUp();
    await this.#readBack(this.#detector.takeControl(offset, control));
    this.context.onControl?.(this.partition, control);
    if (control.kind === 'monitor') this.context.onMonitors?.(this.partition, this.#detector.appliedMonitors);
  }

  async #readBack(panes: readonly NeededPanes[]): Promise<void> {
    for (const needed of panes) {
      for await (const row of this.context.store.readPanes(needed)) this.#detector.takeClosedPane(row);
    }
  }

  /** At once, as what comes next is held against them: the same records give the same baselines, whatever batches they come in. */
  async #renewBaselines(): Promise<void> {
    for (let [renewal] = this.#detector.renewals; renewal !== undefined; [renewal] = this.#detector.renewals) {
      // What has closed first: it is read back. A crash before the next flush: the state says that it is due still.
      await this.#flush(this.#detector.drain(), true);
      for (let needed = renewal.needed; needed !== null; needed = renewal.needed) {
        for await (const row of this.context.store.readPanes(needed)) this.#detector.giveTo(renewal, row);
        renewal.advance();
      }
      this.#detector.renew(renewal);
    }
  }

  /** @param atOnce whether nothing may wait for the next one. */
  async #flush(output: DetectorOutput, atOnce = false): Promise<void> {
    const { store, book, topics, group, writer } = this.context;
    const { windows, quality, events, baselines, answers } = output;
    const panes = this.#late.length === 0 ? output.panes : [...this.#late, ...output.panes];
    const rest = windows.length + quality.length + events.length + baselines.length + answers.length;
    // A part for each late event or label would be as many small inserts. Nothing of them is lost while they wait: the offset stands before them.
    const late = rest === 0 && panes.every(({ part }) => part.startsWith(LATE_PART));
    const waits = late && panes.reduce((sum, { columns }) => sum + 1 + columns.length, 0) < MOST_LATE_COLUMNS;
    if (waits && !atOnce && this.context.now() - this.#lastFlushAt < this.context.flushInterval) {
      this.#late = panes;
      return;
    }
    this.#late = [];

    // 1. Panes. Lost if it fails: nothing, the offset stands before them. Repeated after a crash: the same keys overwrite.
    await store.writePanes(panes);
    // 2. Baselines, windows, their quality and drift events, which refer to panes that are there by now. Likewise.
    await store.writeBaselines(baselines);
    await store.writeWindows(windows);
    await store.writeQuality(quality);
    await store.writeDriftEvents(events);
    await store.writeIncidentAnswers(answers);
    // 3. One transaction: alerts, learnt baselines, what a successor must know, and the offset it reads from. Lost if it fails: all
    //    of it together, and the records are read again; the rows above are then written again, and the alerts for the first time.
    const readFrom = this.#detector.oldestNeeded;
    const state = encodeState({ readFrom, snapshot: this.#detector.snapshot() });
    await this.producer.commit({
      records: [
        ...baselines.map((baseline) => ({
          topic: topics.baselines,
          key: baselineKey(baseline),
          value: writer.encode('Baseline', baseline),
        })),
        ...events.map((event) => ({
          topic: topics.driftEvents,
          key: event.stream.model,
          value: writer.encode('DriftEvent', event),
        })),
        { topic: topics.detectorState, partition: this.partition, key: String(this.partition), value: state },
      ],
      consumed: { group, topic: topics.partials, offsets: new Map([[this.partition, readFrom]]) },
    });
    // 4. Memory. A crash before it forgets what the topic brings back.
    for (const baseline of baselines) book.add(baseline);
    this.#unflushed = false;
    this.#lastFlushAt = this.context.now();
    const { watermark, openPanes } = this.#detector;
    this.context.onFlush?.(this.partition, { ...output, panes }, { watermark, openPanes });
  }
}
