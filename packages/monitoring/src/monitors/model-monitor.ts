import type { Steps } from '@tidemark/statistics';
import type { BaselineRenewal } from '../baselines/baseline-renewal.js';
import type { AnswerControl } from '../control/control.js';
import type { ControlsInForce } from '../control/controls-in-force.js';
import type { DriftEvent } from '../model/drift-event.js';
import { StallWatch, type StallSnapshot } from '../incidents/event-time-events.js';
import { ModelSilence, type LastHeard, type ModelSilenceSnapshot } from '../incidents/model-silence.js';
import { sameMonitor, type Monitor } from '../model/monitor.js';
import { StreamMonitor, type StreamOutput } from './stream-monitor.js';
import type { StreamSnapshot } from './stream-snapshot.js';
import { streamId, type Stream } from '../model/stream.js';
import { successionOf, type Ending, type Heard } from './succession.js';
import type { NeededPanes } from '../windows/needed-panes.js';
import { ModelTime, type ModelTimeSnapshot } from '../windows/model-time.js';
import { ModelPanes } from '../windows/model-panes.js';
import { OpenBound, type LaggingRoom } from './open-bounds.js';
import type { OpenPanes } from '../windows/open-panes.js';
import type { SketchPartial, SourceWatermark } from '../summaries/partial.js';
import type { PaneRow } from '../windows/rows.js';
import type { Pane } from '../model/pane.js';

/** What has come of the partials since the last drain, to be written before more are taken. */
export interface DetectorOutput extends StreamOutput {
  readonly panes: PaneRow[];
  /** What people said of incidents; each is given out by the detector of one partition. */
  readonly answers: AnswerControl[];
}

const SEVEN_DAYS = 7 * 24 * 3_600_000;

/** A version of the model in one role, and how far it has come. */
interface StreamEntry {
  monitor: StreamMonitor;
  /** The greatest event time seen, milliseconds since the epoch; -Infinity before the first. */
  lastEvent: number;
  /** Panes that end by then have closed, and stay closed whatever the monitor's lateness becomes; milliseconds since the epoch. */
  closedTo: number;
  /** Another version has taken its place for good; null: none has. */
  ended: Ending | null;
}

/**
 * One model: its event time, its versions in their roles, and their panes that are still open. A pane closes once event time has passed
 * its end by the allowed lateness, then the windows that end with it.
 */
export class ModelMonitor {
  readonly #time = new ModelTime();
  readonly #streams = new Map<string, StreamEntry>();
  readonly #panes = new ModelPanes();
  readonly #silence: ModelSilence;
  readonly #bound: OpenBound;
  readonly #stall = new StallWatch();
  #movedAway = false;
  #revision = 0;
  /** Panes of streams that have been forgotten are closed up to here. */
  #formerlyClosedTo = -Infinity;

