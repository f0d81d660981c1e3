import type { ColumnSketch } from '@tidemark/sketches';
import { LocationShift, normalScoreContrasts, signedDeviance } from '@tidemark/statistics';
import { expectedShare, type FaultMetric } from '../../summaries/fault-rates.js';
import { COUNTED_FAULTS, FIRST_BIN, valuesIn } from '../../summaries/window-counts.js';

/** What a feature of a distribution tells of. */
export type Aspect = 'location' | 'spread' | 'shape' | 'categories';

/** One figure of a column that is followed from window to window. */
export interface Feature {
  /** Names it among those of its column, alike in every segment. */
  readonly key: string;
  /** Of a distribution an aspect, of a fault its metric. */
  readonly about: Aspect | FaultMetric;
  /** Features of the same family vary alike and borrow from each other. */
  readonly family: string;
  /** Its share of the false alarms that its column may raise. */
  readonly weight: number;
  /** Only a rise counts. */
  readonly oneSided: boolean;
  /** The variance of the figure in a window of one event, under sampling alone. */
  readonly variance: number;
  /** What makes a difference comparable: its square over this is about what it adds to the PSI; 1 for rates. */
  readonly scale: number;
  readonly residual: (value: number, n: number, expected: number) => number;
}

/** The figures of one column in one window, feature by feature. */
export interface Observation {
  readonly values: Float64Array;
  /** Events that each rests on; 1 where none. */
  readonly sizes: Float64Array;
}

const CONTRASTS = 4;
const ASPECTS: readonly Aspect[] = ['location', 'spread', 'shape', 'shape'];
/** Bins, and categories, of which a window expects fewer values have no feature of their own. */
const LEAST_EXPECTED = 2;
/** How a column's false alarms are shared out: by its distribution, its missing values, its other faults. */
const DISTRIBUTION = 0.75;
const NULLS = 0.15;
const OTHER_FAULTS = 0.1;
/** Of a numeric distribution's, how much contrasts have; single bins have the rest. */
const BY_CONTRASTS = 0.8;

/**
 * The features of one column, made of its counts in the baseline: contrasts of location, spread and shape for ordered bins, the share of
 * each bin or category, and the rate of each fault. All are functions of counts, so they cost the same for any number of events
 * and no tail can distort them.
 */
export class ColumnFeatures {
  readonly features: readonly Feature[];
  readonly shares: Float64Array;
  readonly #contrasts: readonly Float64Array[];
  readonly #shift: LocationShift | null;
  readonly #bins: readonly number[];
  readonly #faults: readonly { readonly metric: FaultMetric; readonly at: number; readonly ofValues: boolean }[];

