import { EventBatch, type Stream } from '@tidemark/monitoring';
import {
  changedColumns,
  EMBEDDING_COLUMN,
  TEXT_COLUMN,
  windowSize,
  type Change,
  type Family,
  type Traffic,
} from './catalogue.js';
import { Draws } from './draws.js';
import { fillEmbeddings } from './embeddings.js';
import { fillTexts } from './texts.js';

/** The start of the baseline: a midnight, as all windows lie on multiples of their size. */
export const START = Date.UTC(2026, 0, 5);
export const STREAM: Stream = { model: 'bench', version: '1', role: 'champion' };

/** Columns n0 and n1, n2 and n3, … of the first eight are pairs that go together. */
const PAIRS = 4;
const PAIR_CORRELATION = 0.6;
const NULL_SHARE = 0.01;
const DAY = 86_400_000;
/** How much of its last window's deviation a wandering mean keeps. */
const PERSISTENCE = 0.7;
/** Shares of the categories of c0, c1, …; c1's third one is what gains. */
const CATEGORIES: readonly (readonly number[])[] = [
  [0.6, 0.3, 0.1],
  [0.4, 0.3, 0.2, 0.1],
  [0.97, 0.03],
  [0.3, 0.2, 0.15, 0.1, 0.08, 0.07, 0.05, 0.03, 0.015, 0.005],
  [0.5, 0.5],
];
const GAINING = 2;
const CATEGORY_NAMES = Array.from({ length: 10 }, (_, i) => `k${i}`);

/** A column's place in its season and its wandering mean, for every window from the baseline's first. */
interface Course {
  readonly phase: number;
  readonly means: Float64Array;
}

/** The events of one stream, window by window; a function of the seed alone. */
export class TrafficSource {
  readonly #courses: readonly Course[];
  readonly #batch = new EventBatch(STREAM);

  /** @param windows how many windows there will be, baseline and monitored. */
  constructor(
    private readonly traffic: Traffic,
    private readonly seed: string,
    windows: number,
  ) {
    // The last one is that of texts or embeddings.
    const columns = traffic.numeric + traffic.categorical + 1;
    this.#courses = Array.from({ length: columns }, (_, column) => courseOf(`${seed}/course ${column}`, windows));
  }

  /**
   * The events of a window. The batch is used again for the next one.
   *
   * @param part names the draws: windows of another part are other draws of the same course.
   * @param since how many windows the change has been there, the first one 0; negative before it.
   */
  window(index: number, part: string, change: Change | null, since: number): EventBatch {
    const { traffic } = this;
    const draws = new Draws(`${this.seed}/${part}/${index}`);
    const batch = this.#batch;
    batch.clear();
    const size = windowSize(traffic);
    const start = START + index * size;
    for (let row = 0; row < traffic.rows; row++) {
      batch.append(`e${index}-${row}`, start + Math.floor((row / traffic.rows) * size));
    }
    const active = since >= 0 ? change : null;
    const touched = new Set(changedColumns(active));
    let partner = new Float64Array(0);
    for (let column = 0; column < traffic.numeric; column++) {
      const own = touched.has(`n${column}`) ? active : null;
      const paired = column < 2 * PAIRS && column % 2 === 1 && own?.kind !== 'correlation';
      partner = this.#fillNumbers(batch, column, index, draws, paired ? partner : null, own, since);
    }
    for (let column = 0; column < traffic.categorical; column++) {
      this.#fillCategories(batch, column, index, draws, touched.has(`c${column}`) ? active : null);
    }
    const level = this.#levelAt(traffic.numeric + traffic.categorical, index);
    if (traffic.holds === 'text') fillTexts(batch.column(TEXT_COLUMN), traffic.rows, level, draws, active);
    if (traffic.holds === 'embedding') fillEmbeddings(batch, EMBEDDING_COLUMN, level, draws, active);
    return batch;
  }

