import { deadLetterOf, refusalOf, type DeadLetter, type FaultyRecord } from '@tidemark/contracts';
import {
  baselineKey,
  Detector,
  LATE_PART,
  removeOutputOf,
  type Control,
  type NeededPanes,
  type DetectorOutput,
  type PaneRow,
} from '@tidemark/monitoring';
import { TimeSlice, type PartitionTask, type SavedPosition } from '@tidemark/runtime';
import { partitionOf, type LogRecord, type OutRecord, type TransactionalProducer } from '@tidemark/transport';
import { renewBaselines } from './baseline-renewals.js';
import type { DetectorState, SetAside } from './detector-state.js';
import { firstPartitionsIn, homesIn } from './model-homes.js';
import { StateWriter } from './state-writer.js';
import { returnOf } from './stream-return.js';
import type { TaskContext } from './task-context.js';

/** With so many columns late parts do not wait for more: they are held in memory. */
const MOST_LATE_COLUMNS = 10_000;

/** The service's name in dead letters. */
const SERVICE = 'detector';
/** A letter holds no more of a record: the rest is where the record came from. */
const MOST_LETTER_VALUE_BYTES = 1 << 20;
const MOST_LETTER_KEY_BYTES = 4096;
/** With so many bytes of letters nothing waits any more. */
const MOST_LETTER_BYTES = 8 << 20;

/** One partition of the partials: feeds its detector, and writes what it closes before it takes more. */
export class DetectorTask implements PartitionTask {
  readonly #detector: Detector;
  readonly #state: StateWriter;
  /** Of records that cannot be read. */
  #letters: DeadLetter[] = [];
  #letterBytes = 0;
  #unflushed = false;
  /** Late parts that wait for company. */
  #late: readonly PaneRow[] = [];
  #lastFlushAt: number;
  /** Baselines that were told of as passed over, and up to which revision they were looked at. */
  readonly #passedOver = new Set<string>();
  #heard = -1;

  constructor(
    private readonly partition: number,
    private readonly producer: TransactionalProducer,
    private readonly context: TaskContext,
    /** What a predecessor left; null where there was none. */
    private readonly left: DetectorState | null,
    /** The id of the partials' topic. */
    topicId: string | null,
  ) {
    this.#detector = new Detector(partition, context.knowledge, context.store.database, homesIn(context));
    const { detectorState: topic } = context.topics;
    const place = { topic, partition, firstPartitions: firstPartitionsIn(context), topicId };
    this.#state = new StateWriter(place, this.#detector, context.onSetAside);
    this.#lastFlushAt = context.now();
  }

