import type { Summary } from '../summaries/aggregate.js';
import { adoptedEvent, adoptionEvent, learntEvent } from '../incidents/baseline-events.js';
import { BaselineLearner } from '../baselines/baseline-learner.js';
import { BaselineRenewal } from '../baselines/baseline-renewal.js';
import { RenewalSchedule, type RenewalSnapshot } from '../baselines/renewal-schedule.js';
import { binsIdOf, type Baseline } from '../model/baseline.js';
import type { DriftEvent } from '../model/drift-event.js';
import { IncidentBoard, type IncidentBoardSnapshot } from '../incidents/incident-board.js';
import { unseenEvent } from '../incidents/incident-event.js';
import type { JointHistorySnapshot } from '../evidence/dependence/joint-history.js';
import { JointLearner } from '../baselines/joint-learner.js';
import { JointWatch } from './joint-watch.js';
import type { Monitor } from '../model/monitor.js';
import { MuteBoard, type MuteSnapshot } from '../incidents/mutes.js';
import { QualityMonitor, type QualitySnapshot } from '../quality/quality-monitor.js';
import type { QualityRow } from '../quality/quality-rows.js';
import type { PaneRow, WindowRow } from '../windows/rows.js';
import type { Overflow } from '../summaries/overflow.js';
import { OverflowWatch, overflowingCategories, type OverflowWatchSnapshot } from '../incidents/overflow-watch.js';
import { StreamLimits } from '../summaries/stream-limits.js';
import { SilenceWatch, type SilenceSnapshot } from '../incidents/silence.js';
import type { Stream } from '../model/stream.js';
import { VectorWatch, type VectorWatchSnapshot } from './vector-watch.js';
import { WindowJudge } from './window-judge.js';
import { WindowHistory, type WindowHistorySnapshot } from '../evidence/columns/window-history.js';
import { WindowSeries, type ClosedWindow, type WindowSeriesSnapshot } from '../windows/window-series.js';
import type { Pane } from '../model/pane.js';
import type { Horizon } from '../windows/horizon.js';

/** What a stream's closed panes and windows give. */
export interface StreamOutput {
  readonly windows: WindowRow[];
  readonly quality: QualityRow[];
  readonly events: DriftEvent[];
  readonly baselines: Baseline[];
}

/** Beyond those that it takes an incident to resolve, so many empty windows in a row are judged before a gap is passed over. */
const EMPTY_WINDOWS = 3;

/** Everything the detector keeps of one stream, but its open panes: windows of every horizon, incidents, what it is learning. */
export class StreamMonitor {
  /** What the stream's panes and windows are held to. */
  readonly limits: StreamLimits;
  readonly #overflow: OverflowWatch;
  readonly #series: readonly WindowSeries[];
  readonly #board: IncidentBoard;
  readonly #history = new WindowHistory();
  readonly #judge: WindowJudge;
  readonly #joint: JointWatch;
  readonly #vectors: VectorWatch;
  readonly #silence: SilenceWatch;
  readonly #mutes: MuteBoard;
  /** Null where quality is not measured. */
  readonly #quality: QualityMonitor | null;
  /** The history of before a restart, until the baseline is known in whose bins it is. */
  #remembered: WindowHistorySnapshot | null = null;
  #learner: BaselineLearner | null = null;
  #learnt: Baseline | null = null;
  /** Completes a learnt baseline. */
  #jointLearner: JointLearner | null = null;
  /** Null where the baseline does not roll, and for shadows and canaries: the champion's is theirs too. */
  readonly #renewals: RenewalSchedule | null;
  #renewal: BaselineRenewal | null = null;
  /** The last one made of what followed another, until it is heard of as published. */
  #renewed: Baseline | null = null;

  constructor(
    readonly stream: Stream,
    readonly monitor: Monitor,
    /** The published baseline in force, or null. */
    private readonly published: () => Baseline | null,
  ) {
    this.limits = new StreamLimits(monitor, published);
    this.#overflow = new OverflowWatch(stream, monitor);
    this.#series = monitor.windows.map(
      (window) => new WindowSeries(window, monitor.decision.minimumEvents, this.limits),
    );
    this.#board = new IncidentBoard(stream, monitor.decision, Math.max(...monitor.windows.map(({ size }) => size)));
    this.#judge = new WindowJudge(stream, monitor, this.#board, this.#history);
    this.#joint = new JointWatch(stream, monitor, this.#board);
    this.#vectors = new VectorWatch(stream, monitor, this.#board);
    this.#silence = new SilenceWatch(stream, monitor.decision);
    this.#mutes = new MuteBoard(monitor.mutes, monitor.decision.resolveAfter);
    const { quality, baseline } = monitor;
    const rolls = baseline.from === 'rolling' && stream.role === 'champion';
    this.#renewals = rolls ? new RenewalSchedule(stream, monitor, baseline) : null;
    this.#quality =
      quality === null ? null : new QualityMonitor(stream, monitor, quality, this.limits, () => this.#baseline());
  }

