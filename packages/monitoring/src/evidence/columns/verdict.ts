import { LONGEST_SCAN, scanWindows, SCAN_STRETCHES, studentTSf, type ScannedChange } from '@tidemark/statistics';
import type { Aspect, Feature } from './column-features.js';
import type { Finding } from '../../model/drift-event.js';
import { expectedShare, type FaultMetric } from '../../summaries/fault-rates.js';
import type { DecisionSettings } from '../../model/monitor.js';
import {
  lastOf,
  lastsIn,
  LEAST_SPEAKING,
  LINGERING_EFFECT,
  LINGERING_EVIDENCE,
  NEAR_MINOR,
  PLAUSIBLE,
  RECENT,
} from '../persistence.js';
import { slotOf } from '../season-slots.js';
import type { ColumnNull, FeatureNull, SegmentNull } from './segment-null.js';
import { severityOf } from '../../model/severity.js';
import type { WindowCounts } from '../../model/baseline-windows.js';

/** What the windows so far say of one column of a segment. */
export interface Verdict {
  /** What differs, the most severe first; an incident opens with them. Empty: nothing. */
  readonly findings: readonly Finding[];
  /** What moved of the distribution, where that differs: the clearest first. */
  readonly aspects: readonly Aspect[];
  /** No evidence for a new incident, but too much for one that is open to end. */
  readonly lingers: boolean;
  /** When it seems to have begun, milliseconds since the epoch. */
  readonly since: number;
}

export const QUIET: Verdict = { findings: [], aspects: [], lingers: false, since: NaN };

/** A feature that changed. */
interface Hit {
  readonly feature: Feature;
  readonly null: FeatureNull;
  readonly change: ScannedChange;
  /** |z| over its threshold, 1 or more. */
  readonly strength: number;
}

/** What each feature of a column shows in one window. */
interface Seen {
  readonly residuals: Float64Array;
  readonly sizes: Float64Array;
  /** What each differs by from what is expected, on its own scale. */
  readonly rises: Float64Array;
}

/** Judges windows of one segment by what its baseline says of it. Remembers only what it could compute again. */
export class SegmentJudge {
  readonly #seen = new WeakMap<WindowCounts, readonly Seen[]>();

  /**
   * @param perWindow false alarms a window over everything that is judged beside this segment.
   * @param atOnce whether a single window is enough for a major change. Of all events it is; a segment waits for its second
   *   window, in which what concerns all events has become their incident.
   */
  constructor(
    readonly known: SegmentNull,
    private readonly settings: DecisionSettings,
    private readonly perWindow: number,
    private readonly atOnce: boolean,
  ) {}