  /** Goes on from a predecessor's state. */
  async restore(): Promise<SavedPosition | null> {
    const { applied, onMonitors } = this.context;
    // Control records of before may have expired; a state says what of them was in force.
    const remembers = this.left !== null && 'controls' in this.left.snapshot;
    if (!remembers) this.#detector.adopt(applied());
    if (this.left === null) {
      onMonitors?.(this.partition, this.#detector.appliedMonitors);
      return null;
    }
    const { readFrom, topicId, snapshot, setAside, damaged } = this.left;
    this.#state.begin(this.left);
    const needed = this.#detector.restore(snapshot);
    for (const { stream } of setAside) this.#detector.setAside(stream, null);
    for (const { stream, reason } of damaged) this.#detector.setAside(stream, new Error(reason));
    await this.#takeBack(needed);
    onMonitors?.(this.partition, this.#detector.appliedMonitors);
    this.#unflushed = damaged.length > 0;
    return { readFrom, topicId, position: 'partition' in snapshot ? snapshot.partition.position : snapshot.position };
  }

  continueFrom(offset: number, topicId: string | null): void {
    this.#detector.continueFrom(offset);
    this.#state.continueFrom(offset, topicId);
  }

  async take(records: readonly LogRecord[]): Promise<number> {
    const { reader, now } = this.context;
    const time = new TimeSlice();
    for (const record of records) {
      // Merging is long work on a busy machine: heartbeats must get out, or the group takes the partition away.
      if (time.spent) await time.yield();
      this.#state.beginAt(record.offset);
      const { refused } = record;
      const read = refused === undefined ? await reader.read(record.value, now()) : refusalOf({ ...record, refused });
      if (!read.ok) await this.#reject(record, read);
      else if (read.name === 'SketchPartial') this.#detector.takePartial(record.offset, read.record);
      else if (read.name === 'SourceWatermark') {
        // So is closing: of a hundred models it takes seconds.
        for (const steps = this.#detector.advance(record.offset, read.record); steps.next().done !== true;) {
          if (time.spent) await time.yield();
        }
        await renewBaselines(this.#detector, this.context.store, () => this.#flush(this.#detector.drain(), true));
      } else if (read.name === 'Control') await this.#takeControl(record.offset, read.record);
    }
    this.#unflushed = true;
    return records.length;
  }

  /** Nobody else has its bytes: they go to the dead letters. */
  async #reject(record: LogRecord, fault: FaultyRecord): Promise<void> {
    const { now, onUnreadable } = this.context;
    const known = !this.#detector.isNew(record.offset);
    this.#detector.passOver(record.offset);
    // Read again: a predecessor has told of it.
    if (known) return;
    onUnreadable?.(record, `${fault.reason}: ${fault.detail}`);
    const key = record.key === null ? null : Buffer.from(record.key.subarray(0, MOST_LETTER_KEY_BYTES));
    const origin = { ...record, offset: String(record.offset), key };
    const letter = deadLetterOf(origin, fault, SERVICE, now(), MOST_LETTER_VALUE_BYTES);
    // In memory of its own: the record's lies in that of a whole answer of the broker.
    this.#letters.push({ ...letter, value: letter.value === null ? null : Buffer.from(letter.value) });
    this.#letterBytes += (key?.length ?? 0) + (letter.value?.length ?? 0);
    if (this.#letterBytes > MOST_LETTER_BYTES) await this.#flush(this.#detector.drain(), true);
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
    await this.#takeBack(this.#detector.takeControl(offset, control));
    this.context.onControl?.(this.partition, control);
    if (control.kind === 'monitor') this.context.onMonitors?.(this.partition, this.#detector.appliedMonitors);
    if (control.kind !== 'resume' && control.kind !== 'skip') return;
    const { model, version, role } = control;
    const meant = this.#state.setAside.filter(({ stream }) => {
      return (
        stream.model === model &&
        (version === '*' || stream.version === version) &&
        (role ?? stream.role) === stream.role
      );
    });
    for (const aside of meant) await this.#bringBack(aside, offset, control);
  }

  /** A stream that was set aside goes on: with the records that wait for it, as if it had never stopped, or anew. */
  async #bringBack(aside: SetAside, offset: number, { kind, by }: Control): Promise<void> {
    const { stream } = aside;
    if (kind === 'skip') {
      this.#state.forget(stream);
      this.#detector.bringBack(
        stream,
        aside.offset,
        null,
        `begins anew, without the records since offset ${aside.readFrom}, says ${by}`,
      );
    } else {
      const { detector, detail, output } = await returnOf(aside, offset, this.partition, this.context);
      if (detector === null) {
        this.#detector.setAside(stream, new Error(`it cannot be brought back: ${detail}`), aside.offset);
        return;
      }
      this.#state.forget(stream);
      const summary = `goes on, with the records that waited for it, says ${by}${detail}`;
      await this.#takeBack(this.#detector.bringBack(stream, aside.offset, detector, summary));
      const drained = this.#detector.drain();
      const [events, baselines] = [
        [...output.events, ...drained.events],
        [...output.baselines, ...drained.baselines],
      ];
      await this.#flush({ ...drained, events, baselines }, true);
    }
  }

