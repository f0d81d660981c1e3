import type { BaselineRenewal } from './baselines/baseline-renewal.js';
import type { Steps } from './steps.js';
import type { AnswerControl } from './control/control.js';
import type { ControlsInForce } from './control/controls-in-force.js';
import type { DriftEvent } from './incidents/drift-event.js';
import type { Monitor } from './monitor.js';
import { StreamMonitor, type StreamOutput } from './stream-monitor.js';
import type { StreamSnapshot } from './stream-snapshot.js';
import { streamId, type Stream } from './stream.js';
import type { NeededPanes } from './windows/needed-panes.js';
import { ModelTime, type ModelTimeSnapshot } from './windows/model-time.js';
import { OpenPanes } from './windows/open-panes.js';
import type { SketchPartial, SourceWatermark } from './windows/partial.js';
import type { PaneRow } from './windows/rows.js';

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
}

/**
 * One model: its event time, its versions in their roles, and their panes that are still open. A pane closes once event time has passed
 * its end by the allowed lateness, then the windows that end with it.
 */
export class ModelMonitor {
  readonly #time = new ModelTime();
  readonly #streams = new Map<string, StreamEntry>();
  readonly #panes = new Map<string, OpenPanes>();
  #revision = 0;
  /** Panes of streams that have been forgotten are closed up to here. */
  #formerlyClosedTo = -Infinity;

  constructor(
    readonly model: string,
    private readonly controls: ControlsInForce,
    /** Hears of a stream that cannot go on; it is to be dropped. */
    private readonly failed: (stream: Stream, error: unknown) => void,
  ) {}

  /** The model's event time, milliseconds since the epoch; -Infinity until all source partitions have been heard from. */
  get time(): number {
    return this.#time.current;
  }

