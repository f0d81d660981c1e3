import { FOURIER_FEATURES, type VectorSketch } from '@tidemark/sketches';
import { symmetricEigen } from '@tidemark/statistics';

/** Directions in which the baseline varies less than this part of its most are none. */
const LEAST_EIGENVALUE = 1e-4;

/** What is followed of a column of vectors from window to window. */
export const VECTOR_FIGURES = ['mean-shift', 'covariance', 'mmd'] as const;
export type VectorFigure = (typeof VECTOR_FIGURES)[number];

/** One figure of a window. */
export interface FigureValue {
  /** n times the squared distance from the baseline: without a change it follows about a chi-square distribution, scaled. */
  readonly statistic: number;
  /** The squared distance less what sampling gives it, at least 0: comparable with a PSI, as a shift by d standard deviations gives d². */
  readonly effect: number;
}

/**
 * Distances of a window's vectors from the baseline's: of the mean, as Hotelling measures it (Ann. Math. Stat. 1931); of the
 * covariance, ½ tr(Σ₀⁻¹S − I)² (Nagao, Ann. Stat. 1973); and the squared maximum mean discrepancy over random Fourier
 * features, in units of the vectors' own variance (Gretton et al., J. Mach. Learn. Res. 2012; Zhao and Meng, Neural Comput. 2015).
 */
export class VectorDistances {
  readonly #mean: Float64Array;
  /** Rows that turn a projection into independent coordinates of variance 1. */
  readonly #whitening: readonly Float64Array[];
  readonly #features: Float64Array;
  readonly #featureVariance: number;
  readonly #count: number;

  constructor(baseline: VectorSketch) {
    this.#count = baseline.count;
    this.#mean = baseline.mean();
    const covariance = baseline.covariance();
    const rows = this.#mean.map((_, i) => i);
    const { values, vectors } = symmetricEigen(
      Array.from(rows, (i) => covariance.subarray((i * (i + 1)) / 2, ((i + 1) * (i + 2)) / 2)),
    );
    this.#whitening = vectors
      .filter((_, k) => values[k] > LEAST_EIGENVALUE * Math.max(values[0], 1e-12))
      .map((vector, k) => vector.map((x) => x / Math.sqrt(values[k])));
    this.#features = baseline.featureMeans();
    // A cosine with a random phase has a mean square of about ½.
    const squares = this.#features.reduce((sum, mean) => sum + mean * mean, 0);
    this.#featureVariance = Math.max(1e-9, FOURIER_FEATURES / 2 - squares);
  }

  /** Degrees of freedom of each figure's statistic; of the discrepancy the most that it may have. */
  get degrees(): Readonly<Record<VectorFigure, number>> {
    const rank = Math.max(1, this.#whitening.length);
    return { 'mean-shift': rank, covariance: (rank * (rank + 1)) / 2, mmd: FOURIER_FEATURES / 2 };
  }

  /** @param own whether the window is one of the baseline's own, which is then nearer to it than a new one. */
  of(window: VectorSketch, own: boolean): Record<VectorFigure, FigureValue> {
    const n = window.count;
    const shared = n / this.#count;
    const scale = own ? 1 / Math.max(0.1, 1 - shared) : 1 / (1 + shared);
    const { degrees } = this;
    const distances: Record<VectorFigure, number> = {
      'mean-shift': this.#shiftOf(window),
      covariance: this.#covarianceOf(window),
      mmd: this.#discrepancyOf(window),
    };
    const valueOf = (figure: VectorFigure, sampling: number): FigureValue => ({
      statistic: n * distances[figure] * scale,
      effect: Math.max(0, distances[figure] - sampling * (1 / n + (own ? -1 : 1) / this.#count)),
    });
    return {
      'mean-shift': valueOf('mean-shift', degrees['mean-shift']),
      covariance: valueOf('covariance', degrees.covariance),
      mmd: valueOf('mmd', 1),
    };
  }

  #shiftOf(window: VectorSketch): number {
    const mean = window.mean();
    const shift = this.#mean.map((each, i) => mean[i] - each);
    return this.#whitening.reduce((sum, row) => sum + inner(row, shift) ** 2, 0);
  }

  #covarianceOf(window: VectorSketch): number {
    const covariance = window.covariance();
    const rank = this.#whitening.length;
    let distance = 0;
    for (let a = 0; a < rank; a++) {
      for (let b = 0; b <= a; b++) {
        const whitened = quadratic(covariance, this.#whitening[a], this.#whitening[b]) - (a === b ? 1 : 0);
        distance += (a === b ? 0.5 : 1) * whitened * whitened;
      }
    }
    return distance;
  }

  #discrepancyOf(window: VectorSketch): number {
    const means = window.featureMeans();
    return this.#features.reduce((sum, mean, k) => sum + (means[k] - mean) ** 2, 0) / this.#featureVariance;
  }
}

function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** aᵀ M b for a symmetric matrix given row by row up to its diagonal. */
function quadratic(matrix: Float64Array, a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0, at = 0; i < a.length; i++) {
    for (let j = 0; j <= i; j++, at++) sum += matrix[at] * (i === j ? a[i] * b[i] : a[i] * b[j] + a[j] * b[i]);
  }
  return sum;
}
