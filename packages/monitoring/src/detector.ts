import type { BaselineRenewal } from './baselines/baseline-renewal.js';
import {
  withModels,
  type DetectorSnapshot,
  type PartitionSnapshot,
  type SharedTimeSnapshot,
  type StatePiece,
} from './detector-snapshot.js';
import { ModelMonitor, type DetectorOutput } from './model-monitor.js';
import type { StreamKnowledge } from './sketching/partition-sketcher.js';
import { allAtOnce, type Steps } from './steps.js';
import { streamId } from './stream.js';
import type { NeededPanes } from './windows/needed-panes.js';
import type { SketchPartial, SourceWatermark } from './windows/partial.js';
import type { PaneRow } from './windows/rows.js';
import { closedPart, isLatePartFrom, latePart, type ModelHomes } from './windows/part-names.js';
import { SourceReaders } from './windows/source-readers.js';
import { WatermarkTracker } from './windows/watermarks.js';

const MOST_FORMER_MODELS = 1000;

function emptyOutput(): DetectorOutput {
  return { panes: [], windows: [], quality: [], events: [], baselines: [] };
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
  /** Records before it have been accounted for by an earlier run, but for the panes that were open then. */
  #resumeAt = 0;

  constructor(
    private readonly partition: number,
    private readonly knowledge: StreamKnowledge,
    /** Where models' partials lie, and did; null: partitions have never been added to them. */
    private readonly homes: ModelHomes | null = null,
  ) {}

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

  takePartial(offset: number, partial: SketchPartial): void {
    this.#position = offset + 1;
    const model = this.#modelOf(partial.pane.stream.model);
    if (!model.hasClosed(partial)) model.takeOpen(offset, partial);
    else if (offset >= this.#resumeAt) {
      model.takeLate(latePart(this.partition, offset), partial, this.#output);
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
    for (const [name, model] of this.#models) {
      // Partitions were added: what comes of the model is read elsewhere from now on, and is not missing.
      const moved = this.homes !== null && partitions > 0 && this.homes.among(name, partitions) !== this.partition;
      if (moved) model.moveAway();
      yield* model.advance(source, watermarks.get(name) ?? null, sources, stalled, this.#output);
    }
    this.#forgetModels();
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
    const output = this.#output;
    this.#output = emptyOutput();
    return output;
  }

  /** The state, piece by piece: the partition's, each model's and each stream's, so that what did not change need not be written again. */
  *pieces(): Iterable<StatePiece> {
    const partition = this.#ofPartition();
    yield { key: 'partition', revision: this.#position, snapshot: () => ({ kind: 'partition', partition }) };
    for (const model of this.#models.values()) {
      const key = `model\u0000${model.model}`;
      yield { key, revision: model.revision, snapshot: () => ({ kind: 'model', model: model.snapshot() }) };
    }
    for (const monitor of this.#streams()) {
      const key = `stream\u0000${streamId(monitor.stream)}`;
      yield { key, revision: monitor.revision, snapshot: () => ({ kind: 'stream', stream: monitor.snapshot() }) };
    }
  }

  /** The whole state. */
  snapshot(): DetectorSnapshot {
    return {
      partition: this.#ofPartition(),
      models: [...this.#models.values()].map((model) => model.snapshot()),
      streams: this.#streams().map((monitor) => monitor.snapshot()),
    };
  }

  /** Goes on from a snapshot. The panes it gives must be taken in before any record; records are read from `oldestNeeded` on. */
  restore(snapshot: DetectorSnapshot | SharedTimeSnapshot): NeededPanes[] {
    const latenessOf = (stream: Parameters<StreamKnowledge['monitorOf']>[0]): number =>
      this.knowledge.monitorOf(stream).allowedLateness;
    const { partition, models, streams } = 'partition' in snapshot ? snapshot : withModels(snapshot, latenessOf);
    this.#position = partition.position;
    this.#resumeAt = partition.position;
    this.#watermarks = WatermarkTracker.restore(partition.watermarks);
    this.#readers.restore(partition.readers);
    for (const model of models) this.#modelOf(model.model).restore(model);
    return streams.flatMap((stream) => this.#modelOf(stream.stream.model).restoreStream(stream));
  }

  /**
   * Takes in a part of a pane that closed before the restart; in the order of their starts. A late part whose record is to be read
   * again is left out: a predecessor wrote it, but crashed before that counted.
   */
  takeClosedPane(row: PaneRow): void {
    if (!isLatePartFrom(row, this.partition, this.#resumeAt)) this.#modelOf(row.pane.stream.model).takeClosedPane(row);
  }

  #ofPartition(): PartitionSnapshot {
    return {
      position: this.#position,
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
      model = new ModelMonitor(name, this.knowledge, closedPart(name, this.partition, this.homes));
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
