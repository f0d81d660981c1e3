import { decodeQuality, encodeQuality, QualitySketch } from '@tidemark/sketches';
import type { Summary } from '../summaries/aggregate.js';
import { binsIdOf, type Baseline } from '../model/baseline.js';
import type { DriftEvent } from '../model/drift-event.js';
import { LabelSilence, type LabelCount, type LabelSilenceSnapshot } from './label-silence.js';
import type { Monitor, QualitySettings } from '../model/monitor.js';
import { paneStart } from '../model/pane-time.js';
import { qualityEvent } from './quality-event.js';
import { QualityIncidentBoard, type QualityIncidentBoardSnapshot } from './quality-incident-board.js';
import type { QualityIncidentSnapshot } from './quality-incidents.js';
import { QualityJudge, type JudgedWindow } from './quality-judge.js';
import { qualityReferenceOf } from '../expected-quality/quality-reference-builder.js';
import type { QualityRow } from './quality-rows.js';
import { QualityWindows, type OpenQualityWindow, type QualityWindowsSnapshot } from './quality-windows.js';
import type { PaneRow } from '../windows/rows.js';
import type { StreamLimits } from '../summaries/stream-limits.js';
import { ALL_EVENTS, segmentId, type Segment, type Stream } from '../model/stream.js';
import type { QualityReference, ReferenceSegment, ReferenceWindow } from '../model/quality-reference.js';

/** What judging windows by their labels gives. */
export interface QualityOutput {
  readonly quality: QualityRow[];
  readonly events: DriftEvent[];
}

/** A stream's own beginning becomes the reference once its first windows have so many labels. */
const LEAST_REFERENCE_LABELS = 1000;

/**
 * The quality of one stream: keeps its windows open for labels, judges each as it closes and again whenever labels have come, and
 * tells what becomes of the incidents about it. Judging happens as event time passes from pane to pane, so that it depends on the
 * records and their order alone.
 */
export class QualityMonitor {
  readonly #windows: QualityWindows;
  readonly #incidents: QualityIncidentBoard;
  readonly #silence: LabelSilence;
  /** What each open window showed when it was last judged, segment by segment. */
  readonly #shown = new Map<number, readonly JudgedWindow[]>();
  #judge: QualityJudge | null = null;
  #learnt: QualityReference | null = null;
  #turnedAt = -Infinity;
  /** Names the reference that windows were last judged against. */
  #judgedBy = '';

  constructor(
    private readonly stream: Stream,
    private readonly monitor: Monitor,
    private readonly settings: QualitySettings,
    limits: StreamLimits,
    private readonly baseline: () => Baseline | null,
  ) {
    this.#windows = new QualityWindows(settings, limits);
    this.#incidents = new QualityIncidentBoard(stream, monitor.decision);
    this.#silence = new LabelSilence(stream, monitor);
  }

  /** The earliest time from which the quality of panes is needed to go on from here; null: none. */
  get neededFrom(): number | null {
    return this.#windows.neededFrom;
  }

  /** @param fresh false where it was taken in before, as after a restart. */
  take({ pane, quality }: Pick<PaneRow, 'pane'> & Pick<Summary, 'quality'>, fresh = true): void {
    if (quality !== null) this.#windows.merge(pane.segment, pane.start, quality, fresh);
  }

  noteMoved(segment: Segment, column: string, from: number, to: number): void {
    this.#windows.noteMoved(segment, column, from, to);
  }

