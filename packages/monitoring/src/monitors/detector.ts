import type { BaselineRenewal } from '../baselines/baseline-renewal.js';
import type { NeededPanes } from '../windows/needed-panes.js';
import { OpenPanes } from '../windows/open-panes.js';
import type { SketchPartial, SourceWatermark } from '../summaries/partial.js';
import type { PaneRow } from '../windows/rows.js';
import { StreamMonitor, type StreamOutput, type StreamSnapshot } from './stream-monitor.js';
import { streamId, type Stream } from '../model/stream.js';
import { WatermarkTracker, type WatermarkSnapshot } from '../windows/watermarks.js';
import type { Pane } from '../model/pane.js';
import type { StreamKnowledge } from '../model/stream-knowledge.js';

/** What has come of the partials since the last drain, to be written before more are taken. */
export interface DetectorOutput extends StreamOutput {
  readonly panes: PaneRow[];
}

/** What the names of late parts begin with. */
export const LATE_PART = 'late-';

const SEVEN_DAYS = 7 * 24 * 3_600_000;

function emptyOutput(): DetectorOutput {
  return { panes: [], windows: [], quality: [], events: [], baselines: [] };
}

/**
 * Merges the partials of one partition into panes, closes panes and windows as the watermark passes them, and judges the
 * windows. A function of the records in their order and nothing else: the same partition read again gives the same output.
 *
 * A pane closes `allowedLateness` after its end. A partial that comes later goes out at once as a further part of its pane,
 * named after its offset, so that read again it is the same part.
 */
export class Detector {
  readonly #streams = new Map<string, StreamMonitor>();
  readonly #lastEvent = new Map<string, number>();
  readonly #panes = new Map<string, OpenPanes>();
  #watermarks = new WatermarkTracker();
  #output = emptyOutput();
  #position = 0;
  /** Records before it have been accounted for by an earlier run, but for the panes that were open then. */
  #resumeAt = 0;

  constructor(
    private readonly partition: number,
    private readonly knowledge: StreamKnowledge,
  ) {}

  /** Milliseconds since the epoch; -Infinity until all source partitions have been heard from. */
  get watermark(): number {
    return this.#watermarks.current;
  }