  /**
   * @param column index among the baseline's columns.
   * @param windows the last ones, oldest first, at least one; the verdict is a function of the last sixteen.
   */
  judge(column: number, windows: readonly WindowCounts[]): Verdict {
    const known = this.known.columns[column];
    const scanned = windows.slice(-LONGEST_SCAN);
    const seen = scanned.map((window) => this.#seenOf(window)[column]);
    const newest = scanned[scanned.length - 1];
    const slot = slotOf(newest.start, this.known.slots);
    const psi = known.expected.effectOf(newest.columns[column], newest.start);
    const sudden = psi !== null && psi.effect >= this.settings.psi.major;
    const hits: Hit[] = [];
    let lingers = false;
    known.nulls.forEach((feature, i) => {
      const sizes = seen.map((each) => each.sizes[i]);
      const residuals = seen.map((each) => each.residuals[i]);
      const season = {
        seasonVariance: feature.seasonVariances[slot],
        slots: this.known.slots.count,
        windowsPerSlot: this.known.slots.windowsPerSlot,
      };
      const changes = scanWindows(feature, { residuals, sizes, ...season });
      const recent = lastOf(
        scanWindows(feature, { residuals: residuals.slice(-RECENT), sizes: sizes.slice(-RECENT), ...season }),
      );
      lingers ||=
        Math.abs(recent.z) > LINGERING_EVIDENCE * feature.thresholds[recent.place] &&
        !(feature.feature.oneSided && recent.z < 0) &&
        this.#matters(feature, recent, meanOf(seen, i, sizes, recent.windows), LINGERING_EFFECT);
      const distribution = isAspect(feature.feature.about);
      let best: Hit | null = null;
      for (const change of changes) {
        if (feature.feature.oneSided && change.size < 0) continue;
        const strength = Math.abs(change.z) / feature.thresholds[change.place];
        if (strength < 1) continue;
        const rise = distribution ? 0 : meanOf(seen, i, sizes, change.windows);
        const major = distribution ? sudden : this.#effectOf(known, feature, rise) >= this.settings.rate.major;
        const enough = change.windows > 1 ? change.speaking >= LEAST_SPEAKING : this.atOnce && major;
        if (!enough || !this.#matters(feature, change, rise) || !lastsIn(change, recent)) continue;
        if (best === null || strength > best.strength)
          best = { feature: feature.feature, null: feature, change, strength };
      }
      if (best !== null) hits.push(best);
    });
    if (hits.length === 0) return lingers ? { ...QUIET, lingers } : QUIET;
    hits.sort((a, b) => b.strength - a.strength);
    const start = scanned[scanned.length - hits[0].change.windows].start;
    return { ...this.#describe(known, hits, newest, column, slot, psi), lingers: true, since: start };
  }

  #describe(
    known: ColumnNull,
    hits: readonly Hit[],
    newest: WindowCounts,
    column: number,
    slot: number,
    psi: { readonly psi: number; readonly effect: number } | null,
  ): Pick<Verdict, 'findings' | 'aspects'> {
    const findings: Finding[] = [];
    const ofDistribution = hits.filter(({ feature }) => isAspect(feature.about));
    if (ofDistribution.length > 0) {
      const effect = psi?.effect ?? 0;
      findings.push({
        metric: 'psi',
        severity: severityOf(effect, this.settings.psi),
        ...{ effect, windowValue: psi?.psi ?? 0, baselineValue: 0 },
        pValue: this.#pValueOf(ofDistribution[0]),
      });
    }
    const { values } = known.features.observe(newest.columns[column], newest.events);
    known.nulls.forEach((feature, i) => {
      const hit = hits.find(({ null: each }) => each === feature);
      if (hit === undefined || isAspect(feature.feature.about)) return;
      const baselineValue = feature.mean + feature.seasonMeans[slot];
      const effect = this.#effectOf(known, feature, values[i] - baselineValue);
      findings.push({
        metric: feature.feature.about,
        severity: severityOf(effect, this.settings.rate),
        ...{ effect, windowValue: values[i], baselineValue },
        pValue: this.#pValueOf(hit),
      });
    });
    findings.sort((a, b) => rank(b) - rank(a));
    const aspects = [...new Set(ofDistribution.map(({ feature }) => feature.about).filter(isAspect))];
    return { findings, aspects };
  }

  /** A missing value that is no longer missing is as telling as a new one; other faults can only get better. */
  #effectOf({ column }: ColumnNull, { feature }: FeatureNull, rise: number): number {
    if (!feature.oneSided) return Math.abs(rise);
    return Math.max(0, rise - expectedShare(feature.about as FaultMetric, column));
  }

  /**
   * Whether a change may be as large as a part of the least effect that matters. Rare faults are measured by their rate, as their deviance grows
   * more slowly.
   */
  #matters({ feature }: FeatureNull, { size, deviation }: ScannedChange, rise: number, part = NEAR_MINOR): boolean {
    if (!isAspect(feature.about)) {
      const plausible = Math.max(Math.abs(rise), Math.abs(size)) + PLAUSIBLE * deviation;
      return plausible >= part * this.settings.rate.minor;
    }
    const plausible = (Math.abs(size) + PLAUSIBLE * deviation) / Math.sqrt(feature.scale);
    return plausible >= part * Math.sqrt(this.settings.psi.minor);
  }

  /** At the threshold it is the stated rate of false alarms a window. */
  #pValueOf({ null: feature, change }: Hit): number {
    const tail = studentTSf(Math.abs(change.z), feature.degrees[change.place]) * (feature.feature.oneSided ? 1 : 2);
    return Math.min(1, ((tail * SCAN_STRETCHES) / feature.alpha) * this.perWindow);
  }

  #seenOf(window: WindowCounts): readonly Seen[] {
    let seen = this.#seen.get(window);
    if (seen !== undefined) return seen;
    const slot = slotOf(window.start, this.known.slots);
    seen = this.known.columns.map(({ features, nulls }, column) => {
      const { values, sizes } = features.observe(window.columns[column], window.events);
      const expected = nulls.map(({ mean, seasonMeans }) => mean + seasonMeans[slot]);
      const rises = values.map((value, i) => value - expected[i]);
      const residuals = values.map((value, i) => nulls[i].feature.residual(value, sizes[i], expected[i]));
      return { residuals, sizes, rises };
    });
    this.#seen.set(window, seen);
    return seen;
  }
}

/** The mean rise over the last windows, weighed by their events. */
function meanOf(seen: readonly Seen[], feature: number, sizes: readonly number[], windows: number): number {
  let sum = 0;
  let events = 0;
  for (let at = seen.length - windows; at < seen.length; at++) {
    sum += seen[at].rises[feature] * sizes[at];
    events += sizes[at];
  }
  return sum / events;
}

function isAspect(about: Feature['about']): about is Aspect {
  return about === 'location' || about === 'spread' || about === 'shape' || about === 'categories';
}

/** Severity first; among equals a fault before the distribution that it distorts. */
function rank({ severity, metric }: Finding): number {
  return { minor: 0, moderate: 2, major: 4 }[severity] + (metric === 'psi' ? 0 : 1);
}

/** What an incident's life depends on, of all that a window says. */
export type Shown = Pick<Verdict, 'findings' | 'lingers' | 'since'>;