  /**
   * Takes in a pane that has closed; or, after a restart, one that closed before it.
   *
   * @param fresh false where it was taken in before the restart.
   */
  take(pane: Pick<PaneRow, 'pane'> & Summary, output: StreamOutput, fresh = true): void {
    this.#quality?.take(pane, fresh);
    const { segment, start, size } = pane.pane;
    // Outcomes alone are about windows that may long be over: they neither begin a series nor a baseline.
    if (pane.events === 0 && [...pane.columns].length === 0) return;
    this.#renewals?.notePane(start, start + size);
    this.#learn(pane, fresh, output);
    const { events, minEventTime, maxEventTime, columns, joint, vectors } = pane;
    const inputs = { events, minEventTime, maxEventTime, columns, joint, quality: null, vectors };
    for (const series of this.#series) series.merge(segment, start, size, inputs);
  }

  /** Tells, the first time, what exceeded its limit in a pane. */
  noteOverflow(pane: Pane, all: Summary, overflow: readonly Overflow[], output: StreamOutput): void {
    const baseline = this.#baseline();
    const over = [...overflow, ...overflowingCategories(all.columns, baseline)];
    for (const event of this.#overflow.observe(pane, all.events, over, baseline)) output.events.push(event);
  }

  /**
   * Closes every window that ends at or before a time; only up to when the baseline is due to be renewed, where it is: then `renewal`
   * stands, and this is to be called again once it has been given to `renew`.
   *
   * @param supersededSince whether another version has taken over since a time.
   */
  closeWindows(time: number, supersededSince: (start: number) => boolean, output: StreamOutput): void {
    for (;;) {
      const due = this.#renewals?.dueBy(time) ?? null;
      this.#closeUpTo(due ?? time, supersededSince, output);
      if (due === null) break;
      this.#renewal = this.#renewalAt(due);
      if (this.#renewal !== null) return;
      this.#renewals?.settle(due);
    }
    this.#quality?.turn(time, output);
  }

  /** The baseline that is to be made before windows go on being closed; null: none. */
  get renewal(): BaselineRenewal | null {
    return this.#renewal;
  }

  /** Takes in a baseline that has been made, and is in force from now on, where there was enough to make it of. */
  renew(renewal: BaselineRenewal, output: StreamOutput): void {
    const { at, from, adopts } = renewal.plan;
    const baseline = renewal.build();
    this.#renewals?.settle(at);
    this.#renewal = null;
    if (baseline === null) return;
    this.#renewed = baseline;
    output.baselines.push(baseline);
    if (!adopts) return;
    this.#renewals?.adopt(from);
    const adopted = this.#board.clear();
    output.events.push(adoptionEvent(this.stream, baseline, adopted.length));
    const over = adopted.map((each) => adoptedEvent(this.stream, baseline, at, each, this.monitor.decision.notifyFrom));
    for (const event of this.#mutes.apply(over)) output.events.push(event);
  }

  /** Closes every window that holds anything; an end of the data is no silence. */
  finish(output: StreamOutput): void {
    this.#series.forEach((series, index) => {
      for (let closed = this.#close(series, series.end); closed !== null; closed = this.#close(series, series.end)) {
        this.#judgeWindow(closed, { index, size: series.settings.size }, output);
      }
    });
    this.#quality?.finish(output);
  }

  /** The earliest time from which closed panes must be taken in again after a restart; null: none. */
  get neededFrom(): number | null {
    const learners = [this.#learner?.neededFrom ?? null, this.#jointLearner?.neededFrom ?? null];
    const times = [...this.#series.map((series) => series.neededFrom), ...learners];
    const known = times.filter((time) => time !== null);
    return known.length === 0 ? null : Math.min(...known);
  }

  /** The earliest time from which the quality of panes must be; null: none. */
  get qualityNeededFrom(): number | null {
    return this.#quality?.neededFrom ?? null;
  }

  snapshot(): StreamSnapshot {
    return {
      stream: this.stream,
      neededFrom: this.neededFrom,
      qualityNeededFrom: this.qualityNeededFrom,
      series: this.#series.map((series) => series.snapshot()),
      incidents: this.#board.snapshot(),
      history: this.#remembered ?? this.#history.snapshot(),
      joint: this.#joint.snapshot(),
      vectors: this.#vectors.snapshot(),
      silence: this.#silence.snapshot(),
      mutes: this.#mutes.snapshot(),
      overflow: this.#overflow.snapshot(),
      ...(this.#renewals === null ? {} : { renewals: this.#renewals.snapshot() }),
      ...(this.#quality === null ? {} : { quality: this.#quality.snapshot() }),
    };
  }

  /** A monitor whose windows have changed since starts its series anew; its incidents are kept. */
  restore(snapshot: StreamSnapshot): void {
    if (snapshot.series.length === this.#series.length) {
      this.#series.forEach((series, index) => series.restore(snapshot.series[index]));
    }
    this.#board.restore(snapshot.incidents);
    this.#remembered = snapshot.history;
    // A state of before columns were watched together, or vectors at all, has none.
    if (snapshot.joint !== undefined) this.#joint.restore(snapshot.joint);
    if (snapshot.vectors !== undefined) this.#vectors.restore(snapshot.vectors);
    this.#mutes.restore(snapshot.mutes ?? []);
    this.#silence.restore(snapshot.silence);
    // A state of before there were limits has none.
    this.#overflow.restore(snapshot.overflow ?? []);
    // Nor of before baselines rolled, nor of before quality was measured.
    if (snapshot.renewals !== undefined) this.#renewals?.restore(snapshot.renewals);
    if (snapshot.quality !== undefined) this.#quality?.restore(snapshot.quality);
  }

  #renewalAt(due: number): BaselineRenewal | null {
    const baseline = this.#baseline();
    if (baseline === null) return null;
    const plan = this.#renewals?.plan(due, this.#board.open, baseline) ?? null;
    return plan === null ? null : new BaselineRenewal(this.stream, this.monitor, plan, baseline);
  }

  #closeUpTo(time: number, supersededSince: (start: number) => boolean, output: StreamOutput): void {
    this.#series.forEach((series, index) => {
      for (let closed = this.#close(series, time); closed !== null; closed = this.#close(series, time)) {
        const horizon = { index, size: series.settings.size };
        this.#judgeWindow(closed, horizon, output);
        const all = closed.segments.find(({ segment }) => segment.dimension === '')?.aggregate.events ?? 0;
        const superseded = supersededSince(closed.start);
        const silence = this.#silence.observe(horizon, closed.start, all, superseded, this.#baseline());
        if (silence !== null) output.events.push(...this.#mutes.apply([silence]));
      }
    });
  }

  #close(series: WindowSeries, time: number): ClosedWindow | null {
    return series.close(time, EMPTY_WINDOWS + this.monitor.decision.resolveAfter);
  }

  #judgeWindow(closed: ClosedWindow, horizon: Horizon, output: StreamOutput): void {
    const baseline = this.#baseline();
    if (this.#remembered !== null && baseline !== null) {
      this.#history.restore(this.#remembered, binsIdOf(baseline), baseline.columns);
      this.#remembered = null;
    }
    const end = closed.start + horizon.size;
    this.#board.turn(end);
    const joint = baseline === null ? null : this.#joint.observe(closed, horizon, baseline);
    const found: DriftEvent[] = joint?.event ? [joint.event] : [];
    if (baseline !== null) found.push(...this.#vectors.observe(closed, horizon, baseline));
    const { rows, events } = this.#judge.judge(closed, horizon, baseline, joint?.severity ?? null);
    for (const row of rows) output.windows.push(row);
    const { decision } = this.monitor;
    const unseen = this.#board.forgetUnseen().map((incident) => {
      return unseenEvent(this.stream, incident, baseline?.id ?? null, { start: closed.start, end }, decision);
    });
    const all = [...found, ...events, ...unseen];
    this.#renewals?.noteEvents(all);
    for (const event of this.#mutes.apply(all)) output.events.push(event);
    for (const event of this.#mutes.overdue(closed.start, end)) output.events.push(event);
    this.#noteMoved(rows, horizon);
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

  #baseline(): Baseline | null {
    const given = this.published() ?? this.#learnt;
    if (this.#renewed === null) return given;
    if (given !== null && given.createdAt >= this.#renewed.createdAt) this.#renewed = null;
    return this.#renewed ?? given;
  }

  #learn(pane: Pick<PaneRow, 'pane'> & Summary, fresh: boolean, output: StreamOutput): void {
    const known = this.#baseline();
    if (known !== null) {
      this.#learner = null;
      this.#learnJoint(known, pane, fresh, output);
      return;
    }
    this.#learner ??= new BaselineLearner(this.stream, this.monitor);
    const baseline = this.#learner.gather(pane.pane, pane, fresh);
    if (baseline === null) return;
    this.#learner = null;
    this.#learnt = baseline;
    output.baselines.push(baseline);
    output.events.push(learntEvent(this.stream, baseline, this.monitor));
  }

  #learnJoint(known: Baseline, pane: Pick<PaneRow, 'pane'> & Summary, fresh: boolean, output: StreamOutput): void {
    if (this.#jointLearner?.baseline.id !== known.id) {
      this.#jointLearner = JointLearner.of(this.stream, this.monitor, known);
    }
    const baseline = this.#jointLearner?.gather(pane.pane, pane, fresh) ?? null;
    if (baseline === null) return;
    this.#jointLearner = null;
    this.#renewed = baseline;
    output.baselines.push(baseline);
  }
}

export interface StreamSnapshot {
  readonly stream: Stream;
  readonly neededFrom: number | null;
  readonly qualityNeededFrom?: number | null;
  readonly series: readonly WindowSeriesSnapshot[];
  readonly incidents: IncidentBoardSnapshot;
  readonly history: WindowHistorySnapshot;
  readonly joint?: JointHistorySnapshot;
  readonly vectors?: VectorWatchSnapshot;
  readonly silence: SilenceSnapshot;
  readonly mutes?: MuteSnapshot;
  readonly overflow?: OverflowWatchSnapshot;
  readonly renewals?: RenewalSnapshot;
  readonly quality?: QualitySnapshot;
}