  /**
   * @param totals the column's counts in the baseline. @param events of the baseline.
   * @param expected the values of the column that a window usually has.
   */
  constructor(
    column: ColumnSketch,
    private readonly totals: Float64Array,
    private readonly events: number,
    expected: number,
  ) {
    const values = valuesIn(totals);
    const ordered = column.layout?.type === 'numeric';
    const known = totals.length - FIRST_BIN - (ordered || column.layout === null ? 0 : 1);
    const seen = totals.slice(FIRST_BIN, FIRST_BIN + known);
    const total = seen.reduce((sum, count) => sum + count, 0);
    this.shares = seen.map((count) => (total === 0 ? 0 : count / total));
    this.#contrasts = ordered && total > 0 ? normalScoreContrasts(this.shares, CONTRASTS) : [];
    this.#shift = this.#contrasts.length === 0 ? null : new LocationShift(this.shares, this.#contrasts[0]);
    // A bin that has everything has nothing to lose; the common one of two tells of the rare one.
    this.#bins = [...this.shares.keys()].filter(
      (bin) => this.shares[bin] * expected >= LEAST_EXPECTED && this.shares[bin] < 1,
    );
    this.#faults = faultsOf(column);
    this.features = [
      ...this.#contrasts.map((contrast, degree) => this.#contrastFeature(contrast, degree)),
      ...this.#bins.map((bin) => this.#binFeature(bin, total)),
      ...this.#faults.map((fault) =>
        this.#faultFeature(fault.metric, fault.at, fault.ofValues ? values : events, column),
      ),
    ];
  }

  observe(counts: Float64Array, events: number): Observation {
    const values = new Float64Array(this.features.length);
    const sizes = new Float64Array(this.features.length);
    const known = this.shares.length;
    let n = 0;
    for (let bin = 0; bin < known; bin++) n += counts[FIRST_BIN + bin];
    const moved = this.#shift === null ? null : this.#observeContrasts(counts, n, values, sizes);
    let at = this.#contrasts.length;
    for (const bin of this.#bins) {
      values[at] = counts[FIRST_BIN + bin] / Math.max(1, n) - (moved === null ? 0 : moved[bin] - this.shares[bin]);
      sizes[at++] = Math.max(1, n);
    }
    const all = n + (counts.length > FIRST_BIN + known ? counts[FIRST_BIN + known] : 0);
    for (const { at: count, ofValues } of this.#faults) {
      const of = Math.max(1, ofValues ? all : events);
      values[at] = counts[count] / of;
      sizes[at++] = of;
    }
    return { values, sizes };
  }

  /** @returns the shares of the bins that the window's location alone would explain. */
  #observeContrasts(counts: Float64Array, n: number, values: Float64Array, sizes: Float64Array): Float64Array {
    let moved = this.shares;
    this.#contrasts.forEach((contrast, degree) => {
      let sum = 0;
      let explained = 0;
      for (let bin = 0; bin < contrast.length; bin++) sum += counts[FIRST_BIN + bin] * contrast[bin];
      if (degree > 0) for (let bin = 0; bin < contrast.length; bin++) explained += moved[bin] * contrast[bin];
      values[degree] = n === 0 ? 0 : sum / n - explained;
      sizes[degree] = Math.max(1, n);
      if (degree === 0 && this.#shift !== null) moved = this.#shift.sharesAt(values[0]);
    });
    return moved;
  }

  #contrastFeature(contrast: Float64Array, degree: number): Feature {
    const skewness = contrast.reduce((sum, x, bin) => sum + this.shares[bin] * x ** 3, 0);
    const byBins = this.#bins.length > 0 ? BY_CONTRASTS : 1;
    return {
      key: `contrast ${degree}`,
      about: ASPECTS[degree],
      family: `contrast ${degree}`,
      weight: (DISTRIBUTION * byBins) / this.#contrasts.length,
      ...{ oneSided: false, variance: 1, scale: 1 },
      // The mean of n values is nearly normal but for its skewness.
      residual: (value, n, expected) => {
        const root = Math.sqrt(n);
        return unskewed((value - expected) * root, skewness / root) / root;
      },
    };
  }

  #binFeature(bin: number, total: number): Feature {
    const ordered = this.#contrasts.length > 0;
    const share = this.shares[bin];
    const whole = share * (1 - share);
    // Given the location, a bin's share varies less; the part that is left is bounded, as the shift is no exact projection.
    const given = ordered ? Math.max(0.3 * whole, whole - (share * this.#contrasts[0][bin]) ** 2) : whole;
    return {
      key: `bin ${bin}`,
      about: ordered ? 'shape' : 'categories',
      family: ordered ? 'bin' : 'category',
      weight: (DISTRIBUTION * (ordered ? 1 - BY_CONTRASTS : 1)) / this.#bins.length,
      ...{ oneSided: false, variance: given, scale: whole },
      residual: shareResidual(whole, total),
    };
  }

  #faultFeature(metric: FaultMetric, at: number, of: number, column: ColumnSketch): Feature {
    const counted = Math.max(1, of);
    const share = Math.min(1 - 0.5 / counted, Math.max(this.totals[at], 0.5) / counted + expectedShare(metric, column));
    const variance = share * (1 - share);
    const nulls = metric === 'null-rate';
    return {
      key: metric,
      about: metric,
      family: nulls ? 'nulls' : 'faults',
      weight: nulls ? NULLS : OTHER_FAULTS / (this.#faults.length - 1),
      ...{ oneSided: !nulls, variance, scale: 1 },
      residual: shareResidual(variance, this.events),
    };
  }
}

function faultsOf(column: ColumnSketch) {
  return [...COUNTED_FAULTS.keys()]
    .map((at): { metric: FaultMetric; at: number; ofValues: boolean } => ({
      metric: COUNTED_FAULTS[at],
      at,
      ofValues: COUNTED_FAULTS[at] === 'out-of-range-rate',
    }))
    .concat(unseenOf(column))
    .filter(({ metric }) => metric !== 'out-of-range-rate' || column.layout?.type === 'numeric');
}

function unseenOf(column: ColumnSketch): { metric: FaultMetric; at: number; ofValues: boolean }[] {
  if (column.layout?.type !== 'categorical') return [];
  return [{ metric: 'unseen-rate', at: FIRST_BIN + column.layout.categories.length, ofValues: true }];
}

/**
 * Makes a standardised value of some skewness about normal: as a Pearson type III variable, whose cube root is (Wilson and Hilferty 1931).
 * To the first order in the skewness it is Cornish and Fisher's expansion; unlike that, it grows with the value however skewed that is.
 */
function unskewed(z: number, skewness: number): number {
  if (Math.abs(skewness) < 1e-6) return z;
  const bounded = Math.max(-6, Math.min(6, z));
  const root = Math.cbrt(Math.max(0, 1 + (skewness * bounded) / 2));
  return z - bounded + (6 / skewness) * (root - 1) + skewness / 6;
}

/** The signed deviance of a share, on the share's own scale. @param total what the baseline's share rests on. */
function shareResidual(variance: number, total: number): Feature['residual'] {
  const least = 0.5 / Math.max(1, total);
  return (value, n, expected) => {
    const share = Math.min(1 - least, Math.max(least, expected));
    return signedDeviance(Math.max(0, Math.min(n, value * n)), n, share) * Math.sqrt(variance / n);
  };
}
