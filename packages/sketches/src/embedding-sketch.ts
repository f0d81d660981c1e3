import { CoMoments } from './co-moments.js';
import { foldString, hashHigh } from './hash.js';

/** How many random directions a vector is seen from. */
export const PROJECTIONS = 16;
/** How many random Fourier features its distribution is seen through. */
export const FOURIER_FEATURES = 64;
/** Projections are rounded to multiples of one in so many, and features likewise: sums of whole numbers are exact. */
const PROJECTION_STEPS = 1 << 10;
const FEATURE_STEPS = 1 << 20;
/** The widths of the kernels that are mixed, as parts of a vector's length: near and far alike. */
const WIDTHS = [0.1, 0.25, 0.5, 1] as const;

const PROJECTION_NAMES: readonly string[] = Array.from({ length: PROJECTIONS }, (_, k) => `p${k}`);

/**
 * What is kept of many vectors of one column, whatever their dimension: mean and covariance in a random projection, and the means of
 * random Fourier features, from which the maximum mean discrepancy to another sketch follows in linear time. Vectors are brought
 * to length 1 first: directions are what embeddings mean, and their length is a column of its own.
 *
 * Projections are onto random signs (Achlioptas, J. Comput. Syst. Sci. 2003); features are cosines of random projections of those
 * (Rahimi and Recht, NIPS 2007), for a mixture of four Gaussian kernels of widths 0.1 to 1. All randomness is a function of the
 * column's name, so that sketches made anywhere merge. Sums are of whole numbers: exact, whatever the order.
 */
export class EmbeddingSketch {
  readonly #projector: Projector;

  private constructor(
    readonly name: string,
    /** The dimension of the vectors. */
    readonly dimension: number,
    /** Of the projections, in steps of 1/1024. */
    readonly moments: CoMoments,
    /** Sums of the features, in steps of 2^-20. */
    readonly features: Float64Array,
  ) {
    this.#projector = projectorOf(name, dimension);
  }

  static empty(name: string, dimension: number): EmbeddingSketch {
    return new EmbeddingSketch(name, dimension, CoMoments.empty(PROJECTION_NAMES), new Float64Array(FOURIER_FEATURES));
  }

  /** @throws RangeError for sums that no vectors can have. */
  static fromParts({ name, dimension, moments, features }: EmbeddingSketchParts): EmbeddingSketch {
    if (moments.columns.length !== PROJECTIONS || features.length !== FOURIER_FEATURES) {
      throw new RangeError(
        `${moments.columns.length} projections and ${features.length} features are not those of a vector sketch`,
      );
    }
    const most = moments.events * FEATURE_STEPS;
    if (!features.every((sum) => Number.isSafeInteger(sum) && Math.abs(sum) <= most)) {
      throw new RangeError('the mean of a cosine is not within ±1');
    }
    if (!moments.pairs.every((pair) => pair === moments.events)) throw new RangeError('a vector lacks a projection');
    return new EmbeddingSketch(name, dimension, moments, features);
  }

  /** How many vectors. */
  get count(): number {
    return this.moments.events;
  }

  /**
   * Adds vectors of one column, one after the other in an array.
   *
   * @param rows which of them. Those without length have no direction, and are left out.
   */
  add(vectors: Float32Array, rows: ArrayLike<number>): void {
    const projected = this.#projector.project(vectors, rows);
    this.moments.add(projected.columns, ALL_PRESENT, projected.count);
    this.#projector.addFeatures(projected, this.features);
  }

  /** @throws RangeError where the other is of another column or dimension. */
  merge(other: EmbeddingSketch): void {
    if (other.name !== this.name || other.dimension !== this.dimension) {
      throw new RangeError(
        `vectors of ${other.name} (${other.dimension}) are not those of ${this.name} (${this.dimension})`,
      );
    }
    this.moments.merge(other.moments);
    for (let k = 0; k < FOURIER_FEATURES; k++) this.features[k] += other.features[k];
  }

  clone(): EmbeddingSketch {
    return new EmbeddingSketch(this.name, this.dimension, this.moments.clone(), this.features.slice());
  }

  /** The mean of each projection, for vectors of length 1 of the order of 1/4. NaN where there are none. */
  mean(): Float64Array {
    return this.moments.sums.map((sum) => sum / this.count / PROJECTION_STEPS);
  }