  /** Says how far its event time has come before anything of it has been heard, milliseconds since the epoch. */
  beginAt(time: number): void {
    this.#time.advanceTo(time);
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
    let panes = 0;
    for (const { size } of this.#panes.values()) panes += size;
    return panes;
  }

  /** The offset of the oldest record that an open pane rests on; Infinity where none is open. */
  get firstOffset(): number {
    let oldest = Infinity;
    for (const { firstOffset } of this.#panes.values()) oldest = Math.min(oldest, firstOffset);
    return oldest;
  }

  /** Whether the pane of a partial has closed: the partial is a further part of it. */
  hasClosed({ pane }: SketchPartial): boolean {
    return pane.start + pane.size <= this.#entryOf(pane.stream).closedTo;
  }

  /** Takes in a partial of a pane that has not closed. */
  takeOpen(offset: number, partial: SketchPartial): void {
    const { pane } = partial;
    const { monitor } = this.#noteEvents(partial);
    const key = `${streamId(pane.stream)}\u0001${pane.start}\u0001${pane.size}`;
    let open = this.#panes.get(key);
    if (open === undefined) this.#panes.set(key, (open = new OpenPanes(pane, monitor.limits)));
    open.take(offset, partial);
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
   * @param sources what each has last said.
   */
  *advance(
    source: SourceWatermark,
    watermark: number | null,
    sources: ReadonlyMap<number, SourceWatermark>,
    output: DetectorOutput,
  ): Steps {
    this.#time.observe(source, watermark);
    if (watermark !== null) this.#revision++;
    if (!this.#time.advance(sources, source.sourcePartitions)) return;
    this.#revision++;
    for (const entry of this.#streams.values()) {
      entry.closedTo = Math.max(entry.closedTo, this.#time.current - entry.monitor.monitor.allowedLateness);
    }
    yield* this.#closePanes(({ pane }) => pane.start + pane.size <= this.#entryOf(pane.stream).closedTo, output);
    for (const entry of this.#streams.values()) yield* this.#closeWindows(entry, output);
    this.#retire();
  }

  /** Goes on with a baseline that has been made. */
  *renew(renewal: BaselineRenewal, output: DetectorOutput): Steps {
    const entry = this.#entryOf(renewal.stream);
    yield* this.#guarded(renewal.stream, this.#renew(entry, renewal, output));
  }

  *#renew({ monitor, closedTo }: StreamEntry, renewal: BaselineRenewal, output: DetectorOutput): Steps {
    monitor.renew(renewal, output);
    yield* monitor.closeWindows(closedTo, (since) => this.#superseded(monitor.stream, since), output);
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
      streams: [...this.#streams.values()].map(({ monitor, lastEvent, closedTo }) => ({
        ...{ version: monitor.stream.version, role: monitor.stream.role },
        ...{ lastEvent, closedTo },
      })),
      formerlyClosedTo: this.#formerlyClosedTo,
    };
  }

  /** Goes on from a snapshot, before any stream does. */
  restore({ model, time, streams, formerlyClosedTo }: ModelSnapshot): void {
    this.#time.restore(time);
    this.#formerlyClosedTo = formerlyClosedTo;
    for (const { version, role, lastEvent, closedTo } of streams) {
      const entry = this.#entryOf({ model, version, role });
      entry.lastEvent = lastEvent;
      entry.closedTo = closedTo;
    }
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
        if (isSame(monitor, this.controls.monitorOf(stream))) return [];
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
    const id = streamId(stream);
    this.#streams.delete(id);
    for (const [key, { pane }] of this.#panes) if (streamId(pane.stream) === id) this.#panes.delete(key);
    this.#revision++;
  }

  /** For each stream that has open panes the offset of the oldest record that they rest on. */
  get firstOffsets(): ReadonlyMap<string, number> {
    const offsets = new Map<string, number>();
    for (const { pane, firstOffset } of this.#panes.values()) {
      const id = streamId(pane.stream);
      offsets.set(id, Math.min(offsets.get(id) ?? Infinity, firstOffset));
    }
    return offsets;
  }

  /** Goes on with a stream as another monitor of the same model has it. @returns the closed panes that it must be given before anything else. */
  adopt(other: ModelMonitor, stream: Stream): NeededPanes[] {
    const id = streamId(stream);
    const found = other.#streams.get(id);
    if (found === undefined) return [];
    const entry = this.#entryOf(stream);
    entry.lastEvent = found.lastEvent;
    entry.closedTo = found.closedTo;
    for (const [key, open] of other.#panes) if (streamId(open.pane.stream) === id) this.#panes.set(key, open);
    this.#revision++;
    return this.restoreStream(found.monitor.snapshot());
  }

  *#closePanes(passed: (open: OpenPanes) => boolean, output: DetectorOutput): Steps {
    const closed = [...this.#panes].filter(([, open]) => passed(open));
    closed.sort(([a, { pane: p }], [b, { pane: q }]) => p.start - q.start || (a < b ? -1 : 1));
    for (const [key, open] of closed) {
      // Its stream may have been set aside meanwhile.
      if (this.#panes.delete(key)) yield* this.#guarded(open.pane.stream, this.#closePane(open, output));
    }
  }

  *#closePane(open: OpenPanes, output: DetectorOutput): Steps {
    const { monitor } = this.#entryOf(open.pane.stream);
    const { rows, overflow } = open.close();
    for (const row of rows) {
      output.panes.push(row);
      monitor.take(row, output);
    }
    const all = rows.find(({ pane }) => pane.segment.dimension === '');
    if (all !== undefined) monitor.noteOverflow(open.pane, all, overflow.list, output);
    yield;
  }

  *#closeWindows({ monitor, closedTo }: StreamEntry, output: DetectorOutput): Steps {
    const superseded = (since: number): boolean => this.#superseded(monitor.stream, since);
    yield* this.#guarded(monitor.stream, monitor.closeWindows(closedTo, superseded, output));
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
      this.#streams.set(key, (entry = { monitor, lastEvent: -Infinity, closedTo }));
      this.#revision++;
    }
    return entry;
  }

  #monitorOf(stream: Stream): StreamMonitor {
    const { controls } = this;
    const published = () => controls.baselineOf(stream);
    return new StreamMonitor(stream, controls.monitorOf(stream), published, () => controls.mutesOf(stream));
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
      this.#formerlyClosedTo = Math.max(this.#formerlyClosedTo, closedTo);
    }
  }

  /** Whether another version of the model has served in the same role since a time. */
  #superseded({ role, version }: Stream, since: number): boolean {
    for (const { monitor, lastEvent } of this.#streams.values()) {
      const { stream } = monitor;
      if (stream.role === role && stream.version !== version && lastEvent >= since) return true;
    }
    return false;
  }
}

/** Whether two monitors say the same. */
function isSame(a: Monitor, b: Monitor): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** What is remembered of a model, its streams' windows apart. */
export interface ModelSnapshot {
  readonly model: string;
  readonly time: ModelTimeSnapshot;
  readonly streams: readonly (Pick<Stream, 'version' | 'role'> & Pick<StreamEntry, 'lastEvent' | 'closedTo'>)[];
  readonly formerlyClosedTo: number;
}
