import type { Steps } from '@tidemark/statistics';
import type { Summary } from '../summaries/aggregate.js';
import { adoptedEvent, adoptionEvent } from '../incidents/baseline-events.js';
import type { BaselineRenewal } from '../baselines/baseline-renewal.js';
import { binsIdOf, type Baseline } from '../model/baseline.js';
import type { DriftEvent } from '../model/drift-event.js';
import { IncidentBoard } from '../incidents/incident-board.js';
import { unseenEvent } from '../incidents/incident-event.js';
import { DependenceWatch } from './dependence-watch.js';
import type { Monitor } from '../model/monitor.js';
import { MuteBoard } from '../incidents/mutes.js';
import { QualityMonitor } from '../quality/quality-monitor.js';
import type { QualityRow } from '../quality/quality-rows.js';
import type { PaneRow, WindowRow } from '../windows/rows.js';
import type { Overflow } from '../summaries/overflow.js';
import { OverflowWatch, overflowingCategories } from '../incidents/overflow-watch.js';
import { UnjudgedWatch } from '../incidents/unjudged-watch.js';
import { StreamLimits } from '../summaries/stream-limits.js';
import { SilenceWatch } from '../incidents/silence.js';
import type { Stream } from '../model/stream.js';
import { EmbeddingWatch } from './embedding-watch.js';
import { WindowJudge } from './window-judge.js';
import { WindowHistory, type WindowHistorySnapshot } from '../evidence/columns/window-history.js';
import { WindowSeries, type ClosedWindow } from '../windows/window-series.js';
import type { Pane } from '../model/pane.js';
import type { Horizon } from '../windows/horizon.js';
import { StreamBaseline } from './stream-baseline.js';
import type { AnswerControl } from '../control/control.js';
import { IncidentAnswers } from '../incidents/incident-answers.js';
import type { Mute } from '../model/monitor.js';
import type { ModelSilence } from '../incidents/model-silence.js';
import { forWindows, type StreamSnapshot } from './stream-snapshot.js';
import type { NeededPanes } from '../windows/needed-panes.js';

/** What a stream's closed panes and windows give. */
export interface StreamOutput {
  readonly windows: WindowRow[];
  readonly quality: QualityRow[];
  readonly events: DriftEvent[];
  readonly baselines: Baseline[];
}

/** Which version has taken the place of a stream by a window: its start and end in milliseconds since the epoch; null: none has. */
type SuccessorOf = (start: number, end: number) => string | null;

/** Beyond those that it takes an incident to resolve, so many empty windows in a row are judged before a gap is passed over. */
const EMPTY_WINDOWS = 3;

/** Everything the detector keeps of one stream, but its open panes: windows of every horizon, incidents, what it is learning. */
export class StreamMonitor {
  /** What the stream's panes and windows are held to. */
  readonly limits: StreamLimits;
  readonly #overflow: OverflowWatch;
  readonly #unjudged: UnjudgedWatch;
  readonly #series: readonly WindowSeries[];
  readonly #board: IncidentBoard;
  readonly #history = new WindowHistory();
  readonly #judge: WindowJudge;
  readonly #joint: DependenceWatch;
  readonly #vectors: EmbeddingWatch;
  readonly #silence: SilenceWatch;
  readonly #mutes: MuteBoard;
  readonly #answers = new IncidentAnswers();
  /** Null where quality is not measured. */
  readonly #quality: QualityMonitor | null;
  /** The history of before a restart, until the baseline is known in whose bins it is. */
  #remembered: WindowHistorySnapshot | null = null;
  readonly #baseline: StreamBaseline;
  /** Where the last pane of each size ended that was taken in: the monitor's size may change. Milliseconds, and since the epoch. */
  readonly #paneSizes = new Map<number, number>();
  #revision = 0;

