import { allAtOnce, type Steps } from '@tidemark/statistics';
import type { BaselineRenewal } from '../baselines/baseline-renewal.js';
import type { NeededPanes } from '../windows/needed-panes.js';
import type { SketchPartial, SourceWatermark } from '../summaries/partial.js';
import type { PaneRow } from '../windows/rows.js';
import { streamId, type Stream } from '../model/stream.js';
import { WatermarkTracker } from '../windows/watermarks.js';
import type { AnswerControl, BaselineControl, Control } from '../control/control.js';
import {
  ControlsInForce,
  type ControlledMonitor,
  type ControlsSnapshot,
  type DetectorKnowledge,
} from '../control/controls-in-force.js';
import {
  pieceOf,
  withModels,
  type DetectorSnapshot,
  type PartitionSnapshot,
  type SharedTimeSnapshot,
  type StatePiece,
} from './detector-snapshot.js';
import { DEFAULT_DATABASE, inDatabase } from '../incidents/event-query.js';
import { resumeCommand } from '../incidents/resume-command.js';
import { laggingRoom } from './open-bounds.js';
import { ModelMonitor, type DetectorOutput } from './model-monitor.js';
import { abandonedEvents, type AbandonedStream } from './abandoned-incidents.js';
import { removeOutputOf, setAsideEvent, type StreamFailure } from './set-aside.js';
import { closedPart, isLatePartFrom, latePart, type ModelHomes } from '../windows/part-names.js';
import { SourceReaders } from '../windows/source-readers.js';

const MOST_FORMER_MODELS = 1000;

/** A mute that ended so long before event time, in milliseconds, no window of a late stream will touch. */
const MUTE_KEPT_FOR = 30 * 86_400_000;

function emptyOutput(): DetectorOutput {
  return { panes: [], windows: [], quality: [], events: [], baselines: [], answers: [] };
}

/**
 * Merges the partials of one partition into panes, closes panes and windows as their model's event time passes them, and judges the
 * windows. A function of the records in their order and nothing else: the same partition read again gives the same output.
 *
 * A pane closes `allowedLateness` after its end. A partial that comes later goes out at once as a further part of its pane,
 * named after its offset, so that read again it is the same part.
 */
export class Detector {
  readonly #models = new Map<string, ModelMonitor>();
  #watermarks = new WatermarkTracker();
  readonly #readers = new SourceReaders();
  #output = emptyOutput();
  #position = 0;
  /** So many of the output's events have been held against what people said. */
  #answered = 0;
  /** Records before it have been accounted for by an earlier run, but for the panes that were open then. */
  #resumeAt = 0;
  /** The greatest event time of any record, milliseconds since the epoch: it tells when, while no event time is known yet. */
  #latestEvent = -Infinity;

  readonly #controls: ControlsInForce;
  /** By `streamId`, the streams that cannot go on. */
  readonly #aside = new Set<string>();
  readonly #failures: StreamFailure[] = [];

  /** @param database the one that the queries of its drift events are about. */
  constructor(
    private readonly partition: number,
    knowledge: DetectorKnowledge,
    private readonly database: string = DEFAULT_DATABASE,
    /** Where models' partials lie, and did; null: partitions have never been added to them. */
    private readonly homes: ModelHomes | null = null,
  ) {
    this.#controls = new ControlsInForce(knowledge);
  }

  /** How far the events of all models have come, milliseconds since the epoch; -Infinity until all source partitions have been heard from. */
  get watermark(): number {
    return this.#watermarks.current;
  }

