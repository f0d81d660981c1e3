import type { Steps } from '@tidemark/statistics';
import { binsIdOf, type Baseline } from '../model/baseline.js';
import { DecisionModel } from '../evidence/decision-model.js';
import type { DriftEvent } from '../model/drift-event.js';
import { keptLongFit } from '../evidence/kept-fits.js';
import type { IncidentBoard } from '../incidents/incident-board.js';
import { dependenceCounts } from '../evidence/dependence/dependence-counts.js';
import { dependenceEvent } from '../incidents/dependence-event.js';
import { DependenceHistory, type DependenceHistorySnapshot } from '../evidence/dependence/dependence-history.js';
import { DependenceJudge } from '../evidence/dependence/dependence-judge.js';
import { dependenceNull } from '../evidence/dependence/dependence-null.js';
import type { Monitor } from '../model/monitor.js';
import { phaseOf } from '../model/pane-time.js';
import { ALL_EVENTS, type Stream } from '../model/stream.js';
import type { ClosedWindow } from '../windows/window-series.js';
import { worst, type Severity } from '../model/severity.js';
import type { Horizon } from '../windows/horizon.js';

/** Of a window's events, so many must have been scored under the baseline that it is judged by. */
const LEAST_SCORED = 0.5;
/** Incidents about the stream as a whole have no column. */
const NO_COLUMN = '';

/** Notices that the correlations of a stream's columns differ from those of its baseline. */
export class DependenceWatch {
  readonly #judges = new Map<number, { readonly baselineId: string; readonly judge: DependenceJudge | null }>();
  readonly #history = new DependenceHistory();

  constructor(
    private readonly stream: Stream,
    private readonly monitor: Monitor,
    private readonly board: IncidentBoard,
  ) {}

  /** @returns what is to be told, and the severity of what the window showed; null: nothing, or it was not judged. */
  *observe(
    closed: ClosedWindow,
    horizon: Horizon,
    baseline: Baseline,
  ): Steps<{ readonly event: DriftEvent | null; readonly severity: Severity | null }> {
    const nothing = { event: null, severity: null };
    const ripe = closed.ripe.find(({ segment }) => segment.dimension === '');
    const joint = ripe?.aggregate.joint ?? null;
    if (ripe === undefined || joint?.baselineId !== binsIdOf(baseline)) return nothing;
    if (joint.moments.events < LEAST_SCORED * ripe.aggregate.events) return nothing;
    const judge = yield* this.#judgeOf(horizon, baseline);
    if (judge === null || judge.known.columns.length !== joint.moments.columns.length) return nothing;
    const counts = dependenceCounts(ripe.from, joint.moments, judge.known.shares);
    const phase = phaseOf(closed.start, this.monitor.windows[horizon.index]);
    const windows = this.#history.push({ horizon: horizon.index, phase }, binsIdOf(baseline), counts);
    if (windows.length === 0) return nothing;
    const verdict = judge.judge(windows);
    const severity = verdict.findings.length === 0 ? null : worst(verdict.findings);
    const change = this.board.observe(ALL_EVENTS, NO_COLUMN, horizon.index, verdict);
    if (change === null) return { event: null, severity };
    if (change.status === 'resolved') this.#history.closeUpTo(closed.start + horizon.size);
    const window = { start: closed.start, size: horizon.size, events: counts.events };
    const event = dependenceEvent(this.stream, baseline, judge.known, window, change, verdict, this.monitor.decision);
    return { event, severity };
  }

  snapshot(): DependenceHistorySnapshot {
    return this.#history.snapshot();
  }

  restore(snapshot: DependenceHistorySnapshot): void {
    this.#history.restore(snapshot);
  }

  *#judgeOf({ index }: Horizon, baseline: Baseline): Steps<DependenceJudge | null> {
    const known = this.#judges.get(index);
    if (known?.baselineId === baseline.id) return known.judge;
    const { windows, segments, decision } = this.monitor;
    const model = DecisionModel.of(baseline, windows[index], decision, windows.length, segments.length > 0);
    const watched = baseline.windows?.joint ?? null;
    const settings = {
      window: windows[index],
      minimumEvents: decision.minimumEvents,
      season: decision.season,
      alpha: model.perWindowOfDependence,
    };
    const size = baseline.windows?.size ?? 0;
    const fitted =
      watched === null
        ? null
        : yield* keptLongFit(baseline, 'dependence', [settings], () =>
            dependenceNull({ ...watched, size, ...settings }),
          );
    const judge = fitted === null ? null : new DependenceJudge(fitted, decision, model.perWindow);
    this.#judges.set(index, { baselineId: baseline.id, judge });
    return judge;
  }
}
