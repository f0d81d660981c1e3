import type { BaselineRenewal } from './baselines/baseline-renewal.js';
import { ModelSilence, type LastHeard, type ModelSilenceSnapshot } from './incidents/model-silence.js';
import type { Steps } from './steps.js';
import type { StreamKnowledge } from './sketching/partition-sketcher.js';
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
}

const SEVEN_DAYS = 7 * 24 * 3_600_000;

/** A version of the model in one role, and how far it has come. */
interface StreamEntry {
  readonly monitor: StreamMonitor;
  /** The greatest event time seen, milliseconds since the epoch; -Infinity before the first. */
  lastEvent: number;
  /** Panes that end by then have closed, and stay closed whatever the monitor's lateness becomes; milliseconds since the epoch. */
  closedTo: number;
  /** Another version has taken its place for good; null: none has. */
  ended: Ending | null;
}

/** The end of a version: it had no events from a time on, milliseconds since the epoch, while another served in the same role. */
interface Ending {
  readonly since: number;
  readonly successor: string;
}

/**
 * One model: its event time, its versions in their roles, and their panes that are still open. A pane closes once event time has passed
 * its end by the allowed lateness, then the windows that end with it.
 */
export class ModelMonitor {
  readonly #time = new ModelTime();
  readonly #streams = new Map<string, StreamEntry>();
  readonly #panes = new Map<string, OpenPanes>();
  readonly #silence: ModelSilence;
  #revision = 0;
  /** Panes of streams that have been forgotten are closed up to here. */
  #formerlyClosedTo = -Infinity;

  constructor(
    readonly model: string,
    private readonly knowledge: StreamKnowledge,
  ) {
    const streams = (): LastHeard[] =>
      [...this.#streams.values()].map(({ monitor: { stream }, lastEvent, ended }) => {
        return { stream, lastEvent, ended: ended !== null };
      });
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
    const nowhere: DetectorOutput = { panes: [], windows: [], quality: [], events: [], baselines: [] };
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
    entry.monitor.renew(renewal, output);
    yield* this.#closeWindows(entry, output);
  }

  /** Closes everything that holds anything. */
  *finish(output: DetectorOutput): Steps {
    yield* this.#closePanes(() => true, output);
    for (const { monitor } of this.#streams.values()) yield* monitor.finish(output);
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
      formerlyClosedTo: this.#formerlyClosedTo,
    };
  }

  /** Goes on from a snapshot, before any stream does. */
  restore({ model, time, streams, formerlyClosedTo, silences }: ModelSnapshot): void {
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

  *#closePanes(passed: (open: OpenPanes) => boolean, output: DetectorOutput): Steps {
    const closed = [...this.#panes].filter(([, open]) => passed(open));
    closed.sort(([a, { pane: p }], [b, { pane: q }]) => p.start - q.start || (a < b ? -1 : 1));
    for (const [key, open] of closed) {
      this.#panes.delete(key);
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
  }

  *#closeWindows(entry: StreamEntry, output: DetectorOutput): Steps {
    const successorOf = (start: number, end: number): string | null => this.#successorOf(entry, start, end);
    yield* entry.monitor.closeWindows(entry.closedTo, successorOf, output);
  }

  #entryOf(stream: Stream): StreamEntry {
    const key = streamId(stream);
    let entry = this.#streams.get(key);
    if (entry === undefined) {
      const settings = this.knowledge.monitorOf(stream);
      const monitor = new StreamMonitor(stream, settings, () => this.knowledge.baselineOf(stream), this.#silence);
      const closedTo = Math.max(this.#formerlyClosedTo, this.#time.current - settings.allowedLateness);
      this.#streams.set(key, (entry = { monitor, lastEvent: -Infinity, closedTo, ended: null }));
      this.#revision++;
    }
    return entry;
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

  /**
   * The version that serves in a stream's place by a window: it has had events since the window began, in the same role; null: none.
   * One that went on after the window, in which the stream had none, has taken its place for good: whatever becomes of it then, no more
   * is expected of the stream until it has events of its own.
   */
  #successorOf(entry: StreamEntry, start: number, end: number): string | null {
    const { stream } = entry.monitor;
    if (entry.ended !== null && entry.lastEvent < entry.ended.since) return entry.ended.successor;
    const others = [...this.#streams.values()].filter(({ monitor: { stream: other }, lastEvent }) => {
      return other.role === stream.role && other.version !== stream.version && lastEvent >= start;
    });
    const last = others.reduce<StreamEntry | null>(
      (latest, each) => (latest === null || each.lastEvent > latest.lastEvent ? each : latest),
      null,
    );
    const successor = last?.monitor.stream.version ?? null;
    const ended =
      successor !== null && last !== null && last.lastEvent >= end && entry.lastEvent < start
        ? { since: start, successor }
        : null;
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
  readonly formerlyClosedTo: number;
}
