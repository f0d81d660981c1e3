import { LONGEST_SCAN, scanWindows, SCAN_STRETCHES, studentTSf, type ScannedChange } from '@tidemark/statistics';
import type { CorrelationChange, Finding } from '../../model/drift-event.js';
import type { DependenceCounts } from './dependence-counts.js';
import { explainedShare, type DependenceFeatureNull, type DependenceNull } from './dependence-null.js';
import type { DecisionSettings } from '../../model/monitor.js';
import { slotOf } from '../season-slots.js';
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
import { severityOf, type Severity } from '../../model/severity.js';

/** What the windows so far say of the dependence between columns. */
export interface DependenceVerdict {
  /** One finding: of the pair, or the pairs together, that changed most clearly. Empty: nothing changed. */
  readonly findings: readonly Finding[];
  /** The pairs whose correlation changed, the clearest first. */
  readonly correlations: readonly CorrelationChange[];
  /** No evidence for a new incident, but too much for one that is open to end. */
  readonly lingers: boolean;
  /** When it seems to have begun, milliseconds since the epoch. */
  readonly since: number;
}

export const NO_JOINT_DRIFT: DependenceVerdict = { findings: [], correlations: [], lingers: false, since: NaN };

const MOST_PAIRS = 10;

interface Hit {
  readonly feature: DependenceFeatureNull;
  readonly change: ScannedChange;
  readonly strength: number;
  /** The correlation, or the reconstruction error, that is expected, and what it has become. */
  readonly before: number;
  readonly after: number;
}

/** Judges the correlations of one stream's columns, by what its baseline says of them. A function of the last sixteen windows. */
export class DependenceJudge {
  /** @param perWindow false alarms a window over everything that is judged. */
  constructor(
    readonly known: DependenceNull,
    private readonly settings: DecisionSettings,
    private readonly perWindow: number,
  ) {}

  /** @param windows the last ones, oldest first, at least one. */
  judge(windows: readonly DependenceCounts[]): DependenceVerdict {
    const scanned = windows.slice(-LONGEST_SCAN);
    const sizes = scanned.map(({ events }) => events);
    const slots = scanned.map(({ start }) => slotOf(start, this.known.slots));
    const hits: Hit[] = [];
    let lingers = false;
    this.known.features.forEach((feature, place) => {
      const expected = slots.map((slot) => feature.mean + feature.seasonMeans[slot]);
      const residuals = scanned.map((window, i) => this.#residual(window, place, expected[i]));
      const season = {
        seasonVariance: feature.seasonVariances[slots[slots.length - 1]],
        slots: this.known.slots.count,
        windowsPerSlot: this.known.slots.windowsPerSlot,
      };
      const recent = lastOf(
        scanWindows(feature, { residuals: residuals.slice(-RECENT), sizes: sizes.slice(-RECENT), ...season }),
      );
      const [before] = movesOf(feature, expected[expected.length - 1], recent.size);
      lingers ||=
        Math.abs(recent.z) > LINGERING_EVIDENCE * feature.thresholds[recent.place] &&
        this.#matters({ feature, change: recent, before }, LINGERING_EFFECT);
      const seen = scanWindows(feature, { residuals, sizes, ...season }).map((change): Hit => {
        const [, after] = movesOf(feature, expected[expected.length - 1], change.size);
        return { feature, change, strength: Math.abs(change.z) / feature.thresholds[change.place], before, after };
      });
      if (!seen.some((hit) => hit.strength >= 1 && this.#counts(hit, recent))) return;
      // Told is what shows most clearly, be it one window that is not enough by itself.
      hits.push(seen.reduce((best, hit) => (hit.strength > best.strength ? hit : best)));
    });
    if (hits.length === 0) return { ...NO_JOINT_DRIFT, lingers };
    hits.sort((a, b) => b.strength - a.strength);
    return { ...this.#describe(hits), lingers: true, since: scanned[scanned.length - hits[0].change.windows].start };
  }

  #residual(window: DependenceCounts, place: number, expected: number): number {
    const { pairs } = window;
    const { explained, usual } = this.known;
    const value = place < pairs.length ? pairs[place] : explainedShare(explained, window, usual);
    // A column that did not vary, or was hardly there, says nothing of a pair.
    return Number.isNaN(value) ? 0 : value - expected;
  }

  /** Whether a change that there is evidence for lasts, and may be as large as matters. */
  #counts(hit: Hit, recent: ScannedChange): boolean {
    const { change, before, after } = hit;
    const enough =
      change.windows > 1
        ? change.speaking >= LEAST_SPEAKING
        : Math.abs(after - before) >= this.settings.correlation.major;
    return enough && lastsIn(change, recent) && this.#matters(hit, NEAR_MINOR);
  }

  /** Whether a change may be as large as a part of the least that matters. */
  #matters({ feature, change, before }: Pick<Hit, 'feature' | 'change' | 'before'>, part: number): boolean {
    const { size, deviation } = change;
    const plausible = Math.abs(size) + PLAUSIBLE * deviation;
    const least = part * this.settings.correlation.minor;
    if (feature.pair === null) return plausible >= least / this.known.columns.length;
    const center = Math.atanh(before);
    return Math.abs(Math.tanh(center + Math.sign(size) * plausible) - before) >= least;
  }

  #describe(hits: readonly Hit[]): Pick<DependenceVerdict, 'findings' | 'correlations'> {
    const [clearest] = hits;
    const pairs = hits.filter(({ feature }) => feature.pair !== null);
    const correlations = pairs.slice(0, MOST_PAIRS).map(({ feature, before, after }): CorrelationChange => {
      const [i, j] = feature.pair!;
      const { columns } = this.known;
      return { columns: [columns[j], columns[i]], baselineCorrelation: before, windowCorrelation: after };
    });
    const worst = pairs.reduce((most, { before, after }) => Math.max(most, Math.abs(after - before)), 0);
    const { feature, change, before, after } = clearest;
    const tail = 2 * studentTSf(Math.abs(change.z), feature.degrees[change.place]);
    const severity: Severity = pairs.length === 0 ? 'minor' : severityOf(worst, this.settings.correlation);
    const finding: Finding = {
      metric: feature.pair === null ? 'reconstruction-error' : 'correlation',
      severity,
      effect: Math.abs(after - before),
      windowValue: after,
      baselineValue: before,
      pValue: Math.min(1, ((tail * SCAN_STRETCHES) / feature.alpha) * this.perWindow),
    };
    return { findings: [finding], correlations };
  }
}

function movesOf({ pair }: DependenceFeatureNull, expected: number, size: number): [before: number, after: number] {
  return pair === null ? [expected, expected + size] : [Math.tanh(expected), Math.tanh(expected + size)];
}