  /** Judges what has changed since, where event time has come to a further pane. @param time up to which windows have closed. @returns whether it has. */
  turn(time: number, output: QualityOutput): boolean {
    const pane = paneStart(time, this.monitor.pane);
    if (pane <= this.#turnedAt) return false;
    this.#turnedAt = pane;
    this.#judgeUpTo(time, output);
    for (const { start } of this.#windows.expire(time)) this.#shown.delete(start);
    return true;
  }

  /** Judges every window that holds anything, as at the end of a file. */
  finish(output: QualityOutput): void {
    this.#judgeUpTo(Infinity, output);
  }

  snapshot(): QualitySnapshot {
    const { all, segments } = this.#incidents.snapshot();
    return {
      turnedAt: this.#turnedAt,
      judgedBy: this.#judgedBy,
      windows: this.#windows.snapshot(),
      incident: all,
      segmentIncidents: segments,
      silence: this.#silence.snapshot(),
      learnt: this.#learnt === null ? null : { ...this.#learnt, sketch: base64(encodeQuality(this.#learnt.sketch)) },
    };
  }

  restore({ turnedAt, judgedBy, windows, incident, segmentIncidents, silence, learnt }: QualitySnapshot): void {
    this.#turnedAt = turnedAt;
    this.#judgedBy = judgedBy;
    this.#windows.restore(windows);
    // A state of before segments were judged has none of theirs.
    this.#incidents.restore({ all: incident, segments: segmentIncidents ?? [] });
    this.#silence.restore(silence);
    if (learnt !== null) {
      this.#learnt = {
        sketch: decodeQuality(Buffer.from(learnt.sketch, 'base64')),
        windows: learnt.windows.map((window) => ({ ...window, metrics: window.metrics ?? [] })),
        segments: learnt.segments ?? [],
      };
    }
  }

  #judgeUpTo(time: number, output: QualityOutput): void {
    const { size } = this.settings.window;
    // A label of a stream that had been forgotten makes a window without the answers: that was judged when these were there.
    const all = segmentId(ALL_EVENTS);
    const closed = this.#windows.open.filter(
      ({ start, segments }) => start + size <= time && (segments.get(all)?.quality.predictions ?? 0) > 0,
    );
    this.#learn(closed);
    const judge = this.#judgeInForce();
    for (const window of closed) {
      if (!window.dirty && this.#shown.has(window.start)) continue;
      // What was judged before a restart, and has not changed since, is judged silently.
      const told = window.dirty;
      window.dirty = false;
      const judged = judge.judge(window);
      this.#shown.set(
        window.start,
        judged.map((each) => each.window),
      );
      if (told) for (const { rows } of judged) for (const row of rows) output.quality.push(row);
    }
    this.#observe(closed, output);
    if (!Number.isFinite(time)) return;
    const counts = closed.map(({ start, segments }): LabelCount => {
      const { predictions, labels } = segments.get(all)!.quality;
      return { start, end: start + size, predictions, labels };
    });
    for (const event of this.#silence.observe(counts, time, this.baseline()?.id ?? null)) output.events.push(event);
  }

  #observe(closed: readonly OpenQualityWindow[], output: QualityOutput): void {
    const shown = closed.map(({ start }) => this.#shown.get(start) ?? []);
    for (const { change, window, findings } of this.#incidents.observe(shown)) {
      output.events.push(
        qualityEvent(this.stream, this.monitor, this.settings, change, window, findings, this.baseline()),
      );
    }
  }

  #judgeInForce(): QualityJudge {
    const inForce = this.baseline();
    const baselineId = inForce?.id ?? null;
    const published = inForce?.quality ?? null;
    const reference = published ?? this.#learnt;
    if (this.#judge?.reference === reference && this.#judge.baselineId === baselineId) return this.#judge;
    this.#judge = new QualityJudge(this.stream, this.settings, reference, baselineId);
    const source = reference === null ? 'none' : published === null ? 'learnt' : 'baseline';
    const judgedBy = `${inForce === null ? null : binsIdOf(inForce)}/${source}`;
    // A restart makes another judge, but not another judgement.
    if (judgedBy !== this.#judgedBy) {
      this.#shown.clear();
      for (const window of this.#windows.open) window.dirty = true;
    }
    this.#judgedBy = judgedBy;
    return this.#judge;
  }

  /** Without a baseline that has labels, the first windows that have enough are the reference; the newest still gathers its own. */
  #learn(closed: readonly OpenQualityWindow[]): void {
    if (this.#learnt !== null || (this.baseline()?.quality ?? null) !== null) return;
    const all = segmentId(ALL_EVENTS);
    const labelled = closed.filter(
      ({ segments }) => (segments.get(all)?.quality.labels ?? 0) >= this.settings.minimumLabels,
    );
    const sum = QualitySketch.empty();
    const windows: { start: number; sketch: QualitySketch }[] = [];
    const slices = new Map<string, { readonly segment: Segment; readonly sketch: QualitySketch }>();
    for (const { start, segments } of labelled.slice(0, -1)) {
      const sketch = segments.get(all)!.quality;
      sum.merge(sketch);
      windows.push({ start, sketch });
      for (const [id, { segment, quality }] of segments) {
        if (id === all) continue;
        const slice = slices.get(id) ?? { segment, sketch: QualitySketch.empty() };
        slice.sketch.merge(quality);
        slices.set(id, slice);
      }
      if (sum.labels >= LEAST_REFERENCE_LABELS) {
        this.#learnt = qualityReferenceOf(sum, windows, this.settings.positive, [...slices.values()]);
        return;
      }
    }
  }
}

/** A learnt reference; one of before other metrics and segments were judged has none of them. */
interface LearntSnapshot {
  readonly sketch: string;
  readonly windows: readonly (Omit<ReferenceWindow, 'metrics'> & Partial<Pick<ReferenceWindow, 'metrics'>>)[];
  readonly segments?: readonly ReferenceSegment[];
}

export interface QualitySnapshot {
  readonly turnedAt: number;
  readonly judgedBy: string;
  readonly windows: QualityWindowsSnapshot;
  readonly incident: QualityIncidentSnapshot;
  readonly segmentIncidents?: QualityIncidentBoardSnapshot['segments'];
  readonly silence: LabelSilenceSnapshot;
  readonly learnt: LearntSnapshot | null;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
