import type { Steps } from '@tidemark/statistics';
import { binsIdOf, type Baseline } from '../model/baseline.js';
import { inBinsOf } from '../summaries/comparison.js';
import { calibrationOf, DecisionModel, describeCalibration } from '../evidence/decision-model.js';
import type { DriftEvent } from '../model/drift-event.js';
import type { IncidentBoard } from '../incidents/incident-board.js';
import { incidentEvent } from '../incidents/incident-event.js';
import type { Monitor } from '../model/monitor.js';
import { phaseOf } from '../model/pane-time.js';
import type { WindowRow } from '../windows/rows.js';
import { segmentParts } from '../incidents/segment-parts.js';
import { ALL_EVENTS, segmentId, type Segment, type Stream } from '../model/stream.js';
import { QUIET, SegmentJudge, type Verdict } from '../evidence/columns/verdict.js';
import { FIRST_BIN, windowCounts } from '../summaries/window-counts.js';
import type { WindowHistory } from '../evidence/columns/window-history.js';
import { windowRows } from '../windows/window-rows.js';
import type { ClosedWindow, SegmentAggregate } from '../windows/window-series.js';
import { worst, type Severity } from '../model/severity.js';
import type { WindowCounts } from '../model/baseline-windows.js';
import type { Horizon } from '../windows/horizon.js';

/** What is known for one size of windows, of the baseline in force. */
interface Learnt {
  readonly model: DecisionModel;
  /** What the baseline lacks, in words; empty where it is long enough. */
  readonly caution: string;
  /** Null for a segment that the baseline has nothing of. */
  readonly judges: Map<string, SegmentJudge | null>;
}

/** Compares closed windows of one stream with its baseline, and tells what becomes of the incidents they bear on. */
export class WindowJudge {
  readonly #learnt = new Map<number, Learnt>();

  constructor(
    private readonly stream: Stream,
    private readonly monitor: Monitor,
    private readonly board: IncidentBoard,
    private readonly history: WindowHistory,
  ) {}

  /** Yields after each column of a segment. @param ofStream the severity of what the window shows of the stream as a whole; null: nothing. */
  *judge(
    closed: ClosedWindow,
    horizon: Horizon,
    baseline: Baseline | null,
    ofStream: Severity | null,
  ): Steps<{ rows: WindowRow[]; events: DriftEvent[] }> {
    const severities = new Map<string, Severity>();
    if (ofStream !== null) severities.set(subjectOf(ALL_EVENTS, ''), ofStream);
    const events: DriftEvent[] = [];
    if (baseline !== null) {
      this.history.useBaseline(binsIdOf(baseline));
      const ripe = [...closed.ripe].sort(
        (a, b) => Number(a.segment.dimension !== '') - Number(b.segment.dimension !== ''),
      );
      for (const each of ripe) {
        yield* this.#judgeSegment(each, closed, horizon, baseline, severities, events);
      }
    }
    const rows: WindowRow[] = [];
    for (const { segment, aggregate } of closed.segments) {
      const identity = { stream: this.stream, segment, windowStart: closed.start, windowSize: horizon.size, baseline };
      const severityOf = (column: string): Severity | null => severities.get(subjectOf(segment, column)) ?? null;
      for (const row of windowRows(identity, aggregate, severityOf)) rows.push(row);
      yield;
    }
    return { rows, events };
  }

  *#judgeSegment(
    { segment, aggregate, from }: SegmentAggregate & { readonly from: number },
    closed: ClosedWindow,
    horizon: Horizon,
    baseline: Baseline,
    severities: Map<string, Severity>,
    events: DriftEvent[],
  ): Steps {
    const { judge, caution } = yield* this.#judgeOf(segment, horizon, baseline);
    if (judge === null) return;
    const windowStart = closed.start;
    const phase = phaseOf(windowStart, this.monitor.windows[horizon.index]);
    const counts = windowCounts(from, aggregate, baseline.columns);
    const windows = this.history.push({ horizon: horizon.index, phase, segment }, counts);
    for (const [at, column] of baseline.columns.entries()) {
      yield;
      const verdict = this.#verdictOf(judge, at, column.name, segment, windows);
      if (verdict.findings.length > 0) severities.set(subjectOf(segment, column.name), worst(verdict.findings));
      const change = this.board.observe(segment, column.name, horizon.index, verdict);
      if (change === null) continue;
      const windowEnd = windowStart + horizon.size;
      if (change.status === 'resolved') this.history.closeUpTo(segment, column.name, windowEnd);
      const comparison = {
        segment,
        events: aggregate.events,
        baselineEvents: judge.known.totals.events,
        window: inBinsOf(column, aggregate.column(column.name)),
        baseline: column,
        baselineBins: judge.known.totals.columns[at].subarray(FIRST_BIN),
      };
      const identity = { stream: this.stream, segment, windowStart, windowSize: horizon.size, baseline };
      // Small windows that were merged are not so in their segments.
      const whole = segment.dimension === '' && from === windowStart;
      const [finding] = verdict.findings;
      const parts =
        !whole || finding === undefined || baseline.windows === null
          ? []
          : segmentParts({
              ...{ metric: finding.metric, column, at, windowStart, slots: judge.known.slots },
              window: closed.segments,
              baseline: baseline.windows,
            });
      events.push(incidentEvent(change, identity, comparison, verdict, parts, this.monitor.decision, caution));
    }
  }

  #verdictOf(
    judge: SegmentJudge,
    at: number,
    column: string,
    segment: Segment,
    windows: readonly WindowCounts[],
  ): Verdict {
    const from = this.history.countsFrom(segment, column);
    if (windows[0].start >= from) return judge.judge(at, windows);
    const fresh = windows.filter(({ start }) => start >= from);
    return fresh.length === 0 ? QUIET : judge.judge(at, fresh);
  }

  *#judgeOf(
    segment: Segment,
    horizon: Horizon,
    baseline: Baseline,
  ): Steps<{ judge: SegmentJudge | null; caution: string }> {
    const { windows, segments, decision } = this.monitor;
    let learnt = this.#learnt.get(horizon.index);
    if (learnt?.model.baselineId !== baseline.id) {
      const window = windows[horizon.index];
      learnt = {
        model: DecisionModel.of(baseline, window, decision, windows.length, segments.length > 0),
        caution: describeCalibration(calibrationOf(baseline, window, decision.minimumEvents)),
        judges: new Map(),
      };
      this.#learnt.set(horizon.index, learnt);
    }
    const id = segmentId(segment);
    let judge = learnt.judges.get(id);
    if (judge === undefined) {
      const known = yield* learnt.model.of(segment);
      judge =
        known === null ? null : new SegmentJudge(known, decision, learnt.model.perWindow, segment.dimension === '');
      learnt.judges.set(id, judge);
    }
    return { judge, caution: learnt.caution };
  }
}

function subjectOf(segment: Segment, column: string): string {
  return `${segmentId(segment)}\u0001${column}`;
}
