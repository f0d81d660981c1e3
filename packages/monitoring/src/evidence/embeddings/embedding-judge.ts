import { LONGEST_SCAN, scanWindows, SCAN_STRETCHES, seriesNulls, studentTSf, type Steps } from '@tidemark/statistics';
import type { Finding } from '../../model/drift-event.js';
import { heldOut } from '../../windows/held-out.js';
import { mergedWindows } from '../../windows/merged-windows.js';
import { followsOf } from '../../windows/spread-windows.js';
import type { DecisionSettings, WindowSettings } from '../../model/monitor.js';
import {
  lastOf,
  lastsIn,
  LEAST_SPEAKING,
  LINGERING_EFFECT,
  LINGERING_EVIDENCE,
  NEAR_MINOR,
  RECENT,
} from '../persistence.js';
import { QuantileTable } from '../quantile-table.js';
import { slotOf, seasonSlots, type SeasonSlots } from '../season-slots.js';
import { type JudgedNull } from '../columns/segment-null.js';
import { severityOf } from '../../model/severity.js';
import { VECTOR_FIGURES, EmbeddingDistances, type FigureValue, type EmbeddingFigure } from './embedding-figures.js';
import { sumOfEmbeddingWindows } from '../../baselines/embedding-windows.js';
import type { Shown } from '../columns/verdict.js';
import { LEAST_WINDOWS } from '../../windows/enough-windows.js';
import type { EmbeddingWindow } from '../../model/baseline-windows.js';

/** What the decisions on a column of vectors keep of one window. */
export interface EmbeddingCounts {
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly events: number;
  /** By figure, in their order: the cube root of the distance over what is usual, which is about normal (Wilson and Hilferty 1931). */
  readonly roots: readonly number[];
  readonly effects: readonly number[];
}

interface FigureNull extends JudgedNull {
  readonly figure: EmbeddingFigure;
  /** How far the baseline's windows are from it on average, beyond sampling and the directions in which they stray. */
  readonly between: number;
}

const NOTHING: Shown = { findings: [], lingers: false, since: NaN };

export interface EmbeddingJudgeOptions {
  readonly windows: readonly EmbeddingWindow[];
  /** Milliseconds of each of them. */
  readonly size: number;
  readonly window: WindowSettings;
  readonly settings: DecisionSettings;
  /** False alarms a window that the column may raise, and over everything that is judged. */
  readonly alpha: number;
  readonly perWindow: number;
}

/** Judges one column of vectors by what its baseline says of it. A function of the last sixteen windows. */
export class EmbeddingJudge {
  /** How many windows it is learnt from. */
  readonly windows: number;
  readonly #distances: EmbeddingDistances;
  readonly #slots: SeasonSlots;
  readonly #nulls: readonly FigureNull[];

