import { binsIdOf, FIRST_WINDOWS, type Baseline } from '../model/baseline.js';
import { baselineOf, shortestWindow } from '../baselines/baseline-building.js';
import { lengthToLearn } from '../baselines/baseline-learner.js';
import type { Monitor } from '../model/monitor.js';
import type { Stream } from '../model/stream.js';
import type { Summary } from '../summaries/aggregate.js';
import { lastWindowStart } from '../model/pane-time.js';
import { dependencePlanOf, type DependencePlan } from '../summaries/dependence-plan.js';
import { DependenceWindowsBuilder } from './dependence-windows.js';
import type { BaselineWindows } from '../model/baseline-windows.js';
import { LEAST_WINDOWS } from '../windows/enough-windows.js';
import { mergeDependence, type Dependence } from '../summaries/dependence.js';
import { PartsApart } from './parts-apart.js';
import type { PaneRow } from '../windows/rows.js';

/**
 * Learns the correlations of a stream's columns where its own first windows became the baseline. Scores need the baseline's bins, and
 * these are known only when it is made: so the dependence is learnt from as many windows again, those that follow.
 */
export class DependenceLearner {
  readonly #joint: DependenceWindowsBuilder;
  readonly #apart = new PartsApart<Dependence>();
  readonly #starts = new Set<number>();
  #events = 0;
  #from: number | null = null;

  private constructor(
    private readonly monitor: Monitor,
    /** The one that is to be completed. */
    readonly baseline: Baseline,
    private readonly windows: BaselineWindows,
    private readonly plan: DependencePlan,
  ) {
    this.#joint = new DependenceWindowsBuilder(
      plan.names,
      (time) => this.#windowOf(time),
      shortestWindow(monitor).size,
    );
  }

  /** @returns null where the baseline was not learnt from this stream, has what is to be learnt, or there is nothing to learn. */
  static of(stream: Stream, monitor: Monitor, baseline: Baseline): DependenceLearner | null {
    const { model, version, source, windows } = baseline;
    const own = source === FIRST_WINDOWS && model === stream.model && version === stream.version;
    // A shadow or a canary has the champion's baseline; and one that rolls is given the dependence when it is renewed.
    if (!own || stream.role !== 'champion' || monitor.baseline.from === 'rolling') return null;
    const plan = dependencePlanOf(baseline, monitor);
    if (plan === null || windows === null || windows.joint !== null) return null;
    return new DependenceLearner(monitor, baseline, windows, plan);
  }

  /** The earliest time from which closed panes are needed to go on from here, milliseconds since the epoch; null: none yet. */
  get neededFrom(): number | null {
    return this.#from;
  }

  /**
   * Adds a part of a closed pane, unless what came before it is enough: then that completes the baseline.
   *
   * @param fresh false where it was added before a restart, too: then it was not enough.
   */
  gather(row: Pick<PaneRow, 'pane' | 'part'> & Summary, fresh: boolean): Baseline | null {
    const { events, joint, pane } = row;
    const { segment, start } = pane;
    const { names, baselineId } = this.plan;
    if (segment.dimension !== '' || joint?.baselineId !== baselineId) return null;
    const { columns } = joint.moments;
    if (columns.length !== names.length || columns.some((name, at) => name !== names[at])) return null;
    const window = this.#windowOf(start);
    if (fresh && !this.#starts.has(window) && this.#enough()) return this.#complete(window);
    this.#from = Math.min(this.#from ?? window, window);
    this.#starts.add(window);
    if (PartsApart.isMeant(row, this.monitor)) this.#apart.add(pane, (sum) => mergeDependence(sum, joint));
    else this.#joint.at(start).merge(joint.moments);
    this.#events += events;
    return null;
  }

  #enough(): boolean {
    const least = lengthToLearn(this.monitor);
    return this.#starts.size >= Math.max(LEAST_WINDOWS, least.windows) && this.#events >= least.events;
  }

  #complete(end: number): Baseline {
    for (const { pane, sum } of this.#apart.inOrder) this.#joint.at(pane.start).merge(sum.moments);
    const { id, kept, model, version, source, periodStart, periodEnd, rows, columns, quality } = this.baseline;
    // Whichever is newest is in force.
    const createdAt = Math.max(end, this.baseline.createdAt + 1);
    const identity = { model, version, source, createdAt, periodStart, periodEnd };
    const counts = kept?.counts ?? columns.map(({ bins }) => bins ?? new Float64Array(0));
    const windows = { ...this.windows, joint: this.#joint.build() };
    return baselineOf(identity, rows, columns, windows, quality, { baselineId: binsIdOf({ id, kept }), counts });
  }

  #windowOf(time: number): number {
    const { size, origin } = shortestWindow(this.monitor);
    return lastWindowStart(time, { size, slide: size, origin });
  }
}