  constructor(
    readonly model: string,
    private readonly controls: ControlsInForce,
    /** Hears of a stream that cannot go on; it is to be dropped. */
    private readonly failed: (stream: Stream, error: unknown) => void,
    /** What panes are called that have closed. */
    private readonly closedPart = 'pane',
  ) {
    const streams = (): LastHeard[] =>
      [...this.#streams.values()].map(({ monitor: { stream }, lastEvent, ended }) => {
        return { stream, lastEvent, ended: ended !== null };
      });
    const monitorOf = (stream: Stream): Monitor => this.#entryOf(stream).monitor.monitor;
    this.#bound = new OpenBound(model, this.#time, this.#panes, monitorOf);
    this.#silence = new ModelSilence(streams, () => this.#revision++);
  }

  /** The model's event time, milliseconds since the epoch; -Infinity until all source partitions have been heard from. */
  get time(): number {
    return this.#time.current;
  }

  /** Says how far its event time has come before anything of it has been heard, milliseconds since the epoch. */
  beginAt(time: number): void {
    this.#time.advanceTo(time);
  }

  /** What is older than what a model forgotten long ago may have written has closed. @param time of all models, milliseconds since the epoch. */
  beginAfterForgotten(time: number): void {
    this.#formerlyClosedTo = Math.max(this.#formerlyClosedTo, time - SEVEN_DAYS);
  }

  /** Whether all of its streams have been forgotten. */
  get isFormer(): boolean {
    return this.#streams.size === 0 && this.#panes.size === 0;
  }

  /** Its partials go to another partition from now on: here it ends without being silent. */
  moveAway(): void {
    this.#movedAway = true;
  }

  /** Grows whenever the snapshot may have changed, those of its streams apart. */
  get revision(): number {
    return this.#revision;
  }

  get streams(): Iterable<StreamMonitor> {
    return [...this.#streams.values()].map(({ monitor }) => monitor);
  }

  /** Segments of panes that are open. */
  get openPanes(): number {
    return this.#panes.size;
  }

  /** The offset of the oldest record that an open pane rests on; Infinity where none is open. */
  get firstOffset(): number {
    return this.#panes.firstOffset;
  }

  /** How many sketches wait for partitions of the event topic that lag behind. */
  laggingSketches(sources: ReadonlyMap<number, SourceWatermark>): number {
    return this.#bound.lagging(sources);
  }

  /** Whether the pane of a partial has closed: the partial is a further part of it. */
  hasClosed({ pane }: SketchPartial): boolean {
    return pane.start + pane.size <= this.#entryOf(pane.stream).closedTo;
  }

  /** Takes in a partial of a pane that has not closed. */
  takeOpen(offset: number, partial: SketchPartial): void {
    this.#panes.take(offset, partial, this.#noteEvents(partial).monitor.limits);
  }

  /** Gives out a partial that came too late as a part of its own. @param part what it is to be called. */
  takeLate(part: string, partial: SketchPartial, output: DetectorOutput): void {
    const { monitor } = this.#noteEvents(partial);
    const row = { ...partial, part };
    output.panes.push(row);
    // Too late for its pane, but perhaps not for the longer windows that the pane is in.
    monitor.take(row, output);
    if (partial.overflow.length > 0) monitor.noteOverflow(partial.pane, row, partial.overflow, output);
  }

  /** Takes in a part of a pane that closed before a restart. */
  takeClosedPane(row: PaneRow): void {
    const nowhere: DetectorOutput = { panes: [], windows: [], quality: [], events: [], baselines: [], answers: [] };
    this.#entryOf(row.pane.stream).monitor.take(row, nowhere, false);
  }

  /**
   * Goes on to where event time has come: closes the panes and windows that it has passed.
   *
   * @param source what a partition of the event topic has just said. @param watermark the model's in it; null: it had no events.
   * @param sources what each has last said. @param stalled those that nobody reads.
   * @param room how much may wait for partitions that lag behind; null: as much as one model may.
   */
  *advance(
    source: SourceWatermark,
    watermark: number | null,
    sources: ReadonlyMap<number, SourceWatermark>,
    stalled: readonly number[],
    room: LaggingRoom | null,
    output: DetectorOutput,
  ): Steps {
    const before = this.#time.current;
    this.#time.observe(source, watermark);
    if (watermark !== null) this.#revision++;
    this.#time.advance(sources, source.sourcePartitions);
    this.#bound.hold(room, sources, output.events);
    this.#noteStalled(stalled, sources, source, output);
    if (this.#time.current === before) return;
    this.#revision++;
    for (const entry of this.#streams.values()) {
      entry.closedTo = Math.max(entry.closedTo, this.#time.current - entry.monitor.monitor.allowedLateness);
    }
    yield* this.#closePanes((pane) => pane.start + pane.size <= this.#entryOf(pane.stream).closedTo, output);
    for (const entry of this.#streams.values()) yield* this.#closeWindows(entry, output);
    this.#retire();
  }

  /** Goes on with a baseline that has been made. */
  *renew(renewal: BaselineRenewal, output: DetectorOutput): Steps {
    const entry = this.#entryOf(renewal.stream);
    yield* this.#guarded(renewal.stream, this.#renew(entry, renewal, output));
  }

  *#renew(entry: StreamEntry, renewal: BaselineRenewal, output: DetectorOutput): Steps {
    entry.monitor.renew(renewal, output);
    yield* this.#windowsOf(entry, output);
  }

  /** Closes everything that holds anything. */
  *finish(output: DetectorOutput): Steps {
    yield* this.#closePanes(() => true, output);
    for (const { monitor } of this.#streams.values()) yield* this.#guarded(monitor.stream, monitor.finish(output));
  }

  snapshot(): ModelSnapshot {
    return {
      model: this.model,
      time: this.#time.snapshot(),
      streams: [...this.#streams.values()].map(({ monitor, lastEvent, closedTo, ended }) => ({
        ...{ version: monitor.stream.version, role: monitor.stream.role },
        ...{ lastEvent, closedTo, ended },
      })),
      silences: this.#silence.snapshot(),
      closedEarly: this.#bound.snapshot(),
      stall: this.#stall.snapshot(),
      formerlyClosedTo: this.#formerlyClosedTo,
    };
  }

  /** Goes on from a snapshot, before any stream does. */
  restore({ model, time, streams, formerlyClosedTo, silences, closedEarly, stall }: ModelSnapshot): void {
    this.#bound.restore(closedEarly);
    this.#stall.restore(stall);
    this.#time.restore(time);
    this.#silence.restore(silences);
    this.#formerlyClosedTo = formerlyClosedTo;
    for (const { version, role, ...known } of streams) Object.assign(this.#entryOf({ model, version, role }), known);
  }

  /** Goes on with one stream. @returns the closed panes that it must be given before anything else. */
  restoreStream(snapshot: StreamSnapshot): NeededPanes[] {
    const { monitor, closedTo } = this.#entryOf(snapshot.stream);
    return monitor.restore(snapshot, closedTo);
  }

  /**
   * Goes on with the monitors that are in force now: what a restart between the runs with the one and the other would do. Panes that are
   * open stay so, of the size that they have.
   *
   * @returns the closed panes that its streams must be given before anything else.
   */
  reconfigure(): NeededPanes[] {
    return [...this.#streams.values()].flatMap((entry) => {
      const { stream, monitor } = entry.monitor;
      try {
        if (sameMonitor(monitor, this.controls.monitorOf(stream))) return [];
        const snapshot = entry.monitor.snapshot();
        entry.monitor = this.#monitorOf(stream);
        this.#revision++;
        return this.restoreStream(snapshot);
      } catch (error) {
        this.failed(stream, error);
        return [];
      }
    });
  }

  /** A baseline was published for a version, or for those without one of their own (`*`). */
  notePublished(version: string): void {
    for (const { monitor } of this.#streams.values()) {
      if (version === '*' || monitor.stream.version === version) monitor.notePublished();
    }
  }

  /** An event of one of its streams, as it goes out. */
  answered(event: DriftEvent): DriftEvent {
    return this.#streams.get(streamId(event.stream))?.monitor.answered(event) ?? event;
  }

  /** Forgets a stream with all that is open of it. */
  drop(stream: Stream): void {
    this.#streams.delete(streamId(stream));
    this.#panes.drop(stream);
    this.#silence.forget(stream);
    this.#revision++;
  }

  /** For each stream that has open panes the offset of the oldest record that they rest on. */
  get firstOffsets(): ReadonlyMap<string, number> {
    return this.#panes.firstOffsets;
  }

  /** Goes on with a stream as another monitor of the same model has it. @returns the closed panes that it must be given before anything else. */
  adopt(other: ModelMonitor, stream: Stream): NeededPanes[] {
    const found = other.#streams.get(streamId(stream));
    if (found === undefined) return [];
    const entry = this.#entryOf(stream);
    entry.lastEvent = found.lastEvent;
    entry.closedTo = found.closedTo;
    entry.ended = found.ended;
    this.#panes.adopt(other.#panes, stream);
    this.#revision++;
    return this.restoreStream(found.monitor.snapshot());
  }

  /** Tells of partitions that nobody reads and that the model waits for. */
  #noteStalled(
    stalled: readonly number[],
    sources: ReadonlyMap<number, SourceWatermark>,
    { reader }: SourceWatermark,
    output: DetectorOutput,
  ): void {
    if (reader === undefined || (stalled.length === 0 && this.#stall.snapshot() === null)) return;
    const waitedFor = stalled.filter((partition) => {
      const source = sources.get(partition);
      return source === undefined || this.#time.waitsFor(source);
    });
    const foremost = this.#foremost();
    if (foremost === null) return;
    const { stream, monitor } = foremost.monitor;
    const event = this.#stall.observe(waitedFor, stream, reader.clock, monitor.decision);
    if (event === null) return;
    this.#revision++;
    output.events.push(event);
  }

  /** The stream that what concerns the model as a whole is told of: a champion where there is one, that with the last event. */
  #foremost(): StreamEntry | null {
    const rank = ({ monitor: { stream } }: StreamEntry): number => (stream.role === 'champion' ? 0 : 1);
    const all = [...this.#streams.values()].sort((a, b) => rank(a) - rank(b) || b.lastEvent - a.lastEvent);
    return all.at(0) ?? null;
  }

  *#closePanes(passed: (pane: Pane) => boolean, output: DetectorOutput): Steps {
    for (const open of this.#panes.close(passed)) {
      yield* this.#guarded(open.pane.stream, this.#closePane(open, output));
    }
  }

  *#closePane(open: OpenPanes, output: DetectorOutput): Steps {
    const { monitor } = this.#entryOf(open.pane.stream);
    const { rows, overflow } = open.close(this.closedPart);
    for (const row of rows) {
      output.panes.push(row);
      monitor.take(row, output);
    }
    const all = rows.find(({ pane }) => pane.segment.dimension === '');
    if (all !== undefined) monitor.noteOverflow(open.pane, all, overflow.list, output);
    yield;
  }

  *#closeWindows(entry: StreamEntry, output: DetectorOutput): Steps {
    yield* this.#guarded(entry.monitor.stream, this.#windowsOf(entry, output));
  }

  #windowsOf(entry: StreamEntry, output: DetectorOutput): Steps {
    const successorOf = (start: number, end: number): string | null => this.#successorOf(entry, start, end);
    return entry.monitor.closeWindows(entry.closedTo, this.#movedAway ? null : successorOf, output);
  }

  /** Work on one stream: what goes wrong is that stream's, and no other's. */
  *#guarded(stream: Stream, steps: Steps): Steps {
    try {
      yield* steps;
    } catch (error) {
      this.failed(stream, error);
    }
  }

  #entryOf(stream: Stream): StreamEntry {
    const key = streamId(stream);
    let entry = this.#streams.get(key);
    if (entry === undefined) {
      const monitor = this.#monitorOf(stream);
      const closedTo = Math.max(this.#formerlyClosedTo, this.#time.current - monitor.monitor.allowedLateness);
      this.#streams.set(key, (entry = { monitor, lastEvent: -Infinity, closedTo, ended: null }));
      this.#revision++;
    }
    return entry;
  }

  #monitorOf(stream: Stream): StreamMonitor {
    const { controls } = this;
    return new StreamMonitor(
      stream,
      controls.monitorOf(stream),
      () => controls.baselineOf(stream),
      () => controls.mutesOf(stream),
      this.#silence,
    );
  }

  #noteEvents({ pane, maxEventTime }: SketchPartial): StreamEntry {
    const entry = this.#entryOf(pane.stream);
    // An outcome has no event of its own: its stream lives at least since the pane.
    const time = Math.max(pane.start, maxEventTime);
    if (time > entry.lastEvent) {
      entry.lastEvent = time;
      this.#revision++;
    }
    return entry;
  }

  /** Forgets streams that have been without events for long: seven days, ten of their longest windows, or as long as labels are waited for. */
  #retire(): void {
    for (const [key, { monitor, lastEvent, closedTo }] of this.#streams) {
      const { quality, windows } = monitor.monitor;
      const labels = quality === null ? 0 : quality.window.size + quality.labelWait;
      const keepFor = Math.max(SEVEN_DAYS, labels, 10 * Math.max(...windows.map(({ size }) => size)));
      if (lastEvent === -Infinity || lastEvent + keepFor > this.#time.current) continue;
      this.#streams.delete(key);
      this.#silence.forget(monitor.stream);
      this.#formerlyClosedTo = Math.max(this.#formerlyClosedTo, closedTo);
    }
  }

  /** The version that serves in a stream's place by a window; null: none. */
  #successorOf(entry: StreamEntry, start: number, end: number): string | null {
    const heardOf = ({ monitor: { stream }, lastEvent, ended }: StreamEntry): Heard => ({ stream, lastEvent, ended });
    const { successor, ended } = successionOf(heardOf(entry), [...this.#streams.values()].map(heardOf), start, end);
    if (ended !== entry.ended) this.#revision++;
    entry.ended = ended;
    return successor;
  }
}

/** What is remembered of a model, its streams' windows apart. */
export interface ModelSnapshot {
  readonly model: string;
  readonly time: ModelTimeSnapshot;
  readonly streams: readonly (Pick<Stream, 'version' | 'role'> &
    Pick<StreamEntry, 'lastEvent' | 'closedTo' | 'ended'>)[];
  readonly silences: ModelSilenceSnapshot;
  /** End of the last pane that was closed early, milliseconds since the epoch. */
  readonly closedEarly: number;
  readonly stall: StallSnapshot;
  readonly formerlyClosedTo: number;
}