  /** @returns the draws beneath the column, for the one that goes with it. */
  #fillNumbers(
    batch: EventBatch,
    column: number,
    window: number,
    draws: Draws,
    partner: Float64Array | null,
    change: Change | null,
    since: number,
  ): Float64Array<ArrayBuffer> {
    const { rows, family } = this.traffic;
    const cells = batch.column(`n${column}`);
    const shift = this.#levelAt(column, window) + riseOf(change, since);
    const spread = change?.kind === 'variance' ? Math.sqrt(change.factor) : 1;
    const nulls = NULL_SHARE + (change?.kind === 'nulls' ? change.points : 0);
    const rest = Math.sqrt(1 - PAIR_CORRELATION ** 2);
    const beneath = new Float64Array(rows);
    for (let row = 0; row < rows; row++) {
      const fresh = draws.normal();
      const z = partner === null ? fresh : PAIR_CORRELATION * partner[row] + rest * fresh;
      beneath[row] = z;
      if (draws.uniform() < nulls) cells.setNull(row);
      else cells.setNumber(row, numberOf(family, column, z * spread, shift));
    }
    return beneath;
  }

  #fillCategories(batch: EventBatch, column: number, window: number, draws: Draws, change: Change | null): void {
    const cells = batch.column(`c${column}`);
    const shares = sharesOf(column, this.#levelAt(this.traffic.numeric + column, window), change);
    const ids = shares.map((_, i) => cells.intern(CATEGORY_NAMES[i]));
    for (let row = 0; row < this.traffic.rows; row++) {
      if (draws.uniform() < NULL_SHARE) {
        cells.setNull(row);
        continue;
      }
      let u = draws.uniform();
      let category = 0;
      while (category < shares.length - 1 && u >= shares[category]) u -= shares[category++];
      cells.setStringId(row, ids[category]);
    }
  }

  /** Where a column's mean is in a window, in standard deviations. */
  #levelAt(column: number, window: number): number {
    const { phase, means } = this.#courses[column];
    const season = Math.sin(2 * Math.PI * ((window * windowSize(this.traffic)) / DAY + phase));
    return this.traffic.season * season + this.traffic.wander * means[window];
  }
}

function courseOf(seed: string, windows: number): Course {
  const draws = new Draws(seed);
  const means = new Float64Array(windows);
  let level = draws.normal();
  for (let window = 0; window < windows; window++) {
    means[window] = level;
    level = PERSISTENCE * level + Math.sqrt(1 - PERSISTENCE ** 2) * draws.normal();
  }
  return { phase: draws.uniform(), means };
}

function riseOf(change: Change | null, since: number): number {
  if (change?.kind === 'mean') return change.sd;
  return change?.kind === 'ramp' ? Math.min(change.upTo, change.sdPerWindow * (since + 1)) : 0;
}

/** A column's value for a standard normal draw and a shift in standard deviations. */
function numberOf(family: Family, column: number, z: number, shift: number): number {
  if (family === 'normal') return 10 + 3 * (z + shift);
  // Tukey's h distribution: moments exist below the order 1/h. Its standard deviation at h = 0.25 is 1.68.
  if (family === 'heavy') return z * Math.exp(0.125 * z * z) + 1.68 * shift;
  const x = z + shift;
  switch (column % 4) {
    case 0:
      return Math.floor(Math.exp(1 + 0.6 * x));
    case 1:
      return x > 0.5 ? 1 : 0;
    case 2:
      return x < 0.25 ? 0 : Math.round(10 * x) / 10;
    default:
      return Math.round(2 * x) / 2;
  }
}

/** Shares whose logits move with the level, alternately up and down. */
function sharesOf(column: number, level: number, change: Change | null): readonly number[] {
  const shares = CATEGORIES[column % CATEGORIES.length];
  if (change?.kind === 'category') {
    const rest = (1 - shares[GAINING] - change.points) / (1 - shares[GAINING]);
    return shares.map((share, i) => (i === GAINING ? share + change.points : share * rest));
  }
  if (level === 0) return shares;
  const weights = shares.map((share, i) => share * Math.exp(i % 2 === 0 ? level : -level));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