  async #takeBack(panes: readonly NeededPanes[]): Promise<void> {
    const time = new TimeSlice();
    for (const needed of panes) {
      for await (const row of this.context.store.readPanes(needed)) {
        if (time.spent) await time.yield();
        this.#detector.takeClosedPane(row);
      }
    }
  }

  /** Tells of baselines that are published and do not hold. */
  tick(): Promise<void> {
    const { uncontrolled, partitions, onBaselinePassedOver } = this.context;
    if (uncontrolled.revision === this.#heard) return Promise.resolve();
    this.#heard = uncontrolled.revision;
    for (const { model, version, id: baselineId } of uncontrolled) {
      // Only there its own detector's baselines are known to hold.
      if (partitionOf(Buffer.from(model), partitions) !== this.partition) continue;
      const inForce = this.#detector.namedBaseline({ model, version });
      if (inForce === null || inForce === baselineId || this.#passedOver.has(baselineId)) continue;
      this.#passedOver.add(baselineId);
      onBaselinePassedOver?.(this.partition, { model, version, baselineId, inForce });
    }
    return Promise.resolve();
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

  /** @param atOnce whether nothing may wait for the next one. */
  async #flush(output: DetectorOutput, atOnce = false): Promise<void> {
    const { store, book, topics, group } = this.context;
    this.#state.noteFailures();
    const waiting = this.#late.length === 0 ? output.panes : [...this.#late, ...output.panes];
    const rest =
      output.windows.length +
      output.quality.length +
      output.events.length +
      output.baselines.length +
      output.answers.length;
    // A part for each late event or label would be as many small inserts. Nothing of them is lost while they wait: the offset stands before them.
    const late = rest + this.#letters.length === 0 && waiting.every(({ part }) => part.startsWith(LATE_PART));
    const waits = late && waiting.reduce((sum, { columns }) => sum + 1 + columns.length, 0) < MOST_LATE_COLUMNS;
    if (waits && !atOnce && this.context.now() - this.#lastFlushAt < this.context.flushInterval) {
      this.#late = waiting;
      return;
    }
    this.#late = [];

    // 0. What a successor must know, as bytes: nothing is written before it is certain that it can be. A stream whose state cannot be is set
    //    aside, and nothing of it goes out. It is told with the next flush.
    const state = await this.#state.changes();
    const written = { ...output, panes: waiting };
    for (const { stream } of state.failures) removeOutputOf(stream, written);
    const { panes, windows, quality, events, baselines, answers } = written;
    // 1. Panes. Lost if it fails: nothing, the offset stands before them. Repeated after a crash: the same keys overwrite.
    await store.writePanes(panes);
    // 2. Baselines, windows, their quality and drift events, which refer to panes that are there by now. Likewise.
    await store.writeBaselines(baselines);
    await store.writeWindows(windows);
    await store.writeQuality(quality);
    await store.writeDriftEvents(events);
    await store.writeIncidentAnswers(answers);
    // 3. One transaction: alerts, learnt baselines, dead letters, the pieces of the state that have changed, and the offset that a successor
    //    reads from. Lost if it fails: all of it together, and the records are read again; the rows above are then written again, and the
    //    alerts for the first time.
    await this.producer.commit({
      records: [...this.#messages(events, baselines), ...state.records],
      consumed: { group, topic: topics.partials, offsets: new Map([[this.partition, state.readFrom]]) },
    });
    // 4. Memory. A crash before it forgets what the topic brings back.
    state.committed();
    for (const baseline of baselines) book.add(baseline);
    this.#letters = [];
    this.#letterBytes = 0;
    this.#unflushed = state.failures.length > 0;
    this.#lastFlushAt = this.context.now();
    const { watermark, openPanes } = this.#detector;
    const report = { watermark, openPanes, setAside: this.#state.setAside.length };
    this.context.onFlush?.(this.partition, written, report);
  }

  #messages(events: DetectorOutput['events'], baselines: DetectorOutput['baselines']): OutRecord[] {
    const { topics, writer } = this.context;
    return [
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
      ...this.#letters.map((letter) => ({
        topic: topics.deadLetters,
        key: null,
        value: writer.encode('DeadLetter', letter),
      })),
    ];
  }
}