  get openPanes(): number {
    let panes = 0;
    for (const { size } of this.#panes.values()) panes += size;
    return panes;
  }

  /** The offset from which a successor must read: that of the oldest record that an open pane rests on. */
  get oldestNeeded(): number {
    let oldest = this.#position;
    for (const { firstOffset } of this.#panes.values()) oldest = Math.min(oldest, firstOffset);
    return oldest;
  }

  takePartial(offset: number, partial: SketchPartial): void {
    this.#position = offset + 1;
    const { pane } = partial;
    const monitor = this.#monitorOf(pane.stream);
    const closed = pane.start + pane.size + monitor.monitor.allowedLateness <= this.#watermarks.current;
    if (closed && offset < this.#resumeAt) return;
    // An outcome has no event of its own: its stream lives at least since the pane.
    this.#noteEventTime(pane.stream, Math.max(pane.start, partial.maxEventTime));
    if (closed) {
      const row = { ...partial, part: `${LATE_PART}${this.partition}-${offset}` };
      this.#output.panes.push(row);
      // Too late for its pane, but perhaps not for the longer windows that the pane is in.
      monitor.take(row, this.#output);
      if (partial.overflow.length > 0) monitor.noteOverflow(pane, row, partial.overflow, this.#output);
      return;
    }
    const key = `${streamId(pane.stream)}\u0001${pane.start}`;
    let open = this.#panes.get(key);
    if (open === undefined) this.#panes.set(key, (open = new OpenPanes(pane, monitor.limits)));
    open.take(offset, partial);
  }

  takeWatermark(offset: number, watermark: SourceWatermark): void {
    this.#position = offset + 1;
    if (offset < this.#resumeAt) return;
    const before = this.#watermarks.current;
    this.#watermarks.observe(watermark);
    if (this.#watermarks.current === before) return;
    this.#closePanes((pane, lateness) => pane.start + pane.size + lateness <= this.#watermarks.current);
    for (const monitor of this.#streams.values()) this.#closeWindows(monitor);
    this.#retire();
  }

  /**
   * The baselines that are due to be renewed. Nothing may be taken while there are any: its panes are to be given to
   * each, those that the last drains gave out included, and then it to `renew`.
   */
  get renewals(): BaselineRenewal[] {
    return [...this.#streams.values()].flatMap(({ renewal }) => renewal ?? []);
  }

  /** Gives a pane to a renewal. A late part is left out that a predecessor wrote of a record that is to be read again. */
  giveTo(renewal: BaselineRenewal, row: PaneRow): void {
    if (!isLaterThan(row, this.#position)) renewal.take(row);
  }

  /** Goes on with a baseline that has been made. */
  renew(renewal: BaselineRenewal): void {
    const monitor = this.#monitorOf(renewal.stream);
    monitor.renew(renewal, this.#output);
    this.#closeWindows(monitor);
  }

  /** Closes every pane and window that holds anything, as at the end of a file. Nothing may be taken after it. */
  finish(): void {
    this.#closePanes(() => true);
    for (const monitor of this.#streams.values()) monitor.finish(this.#output);
  }

  /** What has been closed since the last drain. It must be written before `snapshot` is. */
  drain(): DetectorOutput {
    const output = this.#output;
    this.#output = emptyOutput();
    return output;
  }

  snapshot(): DetectorSnapshot {
    return {
      position: this.#position,
      watermarks: this.#watermarks.snapshot(),
      lastEvents: [...this.#lastEvent],
      streams: [...this.#streams.values()].map((monitor) => monitor.snapshot()),
    };
  }

  /** Goes on from a snapshot. The panes it gives must be taken in before any record; records are read from `oldestNeeded` on. */
  restore(snapshot: DetectorSnapshot): NeededPanes[] {
    this.#position = snapshot.position;
    this.#resumeAt = snapshot.position;
    this.#watermarks = WatermarkTracker.restore(snapshot.watermarks);
    for (const [stream, time] of snapshot.lastEvents) this.#lastEvent.set(stream, time);
    return snapshot.streams.flatMap((stream) => {
      const monitor = this.#monitorOf(stream.stream);
      monitor.restore(stream);
      const { pane, allowedLateness } = monitor.monitor;
      const to = Math.floor((this.#watermarks.current - allowedLateness) / pane) * pane;
      const needed = (from: number | null, quality: boolean): NeededPanes[] =>
        from !== null && to > from ? [{ stream: stream.stream, from, to, paneSize: pane, quality }] : [];
      return [...needed(stream.neededFrom, false), ...needed(stream.qualityNeededFrom ?? null, true)];
    });
  }

  /**
   * Takes in a part of a pane that closed before the restart; in the order of their starts. A late part whose record is to be read
   * again is left out: a predecessor wrote it, but crashed before that counted.
   */
  takeClosedPane(row: PaneRow): void {
    if (isLaterThan(row, this.#resumeAt)) return;
    this.#monitorOf(row.pane.stream).take(row, emptyOutput(), false);
  }

  #closePanes(passed: (pane: Pane, allowedLateness: number) => boolean): void {
    const closed: [string, OpenPanes][] = [];
    for (const entry of this.#panes) {
      const { pane } = entry[1];
      if (passed(pane, this.#monitorOf(pane.stream).monitor.allowedLateness)) closed.push(entry);
    }
    closed.sort(([a, { pane: p }], [b, { pane: q }]) => p.start - q.start || (a < b ? -1 : 1));
    for (const [key, open] of closed) {
      this.#panes.delete(key);
      const monitor = this.#monitorOf(open.pane.stream);
      const { rows, overflow } = open.close();
      for (const row of rows) {
        this.#output.panes.push(row);
        monitor.take(row, this.#output);
      }
      const all = rows.find(({ pane }) => pane.segment.dimension === '');
      if (all !== undefined) monitor.noteOverflow(open.pane, all, overflow.list, this.#output);
    }
  }

  #closeWindows(monitor: StreamMonitor): void {
    const time = this.#watermarks.current - monitor.monitor.allowedLateness;
    monitor.closeWindows(time, (since) => this.#superseded(monitor.stream, since), this.#output);
  }

  #monitorOf(stream: Stream): StreamMonitor {
    const key = streamId(stream);
    let monitor = this.#streams.get(key);
    if (monitor === undefined) {
      monitor = new StreamMonitor(stream, this.knowledge.monitorOf(stream), () => this.knowledge.baselineOf(stream));
      this.#streams.set(key, monitor);
    }
    return monitor;
  }

  /** Forgets streams that have been without events for long: seven days, ten of their longest windows, or as long as labels are waited for. */
  #retire(): void {
    for (const [key, { monitor }] of this.#streams) {
      const labels = monitor.quality === null ? 0 : monitor.quality.window.size + monitor.quality.labelWait;
      const keepFor = Math.max(SEVEN_DAYS, labels, 10 * Math.max(...monitor.windows.map(({ size }) => size)));
      const last = this.#lastEvent.get(key);
      if (last === undefined || last + keepFor > this.#watermarks.current) continue;
      this.#streams.delete(key);
      this.#lastEvent.delete(key);
    }
  }

  #noteEventTime(stream: Stream, time: number): void {
    const key = streamId(stream);
    this.#lastEvent.set(key, Math.max(this.#lastEvent.get(key) ?? -Infinity, time));
  }

  /** Whether another version of the model has served in the same role since a time. */
  #superseded(stream: Stream, since: number): boolean {
    for (const { stream: other } of this.#streams.values()) {
      if (other.model !== stream.model || other.role !== stream.role || other.version === stream.version) continue;
      if ((this.#lastEvent.get(streamId(other)) ?? -Infinity) >= since) return true;
    }
    return false;
  }
}

/** Whether a row is the late part that comes of a record at an offset or beyond. */
function isLaterThan({ part }: PaneRow, offset: number): boolean {
  const late = /^late-\d+-(\d+)$/.exec(part);
  return late !== null && Number(late[1]) >= offset;
}

/** What the detector must know to go on after a restart, but for what it can read again. */
export interface DetectorSnapshot {
  readonly position: number;
  readonly watermarks: WatermarkSnapshot;
  readonly lastEvents: readonly (readonly [string, number])[];
  readonly streams: readonly StreamSnapshot[];
}