  /** @param own what each of the windows shows against the others. */
  private constructor(
    private readonly options: EmbeddingJudgeOptions,
    readonly events: number,
    merged: readonly EmbeddingWindow[],
    distances: EmbeddingDistances,
    own: readonly ReturnType<EmbeddingDistances['of']>[],
  ) {
    this.windows = merged.length;
    const { window, alpha } = options;
    this.#distances = distances;
    const end = merged[merged.length - 1].start + window.size;
    this.#slots = seasonSlots(window.size, merged[0].start, end, options.settings.season);
    const starts = merged.map(({ start }) => start);
    const slots = starts.map((start) => slotOf(start, this.#slots));
    const follows = followsOf(starts, window.size, options.size);
    const quantiles = new QuantileTable();
    this.#nulls = VECTOR_FIGURES.map((figure): FigureNull => {
      const values = own.map((figures) => figures[figure]);
      const between = Math.max(0, meanOf(values.map(({ distance, sampling }) => distance - sampling)));
      const series = {
        values: Float64Array.from(values, (value) => rootOf(value, between)),
        sizes: new Float64Array(merged.length).fill(1),
        ...{ slots, follows, season: this.#slots.count, within: this.#slots.within },
        variance: 2 / (9 * this.#distances.degrees[figure]),
      };
      const [fitted] = seriesNulls([series], [null]);
      const share = alpha / VECTOR_FIGURES.length;
      return {
        ...fitted,
        figure,
        between,
        alpha: share,
        thresholds: quantiles.thresholds(share / SCAN_STRETCHES, fitted.degrees),
      };
    });
  }

  /** Learns in steps. @returns null where the baseline has fewer than eight windows of the size: then nothing tells how vectors vary. */
  static *of(options: EmbeddingJudgeOptions): Steps<EmbeddingJudge | null> {
    const { windows, size, window, settings } = options;
    const merged = mergedWindows(windows, size, window, settings.minimumEvents, sumOfEmbeddingWindows);
    if (merged.length < LEAST_WINDOWS) return null;
    yield;
    const distances = distancesFrom(merged);
    yield;
    const own = yield* heldOut(merged, distancesFrom, ({ sketch }, without) => without.of(sketch));
    return new EmbeddingJudge(options, sumOfEmbeddingWindows(merged).events, merged, distances, own);
  }

  countsOf({ start, events, sketch }: EmbeddingWindow): EmbeddingCounts {
    const figures = this.#distances.of(sketch);
    return {
      ...{ start, events },
      roots: this.#nulls.map(({ figure, between }) => rootOf(figures[figure], between)),
      effects: VECTOR_FIGURES.map((figure) => figures[figure].effect),
    };
  }

  /** @param windows the last ones, oldest first, at least one. */
  judge(windows: readonly EmbeddingCounts[]): Shown {
    const scanned = windows.slice(-LONGEST_SCAN);
    const newest = scanned[scanned.length - 1];
    const { psi } = this.options.settings;
    const sizes = new Float64Array(scanned.length).fill(1);
    const findings: { readonly finding: Finding; readonly strength: number; readonly windows: number }[] = [];
    let lingers = false;
    this.#nulls.forEach((figure, at) => {
      const residuals = scanned.map(
        ({ roots, start }) => roots[at] - figure.mean - figure.seasonMeans[slotOf(start, this.#slots)],
      );
      const season = {
        seasonVariance: figure.seasonVariances[slotOf(newest.start, this.#slots)],
        slots: this.#slots.count,
        windowsPerSlot: this.#slots.windowsPerSlot,
      };
      const recent = lastOf(
        scanWindows(figure, { residuals: residuals.slice(-RECENT), sizes: sizes.slice(-RECENT), ...season }),
      );
      const effect = newest.effects[at];
      const least = NEAR_MINOR * psi.minor;
      lingers ||=
        recent.z > LINGERING_EVIDENCE * figure.thresholds[recent.place] && effect >= LINGERING_EFFECT ** 2 * psi.minor;
      for (const change of scanWindows(figure, { residuals, sizes, ...season })) {
        const strength = change.z / figure.thresholds[change.place];
        const enough = change.windows > 1 ? change.speaking >= LEAST_SPEAKING : effect >= psi.major;
        if (strength < 1 || !enough || !lastsIn(change, recent) || effect < least) continue;
        const pValue = studentTSf(change.z, figure.degrees[change.place]) * SCAN_STRETCHES;
        findings.push({
          strength,
          windows: change.windows,
          finding: {
            metric: figure.figure,
            severity: severityOf(effect, psi),
            ...{ effect, windowValue: effect, baselineValue: 0 },
            pValue: Math.min(1, (pValue / figure.alpha) * this.options.perWindow),
          },
        });
      }
    });
    if (findings.length === 0) return { ...NOTHING, lingers };
    findings.sort((a, b) => b.strength - a.strength);
    const clearest = VECTOR_FIGURES.map((figure) => findings.find(({ finding }) => finding.metric === figure));
    return {
      findings: clearest
        .filter((each) => each !== undefined)
        .sort((a, b) => b.finding.effect - a.finding.effect)
        .map(({ finding }) => finding),
      lingers: true,
      since: scanned[scanned.length - findings[0].windows].start,
    };
  }
}

function distancesFrom(windows: readonly EmbeddingWindow[]): EmbeddingDistances {
  const sketches = windows.map(({ sketch }) => sketch);
  return new EmbeddingDistances(sumOfEmbeddingWindows(windows).sketch, sketches);
}

function rootOf({ distance, sampling }: FigureValue, between: number): number {
  return Math.cbrt(distance / (sampling + between));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length;
}
