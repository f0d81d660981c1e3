import { learntEvent } from '../incidents/baseline-events.js';
import { BaselineLearner } from '../baselines/baseline-learner.js';
import { BaselineRenewal } from '../baselines/baseline-renewal.js';
import { RenewalSchedule, type RenewalSnapshot } from '../baselines/renewal-schedule.js';
import type { Baseline } from '../model/baseline.js';
import type { DriftEvent } from '../model/drift-event.js';
import { DependenceLearner } from '../baselines/dependence-learner.js';
import type { Monitor, Mute } from '../model/monitor.js';
import type { Stream } from '../model/stream.js';
import type { Summary } from '../summaries/aggregate.js';
import type { PaneRow } from '../windows/rows.js';
import type { OpenIncident } from '../model/incident.js';

/** What is learnt goes out here. */
interface LearntOutput {
  readonly events: DriftEvent[];
  readonly baselines: Baseline[];
}

/** What the windows of one stream are compared with: the baseline that was published, learnt from its beginning, or renewed from its past. */
export class StreamBaseline {
  #learner: BaselineLearner | null = null;
  #learnt: Baseline | null = null;
  /** Completes a learnt baseline. */
  #dependenceLearner: DependenceLearner | null = null;
  /** Null where the baseline does not roll, and for shadows and canaries: the champion's is theirs too. */
  readonly #renewals: RenewalSchedule | null;
  #renewal: BaselineRenewal | null = null;
  /** The last one made of what followed another, until it is heard of as published. */
  #renewed: Baseline | null = null;

  constructor(
    private readonly stream: Stream,
    private readonly monitor: Monitor,
    /** The published baseline in force, or null. */
    private readonly published: () => Baseline | null,
    /** Mutes in force beside those of the monitor: what they cover is left out of a renewed baseline too. */
    private readonly mutes: () => readonly Mute[],
  ) {
    const { baseline } = monitor;
    const rolls = baseline.from === 'rolling' && stream.role === 'champion';
    this.#renewals = rolls ? new RenewalSchedule(stream, monitor, baseline) : null;
  }

  /** Null while there is none. */
  get inForce(): Baseline | null {
    const given = this.published() ?? this.#learnt;
    if (this.#renewed === null) return given;
    if (given !== null && given.createdAt >= this.#renewed.createdAt) this.#renewed = null;
    return this.#renewed ?? given;
  }

  /** The earliest time from which closed panes must be taken in again after a restart; null: none. */
  get neededFrom(): number | null {
    const times = [this.#learner?.neededFrom ?? null, this.#dependenceLearner?.neededFrom ?? null];
    const known = times.filter((time) => time !== null);
    return known.length === 0 ? null : Math.min(...known);
  }

  /** Learns from a closed pane. @param fresh false where it was taken in before a restart. */
  take(pane: Pick<PaneRow, 'pane' | 'part'> & Summary, fresh: boolean, output: LearntOutput): void {
    const { start, size } = pane.pane;
    this.#renewals?.notePane(start, start + size);
    const known = this.inForce;
    if (known !== null) {
      this.#learner = null;
      this.#learnDependence(known, pane, fresh, output);
      return;
    }
    this.#learner ??= new BaselineLearner(this.stream, this.monitor);
    const baseline = this.#learner.gather(pane, fresh);
    if (baseline === null) return;
    this.#learner = null;
    this.#learnt = baseline;
    output.baselines.push(baseline);
    output.events.push(learntEvent(this.stream, baseline, this.monitor));
  }

  /** Takes note of what becomes of incidents. */
  noteEvents(events: readonly DriftEvent[]): void {
    this.#renewals?.noteEvents(events);
  }

  /** When it is due to be renewed by a time, milliseconds since the epoch; null where it is not. */
  dueBy(time: number): number | null {
    return this.#renewals?.dueBy(time) ?? null;
  }

  /** When it is next to be renewed, milliseconds since the epoch; null: it is not known yet, or it does not roll. */
  get nextDue(): number | null {
    return this.#renewals?.next ?? null;
  }

  /** Begins the renewal that is due. @param incidents those that are open. @returns null where the baseline stands still. */
  begin(due: number, incidents: readonly OpenIncident[]): BaselineRenewal | null {
    const baseline = this.inForce;
    const plan = baseline === null ? null : (this.#renewals?.plan(due, incidents, baseline) ?? null);
    const monitor = { ...this.monitor, mutes: [...this.monitor.mutes, ...this.mutes()] };
    this.#renewal =
      baseline === null || plan === null ? null : new BaselineRenewal(this.stream, monitor, plan, baseline);
    if (this.#renewal === null) this.#renewals?.settle(due);
    return this.#renewal;
  }

  /** The baseline that is being made; null: none. */
  get renewal(): BaselineRenewal | null {
    return this.#renewal;
  }

  /** Takes in a baseline that has been made; it is in force from now on. @returns null where there was too little to make it of. */
  renew(renewal: BaselineRenewal, output: LearntOutput): Baseline | null {
    const { at, from, adopts } = renewal.plan;
    const baseline = renewal.build();
    this.#renewals?.settle(at);
    this.#renewal = null;
    if (baseline === null) return null;
    this.#renewed = baseline;
    output.baselines.push(baseline);
    if (adopts) this.#renewals?.adopt(from);
    return baseline;
  }

  /** Goes by what is published from now on. */
  forgetOwn(): void {
    this.#learnt = null;
    this.#renewed = null;
  }

  /** Null where the baseline does not roll. */
  snapshot(): RenewalSnapshot | null {
    return this.#renewals?.snapshot() ?? null;
  }

  restore(snapshot: RenewalSnapshot): void {
    this.#renewals?.restore(snapshot);
  }

  #learnDependence(
    known: Baseline,
    pane: Pick<PaneRow, 'pane' | 'part'> & Summary,
    fresh: boolean,
    output: LearntOutput,
  ): void {
    if (this.#dependenceLearner?.baseline.id !== known.id) {
      this.#dependenceLearner = DependenceLearner.of(this.stream, this.monitor, known);
    }
    const baseline = this.#dependenceLearner?.gather(pane, fresh) ?? null;
    if (baseline === null) return;
    this.#dependenceLearner = null;
    this.#renewed = baseline;
    output.baselines.push(baseline);
  }
}