  constructor(
    readonly stream: Stream,
    readonly monitor: Monitor,
    /** The published baseline in force, or null. */
    published: () => Baseline | null,
    /** Mutes in force beside those of the monitor. */
    mutes: () => readonly Mute[] = () => [],
    /** The silences of the model: they are told of together. */
    silences?: ModelSilence,
  ) {
    this.limits = new StreamLimits(monitor, published);
    this.#overflow = new OverflowWatch(stream, monitor);
    this.#unjudged = new UnjudgedWatch(stream, monitor);
    this.#series = monitor.windows.map(
      (window) => new WindowSeries(window, monitor.decision.minimumEvents, this.limits),
    );
    this.#board = new IncidentBoard(stream, monitor.decision, Math.max(...monitor.windows.map(({ size }) => size)));
    this.#judge = new WindowJudge(stream, monitor, this.#board, this.#history);
    this.#joint = new DependenceWatch(stream, monitor, this.#board);
    this.#vectors = new EmbeddingWatch(stream, monitor, this.#board);
    this.#silence = new SilenceWatch(stream, monitor.decision, silences);
    this.#mutes = new MuteBoard(monitor.mutes, monitor.decision.resolveAfter, mutes);
    this.#baseline = new StreamBaseline(stream, monitor, published, mutes);
    const { quality } = monitor;
    const inForce = (): Baseline | null => this.#baseline.inForce;
    this.#quality = quality === null ? null : new QualityMonitor(stream, monitor, quality, this.limits, inForce);
  }

  /** Grows whenever the snapshot may have changed. */
  get revision(): number {
    return this.#revision;
  }

  /**
   * Takes in a pane that has closed; or, after a restart, one that closed before it.
   *
   * @param fresh false where it was taken in before the restart.
   */
  take(pane: Pick<PaneRow, 'pane' | 'part'> & Summary, output: StreamOutput, fresh = true): void {
    this.#revision++;
    this.#quality?.take(pane, fresh);
    const { segment, start, size } = pane.pane;
    this.#paneSizes.set(size, Math.max(this.#paneSizes.get(size) ?? -Infinity, start + size));
    // Outcomes alone are about windows that may long be over: they neither begin a series nor a baseline.
    if (pane.events === 0 && [...pane.columns].length === 0) return;
    this.#baseline.take(pane, fresh, output);
    const { events, minEventTime, maxEventTime, columns, joint, vectors } = pane;
    const inputs = { events, minEventTime, maxEventTime, columns, joint, quality: null, vectors };
    for (const series of this.#series) series.merge(segment, start, size, inputs);
  }

  /** Tells, the first time, what exceeded its limit in a pane. */
  noteOverflow(pane: Pane, all: Summary, overflow: readonly Overflow[], output: StreamOutput): void {
    this.#revision++;
    const baseline = this.#baseline.inForce;
    const over = [...overflow, ...overflowingCategories(all.columns, baseline)];
    for (const event of this.#overflow.observe(pane, all.events, over, baseline)) output.events.push(event);
  }

  /**
   * Closes every window that ends at or before a time; only up to when the baseline is due to be renewed, where it is: then `renewal`
   * stands, and this is to be called again once it has been given to `renew`. Yields after each piece of work.
   *
   * @param successorOf the version that has taken over by a window without events, and null where none has; null: silence is not watched.
   */
  *closeWindows(time: number, successorOf: SuccessorOf | null, output: StreamOutput): Steps {
    for (;;) {
      const next = this.#baseline.nextDue;
      const due = this.#baseline.dueBy(time);
      if (this.#baseline.nextDue !== next) this.#revision++;
      yield* this.#closeUpTo(due ?? time, successorOf, output);
      if (due === null) break;
      this.#revision++;
      if (this.#baseline.begin(due, this.#board.open) !== null) return;
    }
    if (this.#quality?.turn(time, output)) this.#revision++;
  }

  /** The baseline that is to be made before windows go on being closed; null: none. */
  get renewal(): BaselineRenewal | null {
    return this.#baseline.renewal;
  }

  /** Takes in a baseline that has been made, and is in force from now on, where there was enough to make it of. */
  renew(renewal: BaselineRenewal, output: StreamOutput): void {
    this.#revision++;
    const { at, adopts } = renewal.plan;
    const baseline = this.#baseline.renew(renewal, output);
    if (baseline === null || !adopts) return;
    const adopted = this.#board.clear();
    output.events.push(adoptionEvent(this.stream, baseline, adopted.length));
    const over = adopted.map((each) => adoptedEvent(this.stream, baseline, at, each, this.monitor.decision.notifyFrom));
    for (const event of this.#mutes.apply(over)) output.events.push(event);
  }

  /** Takes note of an event of the stream. @returns the event as it goes out: one of an incident that somebody takes care of is not sent. */
  answered(event: DriftEvent): DriftEvent {
    this.#revision++;
    return this.#answers.apply(event);
  }

  /** What somebody says of an incident; passed over where it is not open here. */
  takeAnswer(control: AnswerControl): void {
    const { incidentId } = control;
    const known =
      control.kind === 'feedback'
        ? this.#answers.answer(incidentId, control.answer)
        : this.#answers.acknowledge(incidentId, control.by);
    if (known) this.#revision++;
  }

  /** A baseline was published: it is in force, whatever was learnt or renewed before. */
  notePublished(): void {
    this.#revision++;
    this.#baseline.forgetOwn();
  }

  /** Closes every window that holds anything; an end of the data is no silence. */
  *finish(output: StreamOutput): Steps {
    this.#revision++;
    for (const [index, series] of this.#series.entries()) {
      for (let closed = this.#close(series, series.end); closed !== null; closed = this.#close(series, series.end)) {
        yield* this.#judgeWindow(closed, { index, size: series.settings.size }, output);
      }
    }
    this.#quality?.finish(output);
  }

  /** The earliest time from which closed panes must be taken in again after a restart; null: none. */
  get neededFrom(): number | null {
    const times = [...this.#series.map((series) => series.neededFrom), this.#baseline.neededFrom];
    const known = times.filter((time) => time !== null);
    return known.length === 0 ? null : Math.min(...known);
  }

  /** The earliest time from which the quality of panes must be; null: none. */
  get qualityNeededFrom(): number | null {
    return this.#quality?.neededFrom ?? null;
  }

  snapshot(): StreamSnapshot {
    const renewals = this.#baseline.snapshot();
    return {
      stream: this.stream,
      neededFrom: this.neededFrom,
      learnsFrom: this.#baseline.neededFrom,
      qualityNeededFrom: this.qualityNeededFrom,
      paneSizes: this.#neededSizes(),
      windows: this.monitor.windows,
      series: this.#series.map((series) => series.snapshot()),
      incidents: this.#board.snapshot(),
      history: this.#remembered ?? this.#history.snapshot(),
      joint: this.#joint.snapshot(),
      vectors: this.#vectors.snapshot(),
      silence: this.#silence.snapshot(),
      mutes: this.#mutes.snapshot(),
      overflow: this.#overflow.snapshot(),
      unjudged: this.#unjudged.snapshot(),
      answers: this.#answers.snapshot(),
      ...(renewals === null ? {} : { renewals }),
      ...(this.#quality === null ? {} : { quality: this.#quality.snapshot() }),
    };
  }

  /**
   * Goes on from a snapshot. Windows that the monitor did not have then begin with those that were not over.
   *
   * @param closedTo panes that end by then have closed, milliseconds since the epoch.
   * @returns the closed panes that it must be given before anything else.
   */
  restore(stored: StreamSnapshot, closedTo: number): NeededPanes[] {
    const snapshot = forWindows(stored, this.monitor.windows);
    const began = stored.series.some((series) => series !== null && series.next !== null);
    this.#series.forEach((series, index) => {
      const known = snapshot.series[index];
      if (known !== null) series.restore(known);
      else if (began && closedTo > -Infinity) series.beginAfter(closedTo);
    });
    for (const [size, end] of snapshot.paneSizes ?? []) this.#paneSizes.set(size, end);
    this.#board.restore(snapshot.incidents);
    this.#remembered = snapshot.history;
    // A state of before columns were watched together, or vectors at all, has none.
    if (snapshot.joint !== undefined) this.#joint.restore(snapshot.joint);
    if (snapshot.vectors !== undefined) this.#vectors.restore(snapshot.vectors);
    this.#mutes.restore(snapshot.mutes ?? []);
    this.#silence.restore(snapshot.silence);
    // A state of before there were limits has none.
    this.#overflow.restore(snapshot.overflow ?? []);
    // Nor of before it was told what is not judged.
    this.#unjudged.restore(snapshot.unjudged ?? []);
    // Nor of before people could answer.
    this.#answers.restore(snapshot.answers ?? []);
    // Nor of before baselines rolled, nor of before quality was measured.
    if (snapshot.renewals !== undefined) this.#baseline.restore(snapshot.renewals);
    if (snapshot.quality !== undefined) this.#quality?.restore(snapshot.quality);
    return this.#neededPanes(snapshot, closedTo);
  }

  #neededPanes({ learnsFrom, neededFrom, qualityNeededFrom = null }: StreamSnapshot, closedTo: number): NeededPanes[] {
    const learns = learnsFrom === undefined ? neededFrom : learnsFrom;
    const from = Math.min(this.neededFrom ?? Infinity, learns ?? Infinity);
    const sizes = new Set([this.monitor.pane, ...this.#paneSizes.keys()]);
    return [...sizes].flatMap((paneSize): NeededPanes[] => {
      const needed = { stream: this.stream, to: Math.floor(closedTo / paneSize) * paneSize, paneSize };
      const inputs = needed.to > from ? [{ ...needed, from, quality: false }] : [];
      const ofQuality = this.#quality === null ? null : qualityNeededFrom;
      const quality =
        ofQuality !== null && needed.to > ofQuality ? [{ ...needed, from: ofQuality, quality: true }] : [];
      return [...inputs, ...quality];
    });
  }

  #neededSizes(): [size: number, end: number][] {
    const from = Math.min(this.neededFrom ?? Infinity, this.qualityNeededFrom ?? Infinity);
    for (const [size, end] of this.#paneSizes) if (end <= from) this.#paneSizes.delete(size);
    return [...this.#paneSizes];
  }

  /** In the order of their ends, those that end together as the monitor has them: whatever steps event time takes, what they show is the same. */
  *#closeUpTo(time: number, successorOf: SuccessorOf | null, output: StreamOutput): Steps {
    for (let index = this.#nextToClose(time); index !== null; index = this.#nextToClose(time)) {
      const series = this.#series[index];
      const closed = this.#close(series, time);
      if (closed === null) break;
      const horizon = { index, size: series.settings.size };
      yield* this.#judgeWindow(closed, horizon, output);
      if (successorOf === null) continue;
      const all = closed.segments.find(({ segment }) => segment.dimension === '')?.aggregate.events ?? 0;
      const successor = successorOf(closed.start, closed.start + horizon.size);
      const silence = this.#silence.observe(horizon, closed.start, all, successor, this.#baseline.inForce);
      if (silence !== null) output.events.push(...this.#mutes.apply([silence]));
    }
  }

  /** The place among the monitor's windows of the one that ends first, by a time; null: none does. */
  #nextToClose(time: number): number | null {
    let first: number | null = null;
    let least = Infinity;
    this.#series.forEach(({ nextEnd }, index) => {
      if (nextEnd === null || nextEnd > time || nextEnd >= least) return;
      [first, least] = [index, nextEnd];
    });
    return first;
  }

  #close(series: WindowSeries, time: number): ClosedWindow | null {
    const closed = series.close(time, EMPTY_WINDOWS + this.monitor.decision.resolveAfter);
    if (closed !== null) this.#revision++;
    return closed;
  }

  *#judgeWindow(closed: ClosedWindow, horizon: Horizon, output: StreamOutput): Steps {
    const baseline = this.#baseline.inForce;
    if (this.#remembered !== null && baseline !== null) {
      this.#history.restore(this.#remembered, binsIdOf(baseline), baseline.columns);
      this.#remembered = null;
    }
    const end = closed.start + horizon.size;
    this.#board.turn(end);
    const joint = baseline === null ? null : yield* this.#joint.observe(closed, horizon, baseline);
    const found: DriftEvent[] = joint?.event ? [joint.event] : [];
    yield;
    if (baseline !== null) found.push(...(yield* this.#vectors.observe(closed, horizon, baseline)));
    yield;
    const { rows, events } = yield* this.#judge.judge(closed, horizon, baseline, joint?.severity ?? null);
    for (const row of rows) output.windows.push(row);
    const { decision } = this.monitor;
    const unseen = this.#board.forgetUnseen().map((incident) => {
      return unseenEvent(this.stream, incident, baseline?.id ?? null, { start: closed.start, end }, decision);
    });
    const all = [...found, ...events, ...unseen];
    this.#baseline.noteEvents(all);
    for (const event of this.#mutes.apply(all)) output.events.push(event);
    for (const event of this.#mutes.overdue(closed.start, end)) output.events.push(event);
    const window = this.monitor.windows[horizon.index];
    for (const event of this.#unjudged.observe(window, end, closed.unjudged)) output.events.push(event);
    this.#noteMoved(rows, horizon);
    yield;
  }

  /** What the windows show of the inputs is evidence about quality. A window longer than those of quality tells nothing of them singly. */
  #noteMoved(rows: readonly WindowRow[], { size }: Horizon): void {
    const { quality, windows } = this.monitor;
    if (this.#quality === null || quality === null) return;
    if (size > quality.window.size && windows.some((window) => window.size <= quality.window.size)) return;
    for (const { severity, column, segment, windowStart } of rows) {
      if (severity !== null) this.#quality.noteMoved(segment, column, windowStart, windowStart + size);
    }
  }
}