  get openPanes(): number {
    let panes = 0;
    for (const { openPanes } of this.#models.values()) panes += openPanes;
    return panes;
  }

  /** The offset from which a successor must read: that of the oldest record that an open pane rests on. */
  get oldestNeeded(): number {
    let oldest = this.#position;
    for (const { firstOffset } of this.#models.values()) oldest = Math.min(oldest, firstOffset);
    return oldest;
  }

  /** The offset of the oldest record that the open panes of each stream rest on, by `streamId`. */
  get firstOffsets(): ReadonlyMap<string, number> {
    return new Map([...this.#models.values()].flatMap(({ firstOffsets }) => [...firstOffsets]));
  }

  takePartial(offset: number, partial: SketchPartial): void {
    this.#position = offset + 1;
    const { stream, start } = partial.pane;
    this.#latestEvent = Math.max(this.#latestEvent, start, partial.maxEventTime);
    if (this.isSetAside(stream)) return;
    try {
      const model = this.#modelOf(stream.model);
      if (!model.hasClosed(partial)) model.takeOpen(offset, partial);
      else if (offset >= this.#resumeAt) {
        model.takeLate(latePart(this.partition, offset), partial, this.#output);
      }
    } catch (error) {
      this.setAside(stream, error);
    }
  }

  /** Accounts for a record that cannot be read. */
  passOver(offset: number): void {
    this.#position = offset + 1;
  }

  isSetAside(stream: Stream): boolean {
    return this.#aside.has(streamId(stream));
  }

  /**
   * Sets a stream aside that cannot go on: nothing more is taken of it, and nothing of it is given out that has not been drained. All others go
   * on. What is known of it is what the state says that was written last.
   *
   * @param error what went wrong; null: it had been set aside before a restart, which has been told. @param offset that of the last record unless stated.
   */
  setAside(stream: Stream, error: unknown, offset = Math.max(0, this.#position - 1)): void {
    const monitor = this.#models.get(stream.model);
    this.#aside.add(streamId(stream));
    monitor?.drop(stream);
    const held = this.#output.events.slice(this.#answered);
    removeOutputOf(stream, this.#output);
    // Those that are to be held against what people said are the last ones, and some may be gone.
    const left = new Set(this.#output.events);
    this.#answered = this.#output.events.length - held.filter((event) => left.has(event)).length;
    if (error === null) return;
    const failure = {
      ...{ stream, offset },
      error: error instanceof Error ? error : new Error('what was thrown is no error', { cause: error }),
    };
    this.#failures.push(failure);
    const summary =
      `set aside at offset ${failure.offset} of partition ${this.partition}: ${failure.error.message}; nothing of it is judged until it is ` +
      `brought back: ${resumeCommand(stream)}, or, without the records that wait for it, with --skip`;
    this.#output.events.push(setAsideEvent(failure, 'opened', this.#timeOf(stream.model), summary));
  }

  /** The streams that have been set aside since this was asked last. */
  takeFailures(): StreamFailure[] {
    return this.#failures.splice(0);
  }

  /**
   * Goes on with a stream that was set aside.
   *
   * @param offset of the record at which it was. @param from whoever has taken in the records since; or, where it begins anew, what was
   * known of it, and nobody hears of any more; null: nothing was.
   * @param summary what is told of it.
   * @returns the closed panes that must be taken in before anything else.
   */
  bringBack(stream: Stream, offset: number, from: Detector | AbandonedStream | null, summary: string): NeededPanes[] {
    this.#aside.delete(streamId(stream));
    const model = this.#modelOf(stream.model);
    const at = this.#timeOf(stream.model);
    this.#output.events.push(setAsideEvent({ stream, offset }, 'resolved', at, summary));
    if (!(from instanceof Detector)) {
      const { decision } = this.#controls.monitorOf(stream);
      if (from !== null) this.#output.events.push(...abandonedEvents(from, at, decision));
      return [];
    }
    const other = from.#models.get(stream.model);
    try {
      return other === undefined ? [] : model.adopt(other, stream);
    } catch (error) {
      this.setAside(stream, error);
      return [];
    }
  }

  /** As `advance`, all at once. */
  takeWatermark(offset: number, watermark: SourceWatermark): void {
    allAtOnce(this.advance(offset, watermark));
  }

  /** Takes in how far a source partition has come, and closes what event time has passed. */
  *advance(offset: number, source: SourceWatermark): Steps {
    this.#position = offset + 1;
    if (offset < this.#resumeAt) return;
    this.#watermarks.observe(source);
    this.#readers.observe(source);
    const { sources } = this.#watermarks;
    const stalled = this.#readers.stalled(sources, source.sourcePartitions);
    const watermarks = new Map(source.reader?.models.map(({ model, watermark }) => [model, watermark]));
    const partitions = source.reader?.partialsPartitions ?? 0;
    const room = laggingRoom([...this.#models.values()].map((model) => model.laggingSketches(sources)));
    for (const [name, model] of this.#models) {
      // Partitions were added: what comes of the model is read elsewhere from now on, and is not missing.
      const moved = this.homes !== null && partitions > 0 && this.homes.among(name, partitions) !== this.partition;
      if (moved) model.moveAway();
      yield* model.advance(source, watermarks.get(name) ?? null, sources, stalled, room, this.#output);
    }
    this.#forgetModels();
  }

  /** Whether a record has not been accounted for by an earlier run. */
  isNew(offset: number): boolean {
    return offset >= this.#resumeAt;
  }

  /** The monitors that control records have put in force. */
  get appliedMonitors(): ControlledMonitor[] {
    return this.#controls.appliedMonitors;
  }

  /**
   * Takes in a change that somebody made: it holds from here on. What the last drains gave out must have been written, and no baseline may
   * be due.
   *
   * @returns the closed panes that must be taken in before anything else, as after a restart; none where no monitor changed.
   */
  takeControl(offset: number, control: Control): NeededPanes[] {
    this.#position = offset + 1;
    if (offset < this.#resumeAt) return [];
    // What closed before is not affected.
    this.#holdAgainstAnswers();
    switch (control.kind) {
      case 'monitor':
        if (!this.#controls.takeMonitor(control)) return [];
        return [...this.#models.values()].flatMap((model) => model.reconfigure());
      case 'mute':
        this.#controls.forgetMutesBefore(this.watermark - MUTE_KEPT_FOR);
        this.#controls.takeMute(control);
        return [];
      case 'unmute':
        this.#controls.takeBackMute(control.muteId);
        return [];
      case 'baseline':
        this.#takeBaseline(control);
        return [];
      case 'acknowledgement':
      case 'feedback':
        this.#takeAnswer(control);
        return [];
      case 'resume':
      case 'skip':
        // Of a stream that was set aside: whoever set it aside knows it.
        return [];
    }
  }

  /** The changes that are in force. */
  get controls(): ControlsSnapshot {
    return this.#controls.snapshot();
  }

  /** Goes on from the changes that another had in force before its first record. */
  adoptAll(controls: ControlsSnapshot): void {
    this.#controls.restore(controls);
  }

  /** Goes on from changes that were in force before the first record: what the log holds of them may be gone. */
  adopt(controls: Iterable<Control>): void {
    for (const control of controls) {
      if (control.kind === 'monitor') this.#controls.takeMonitor(control);
      else if (control.kind === 'mute') this.#controls.takeMute(control);
    }
  }

  /**
   * The baselines that are due to be renewed. Nothing may be taken while there are any: its panes are to be given to
   * each, those that the last drains gave out included, and then it to `renew`.
   */
  get renewals(): BaselineRenewal[] {
    return this.#streams().flatMap(({ renewal }) => renewal ?? []);
  }

  /** Gives a pane to a renewal. A late part is left out that a predecessor wrote of a record that is to be read again. */
  giveTo(renewal: BaselineRenewal, row: PaneRow): void {
    if (!isLatePartFrom(row, this.partition, this.#position)) renewal.take(row);
  }

  /** As `resume`, all at once. */
  renew(renewal: BaselineRenewal): void {
    allAtOnce(this.resume(renewal));
  }

  /** Goes on with a baseline that has been made. */
  *resume(renewal: BaselineRenewal): Steps {
    yield* this.#modelOf(renewal.stream.model).renew(renewal, this.#output);
  }

  /** Closes every pane and window that holds anything, as at the end of a file. Nothing may be taken after it. */
  finish(): void {
    for (const model of this.#models.values()) allAtOnce(model.finish(this.#output));
  }

  /** What has been closed since the last drain. It must be written before `snapshot` is. */
  drain(): DetectorOutput {
    this.#holdAgainstAnswers();
    const output = this.#output;
    // What was learnt or renewed is in force, whatever is published of it elsewhere.
    for (const { model, version, id } of output.baselines) {
      this.#controls.takeBaseline({ model, version, baselineId: id });
    }
    this.#output = emptyOutput();
    this.#answered = 0;
    return { ...output, events: output.events.map((event) => inDatabase(event, this.database)) };
  }

  /** The state, piece by piece: the partition's, each model's and each stream's, so that what did not change need not be written again. */
  *pieces(): Iterable<StatePiece> {
    const partition = this.#ofPartition();
    yield { key: 'partition', of: this, revision: this.#position, snapshot: () => ({ kind: 'partition', partition }) };
    const controls = this.#controls;
    yield pieceOf('controls', controls, () => ({ kind: 'controls', controls: controls.snapshot() }));
    for (const model of this.#models.values()) {
      yield pieceOf(`model\u0000${model.model}`, model, () => ({ kind: 'model', model: model.snapshot() }));
    }
    for (const monitor of this.#streams()) {
      const key = `stream\u0000${streamId(monitor.stream)}`;
      yield pieceOf(key, monitor, () => ({ kind: 'stream', stream: monitor.snapshot() }));
    }
  }

  /** The whole state. */
  snapshot(): DetectorSnapshot {
    return {
      partition: this.#ofPartition(),
      models: [...this.#models.values()].map((model) => model.snapshot()),
      streams: this.#streams().map((monitor) => monitor.snapshot()),
      controls: this.#controls.snapshot(),
    };
  }

  /** Goes on from a snapshot. The panes it gives must be taken in before any record; records are read from `oldestNeeded` on. */
  restore(snapshot: DetectorSnapshot | SharedTimeSnapshot): NeededPanes[] {
    const latenessOf = (stream: Stream): number => this.#controls.monitorOf(stream).allowedLateness;
    const { partition, models, streams, controls } =
      'partition' in snapshot ? snapshot : withModels(snapshot, latenessOf);
    if (controls !== undefined) this.#controls.restore(controls);
    this.#position = partition.position;
    this.#resumeAt = partition.position;
    this.#watermarks = WatermarkTracker.restore(partition.watermarks);
    this.#readers.restore(partition.readers);
    for (const model of models) this.#modelOf(model.model).restore(model);
    return streams.flatMap((stream) => {
      try {
        return this.#modelOf(stream.stream.model).restoreStream(stream);
      } catch (error) {
        this.setAside(stream.stream, error);
        return [];
      }
    });
  }

  /** The id of the baseline that the log has put in force for a model and version; null where it names none. */
  namedBaseline(of: { readonly model: string; readonly version: string }): string | null {
    return this.#controls.namedBaseline(of);
  }

  /**
   * Goes on in another log than that of the restored state: its records are new from an offset on, whatever offsets had been read in the
   * one before. What is known of streams stays.
   */
  continueFrom(offset: number): void {
    this.#position = offset;
    this.#resumeAt = offset;
  }

  /**
   * Takes in a part of a pane that closed before the restart, or the change of a monitor; in the order of their starts. A late part whose record is to be read
   * again is left out: a predecessor wrote it, but crashed before that counted.
   */
  takeClosedPane(row: PaneRow): void {
    const { stream } = row.pane;
    if (isLatePartFrom(row, this.partition, this.#position) || this.isSetAside(stream)) return;
    try {
      this.#modelOf(stream.model).takeClosedPane(row);
    } catch (error) {
      this.setAside(stream, error);
    }
  }

  /** While records are read again, what had been accounted for before stays so. */
  get #accountedTo(): number {
    return Math.max(this.#position, this.#resumeAt);
  }

  /** How far event time has come for a model, as well as is known, milliseconds since the epoch. */
  #timeOf(model: string): number {
    const times = [this.#models.get(model)?.time ?? -Infinity, this.watermark, this.#latestEvent];
    return times.find((time) => Number.isFinite(time)) ?? 0;
  }

  #takeBaseline(control: BaselineControl): void {
    this.#controls.takeBaseline(control);
    this.#models.get(control.model)?.notePublished(control.version);
  }

  #takeAnswer(control: AnswerControl): void {
    for (const monitor of this.#streams()) monitor.takeAnswer(control);
    if (this.partition === 0) this.#output.answers.push(control);
  }

  #holdAgainstAnswers(): void {
    const { events } = this.#output;
    for (; this.#answered < events.length; this.#answered++) {
      const event = events[this.#answered];
      events[this.#answered] = this.#modelOf(event.stream.model).answered(event);
    }
  }

  #ofPartition(): PartitionSnapshot {
    return {
      position: this.#accountedTo,
      watermarks: this.#watermarks.snapshot(),
      readers: this.#readers.snapshot(),
    };
  }

  /** Models without streams are remembered for what they had closed, but not for ever where names never end. */
  #forgetModels(): void {
    if (this.#models.size <= MOST_FORMER_MODELS) return;
    const former = [...this.#models.values()].filter(({ isFormer }) => isFormer).sort((a, b) => a.time - b.time);
    for (const { model } of former.slice(0, Math.max(0, former.length - MOST_FORMER_MODELS)))
      this.#models.delete(model);
  }

  #modelOf(name: string): ModelMonitor {
    let model = this.#models.get(name);
    if (model === undefined) {
      const part = closedPart(name, this.partition, this.homes);
      model = new ModelMonitor(name, this.#controls, (stream, error) => this.setAside(stream, error), part);
      this.#models.set(name, model);
      // Older sketchers say nothing of single models: what came before it is all that is known of the time of this one.
      const heard = [...this.#watermarks.sources.values()];
      if (heard.every(({ reader }) => reader === undefined)) model.beginAt(this.#watermarks.current);
      else model.beginAfterForgotten(this.#watermarks.current);
    }
    return model;
  }

  #streams() {
    return [...this.#models.values()].flatMap(({ streams }) => [...streams]);
  }
}
