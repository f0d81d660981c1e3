/*
 * The inner loops of the t-digest, on scratch arrays that all digests share: they hold nothing between calls, and no call
 * yields to another.
 */

let scratchMeans = new Float64Array(4096);
let scratchWeights = new Float64Array(4096);

/** The first `size` means of the last run; valid until the next call. */
export function runMeans(size: number): Float64Array {
  return scratchMeans.subarray(0, size);
}

/** The first `size` weights of the last run; valid until the next call. */
export function runWeights(size: number): Float64Array {
  return scratchWeights.subarray(0, size);
}

/**
 * Merges two ascending lists into the run, equal means into one.
 *
 * @param weights null where the second list's weights are all 1.
 * @returns the length of the run.
 */
export function mergeRuns(
  knownMeans: Float64Array,
  knownWeights: Float64Array,
  known: number,
  means: Float64Array,
  weights: Float64Array | null,
  n: number,
): number {
  if (scratchMeans.length < known + n) {
    scratchMeans = new Float64Array(2 * (known + n));
    scratchWeights = new Float64Array(2 * (known + n));
  }
  const outMeans = scratchMeans;
  const outWeights = scratchWeights;
  let last = -1;
  let lastMean = NaN;
  for (let i = 0, j = 0; i < known || j < n;) {
    let mean: number;
    let weight: number;
    if (j >= n || (i < known && knownMeans[i] <= means[j])) {
      mean = knownMeans[i];
      weight = knownWeights[i++];
    } else {
      mean = means[j];
      weight = weights === null ? 1 : weights[j];
      j++;
    }
    if (mean === lastMean) {
      outWeights[last] += weight;
    } else {
      lastMean = mean;
      outMeans[++last] = mean + 0;
      outWeights[last] = weight;
    }
  }
  return last + 1;
}

/**
 * The greatest share that a centroid may reach that starts at share q: one step of k1(q) = compression / (2 pi) asin(2q - 1),
 * by the addition theorem of the sine instead of the inverse functions.
 */
export function shareLimit(q: number, cosStep: number, sinStep: number): number {
  const sine = 2 * q - 1;
  if (sine >= cosStep) return 1;
  return (1 + sine * cosStep + Math.sqrt(Math.max(0, 1 - sine * sine)) * sinStep) / 2;
}

/** A gap is wide from this share of the middle nine tenths' range on, so that there are at most 16 of them. */
const WIDE_GAP = 1 / 16;

/**
 * So many of the outermost centroids on each side are left alone: they are the extremes themselves, through any number of merges.
 * A heavy tail's few far values carry much of its Wasserstein distance, and a line drawn to them would be far off.
 */
const EXTREMES = 16;

/**
 * Compresses the run's first `size` centroids in place, one pass from the least. No centroid spans a wide gap in the middle
 * of the mass, and the values at its two edges stay alone: otherwise one between two far modes would move the mass of both.
 *
 * @returns how many centroids are left.
 */
export function compressRun(size: number, compression: number): number {
  const means = scratchMeans;
  const weights = scratchWeights;
  const step = (2 * Math.PI) / compression;
  const cosStep = Math.cos(step);
  const sinStep = Math.sin(step);
  let total = 0;
  for (let i = 0; i < size; i++) total += weights[i];
  const [from, to] = middleOfMass(size, total);
  const wide = (means[to] - means[from]) * WIDE_GAP;
  let out = 0;
  let before = 0;
  let limit = total * shareLimit(0, cosStep, sinStep);
  let first = means[0];
  let last = first;
  let weight = weights[0];
  let excess = 0;
  let apart = false;
  let gapBefore = false;
  for (let i = 1; i < size; i++) {
    const mean = means[i];
    const added = weights[i];
    const gapAfter = i >= from && i < to && means[i + 1] - mean > wide;
    const inner = i > EXTREMES && i < size - EXTREMES;
    if (inner && before + weight + added <= limit && !apart && !gapBefore && !gapAfter) {
      weight += added;
      excess += (mean - first) * added;
      last = mean;
      continue;
    }
    means[out] = Math.min(last, first + excess / weight);
    weights[out++] = weight;
    before += weight;
    limit = total * shareLimit(before / total, cosStep, sinStep);
    first = last = mean;
    weight = added;
    excess = 0;
    apart = gapBefore;
    gapBefore = gapAfter;
  }
  means[out] = Math.min(last, first + excess / weight);
  weights[out++] = weight;
  return out;
}

/** The places in the run between which the middle nine tenths of the mass lie. */
function middleOfMass(size: number, total: number): readonly [from: number, to: number] {
  let from = 0;
  let to = size - 1;
  for (let mass = scratchWeights[from]; mass < 0.05 * total && from < to;) mass += scratchWeights[++from];
  for (let mass = scratchWeights[to]; mass < 0.05 * total && to > from;) mass += scratchWeights[--to];
  return [from, to];
}
