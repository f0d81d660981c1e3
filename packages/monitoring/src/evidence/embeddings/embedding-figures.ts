import { FOURIER_FEATURES, type EmbeddingSketch } from '@tidemark/sketches';
import { symmetricEigen } from '@tidemark/statistics';
import { inner, betweenVarianceOf, type BetweenVariance } from './between-window-variance.js';

/** Directions in which the baseline varies less than this part of its most are none. */
const LEAST_EIGENVALUE = 1e-4;

/** What is followed of a column of vectors from window to window. */
export const VECTOR_FIGURES = ['mean-shift', 'covariance', 'mmd'] as const;
export type EmbeddingFigure = (typeof VECTOR_FIGURES)[number];

/** One figure of a window. */
export interface FigureValue {
  /** The squared distance from the baseline; along directions in which its windows stray, over as much more as they do. */
  readonly distance: number;
  /** What sampling alone gives that on average. */
  readonly sampling: number;
  /** The squared distance less what sampling and straying give it, at least 0: comparable with a PSI, as a shift by d standard deviations gives d². */
  readonly effect: number;
}

/**
 * Distances of a window's vectors from the baseline's: of the mean, as Hotelling measures it (Ann. Math. Stat. 1931); of the
 * covariance, ½ tr(Σ₀⁻¹S − I)² (Nagao, Ann. Stat. 1973); and the squared maximum mean discrepancy over random Fourier
 * features, in units of the vectors' own variance (Gretton et al., J. Mach. Learn. Res. 2012; Zhao and Meng, Neural Comput. 2015).
 * Where the baseline's windows stray in few directions, these are given their own variance: else one that strays would decide the
 * whole distance, whose tail is then far from a chi-square's of many degrees of freedom, and which grows with the traffic.
 */
export class EmbeddingDistances {
  readonly #mean: Float64Array;
  /** Rows that turn a projection into independent coordinates of variance 1. */
  readonly #whitening: readonly Float64Array[];
  readonly #features: Float64Array;
  readonly #featureScale: number;
  readonly #count: number;
  readonly #betweenVariance: Readonly<Record<EmbeddingFigure, readonly BetweenVariance[]>>;

  /** @param windows that the baseline is the sum of, at least one. */
  constructor(baseline: EmbeddingSketch, windows: readonly EmbeddingSketch[]) {
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
    this.#featureScale = 1 / Math.sqrt(Math.max(1e-9, FOURIER_FEATURES / 2 - squares));
    // A window is nearer to a sum that it is a part of.
    const sizes = windows.map(({ count }) => count / Math.max(0.1, 1 - count / this.#count));
    const betweenVarianceIn = (figure: EmbeddingFigure): BetweenVariance[] =>
      betweenVarianceOf(
        windows.map((window) => this.#pointOf(window, figure)),
        sizes,
      );
    this.#betweenVariance = {
      'mean-shift': betweenVarianceIn('mean-shift'),
      covariance: betweenVarianceIn('covariance'),
      mmd: betweenVarianceIn('mmd'),
    };
  }

  /** Degrees of freedom of each distance over its mean; of the discrepancy the most that it may have. */
  get degrees(): Readonly<Record<EmbeddingFigure, number>> {
    const rank = Math.max(1, this.#whitening.length);
    return { 'mean-shift': rank, covariance: (rank * (rank + 1)) / 2, mmd: FOURIER_FEATURES / 2 };
  }

  /** @param window that the baseline has no part of: what it has is nearer to it than a new one. At least one vector. */
  of(window: EmbeddingSketch): Record<EmbeddingFigure, FigureValue> {
    const { degrees } = this;
    const variance = 1 / window.count + 1 / this.#count;
    const valueOf = (figure: EmbeddingFigure, expected: number): FigureValue => {
      const point = this.#pointOf(window, figure);
      const whole = inner(point, point);
      let distance = whole;
      let explained = 0;
      for (const { direction, between, sampling } of this.#betweenVariance[figure]) {
        distance -= (inner(point, direction) ** 2 * between) / (sampling * variance + between);
        explained += between;
      }
      const sampling = expected * variance;
      return { distance: Math.max(0, distance), sampling, effect: Math.max(0, whole - sampling - explained) };
    };
    return {
      'mean-shift': valueOf('mean-shift', degrees['mean-shift']),
      covariance: valueOf('covariance', degrees.covariance),
      mmd: valueOf('mmd', 1),
    };
  }

  /** Where a window lies from the baseline: its squared length is the distance. */
  #pointOf(window: EmbeddingSketch, figure: EmbeddingFigure): Float64Array {
    if (figure === 'covariance') return this.#covarianceOf(window);
    if (figure === 'mmd') {
      const means = window.featureMeans();
      return this.#features.map((mean, k) => (means[k] - mean) * this.#featureScale);
    }
    const mean = window.mean();
    const shift = this.#mean.map((each, i) => mean[i] - each);
    return Float64Array.from(this.#whitening, (row) => inner(row, shift));
  }

  #covarianceOf(window: EmbeddingSketch): Float64Array {
    const covariance = window.covariance();
    const rank = this.#whitening.length;
    const point = new Float64Array((rank * (rank + 1)) / 2);
    for (let a = 0, at = 0; a < rank; a++) {
      for (let b = 0; b <= a; b++) {
        const whitened = quadratic(covariance, this.#whitening[a], this.#whitening[b]);
        point[at++] = a === b ? Math.SQRT1_2 * (whitened - 1) : whitened;
      }
    }
    return point;
  }
}

/** aᵀ M b for a symmetric matrix given row by row up to its diagonal. */
function quadratic(matrix: Float64Array, a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0, at = 0; i < a.length; i++) {
    for (let j = 0; j <= i; j++, at++) sum += matrix[at] * (i === j ? a[i] * b[i] : a[i] * b[j] + a[j] * b[i]);
  }
  return sum;
}