  /** The covariance of the projections, row by row up to the diagonal. */
  covariance(): Float64Array {
    const mean = this.mean();
    const covariance = new Float64Array(this.moments.products.length);
    for (let i = 0, at = 0; i < PROJECTIONS; i++) {
      for (let j = 0; j <= i; j++, at++) {
        covariance[at] = this.moments.products[at] / this.count / PROJECTION_STEPS ** 2 - mean[i] * mean[j];
      }
    }
    return covariance;
  }

  /** The mean of each feature, −1 to 1. NaN where there are no vectors. */
  featureMeans(): Float64Array {
    return this.features.map((sum) => sum / this.count / FEATURE_STEPS);
  }
}

export interface EmbeddingSketchParts {
  readonly name: string;
  readonly dimension: number;
  readonly moments: CoMoments;
  readonly features: Float64Array;
}

const ALL_PRESENT: readonly null[] = new Array<null>(PROJECTIONS).fill(null);

interface Projected {
  count: number;
  /** A projection each, in whole steps. */
  readonly columns: readonly Float64Array[];
}

const projectors = new Map<string, Projector>();
const MOST_PROJECTORS = 64;

function projectorOf(name: string, dimension: number): Projector {
  const key = `${dimension}/${name}`;
  let projector = projectors.get(key);
  if (projector === undefined) {
    if (projectors.size >= MOST_PROJECTORS) projectors.clear();
    projectors.set(key, (projector = new Projector(name, dimension)));
  }
  return projector;
}

/** The random directions and waves of one column; the same for the same name. */
class Projector {
  /** Signs, a direction after the other. */
  readonly #signs: Float32Array;
  readonly #waves: Float64Array;
  readonly #phases: Float64Array;
  #room: Float64Array[] = [];

  constructor(
    name: string,
    private readonly dimension: number,
  ) {
    const [low, high] = foldString(name);
    const uniform = (index: number): number => (hashHigh(low ^ index, high + index) >>> 0) / 2 ** 32;
    let drawn = 0;
    this.#signs = Float32Array.from({ length: PROJECTIONS * dimension }, () => (uniform(drawn++) < 0.5 ? -1 : 1));
    const normal = (): number =>
      Math.sqrt(-2 * Math.log(1 - uniform(drawn++))) * Math.cos(2 * Math.PI * uniform(drawn++));
    this.#waves = Float64Array.from({ length: FOURIER_FEATURES * PROJECTIONS }, (_, at) => {
      const width = WIDTHS[Math.floor(at / PROJECTIONS) % WIDTHS.length];
      return normal() / width;
    });
    this.#phases = Float64Array.from({ length: FOURIER_FEATURES }, () => 2 * Math.PI * uniform(drawn++));
  }

  project(vectors: Float32Array, rows: ArrayLike<number>): Projected {
    const { dimension } = this;
    if (this.#room.length === 0 || this.#room[0].length < rows.length) {
      this.#room = Array.from({ length: PROJECTIONS }, () => new Float64Array(2 * rows.length));
    }
    let count = 0;
    // Projections onto signs keep lengths when divided by the root of their number.
    const steps = PROJECTION_STEPS / Math.sqrt(PROJECTIONS);
    for (let i = 0; i < rows.length; i++) {
      const from = rows[i] * dimension;
      let squares = 0;
      for (let d = 0; d < dimension; d++) squares += vectors[from + d] * vectors[from + d];
      if (!(squares > 0)) continue;
      const scale = steps / Math.sqrt(squares);
      for (let k = 0; k < PROJECTIONS; k++) {
        let sum = 0;
        const signs = k * dimension;
        for (let d = 0; d < dimension; d++) sum += this.#signs[signs + d] * vectors[from + d];
        this.#room[k][count] = Math.round(sum * scale);
      }
      count++;
    }
    return { count, columns: this.#room };
  }

  addFeatures({ count, columns }: Projected, into: Float64Array): void {
    for (let k = 0; k < FOURIER_FEATURES; k++) {
      let sum = 0;
      for (let row = 0; row < count; row++) {
        let angle = this.#phases[k];
        for (let p = 0; p < PROJECTIONS; p++)
          angle += (this.#waves[k * PROJECTIONS + p] * columns[p][row]) / PROJECTION_STEPS;
        sum += Math.round(Math.cos(angle) * FEATURE_STEPS);
      }
      into[k] += sum;
    }
  }
}
