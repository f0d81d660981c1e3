import { calibrationTest, chiSquareSf, residualTest, type ChangeAlong, type Direction } from '@tidemark/statistics';
import type { QualityExpectation } from '../expected-quality/quality-expectation.js';
import { truthOf, type Stratum } from '../expected-quality/quality-strata.js';

/** Whether outcomes are, given what was answered, still what the reference has. */
export interface CalibrationEvidence {
  readonly pValue: number;
  /** The root mean square by which groups of answers are off, less what chance makes of it: of probabilities, or in the unit of the values. */
  readonly gap: number;
  /** In which way, in words; empty where that is not clear. */
  readonly course: string;
}

/** From so many standard deviations a direction is told. */
const CLEAR = 4;

/** @param scale how many equal labels a unit of weight is worth. */
export function calibrationOf(
  strata: readonly Stratum[],
  expectation: QualityExpectation,
  scale: number,
): CalibrationEvidence {
  return expectation.classification
    ? classCalibration(strata, expectation, scale)
    : valueCalibration(strata, expectation, scale);
}

/** Counts of each class in each group of scores, against those expected. */
function classCalibration(
  strata: readonly Stratum[],
  expectation: QualityExpectation,
  scale: number,
): CalibrationEvidence {
  const { classes, groups } = expectation;
  // Of two classes one tells all.
  const judged = classes.length <= 2 ? classes.slice(-1).map(() => classes.length - 1) : classes.map((_, k) => k);
  const labels = new Float64Array(groups);
  const observed = judged.map(() => new Float64Array(groups));
  const expected = judged.map(() => new Float64Array(groups));
  for (const stratum of strata) {
    const group = expectation.groupOf(stratum);
    if (group < 0 || stratum.weight <= 0) continue;
    labels[group] += stratum.weight * scale;
    judged.forEach((k, at) => {
      observed[at][group] += truthOf(stratum, classes[k]).weight * scale;
      for (const { group: from, share } of expectation.sharesOf(stratum)) {
        expected[at][group] += stratum.weight * scale * share * expectation.classShare(from, k);
      }
    });
  }
  let [gap, total] = [0, 0];
  const tests = judged.map((_, at) => {
    const bins = Array.from(labels, (count, group) => ({
      expected: expected[at][group] / count,
      labels: count,
      positives: observed[at][group],
      learntFrom: expectation.labelsOf(group),
    })).filter(({ expected: share, labels: count }) => count > 0 && share > 0 && share < 1);
    for (const { expected: share, labels: count, positives, learntFrom } of bins) {
      const difference = positives - count * share;
      gap += (difference * difference) / count - share * (1 - share) * (1 + count / learntFrom);
      if (at === 0) total += count;
    }
    return calibrationTest(bins.sort((a, b) => a.expected - b.expected));
  });
  const course = tests.length === 1 ? courseOf(tests[0], classCourse(classes[judged[0]])) : '';
  return { ...together(tests), gap: total > 0 ? Math.sqrt(Math.max(0, gap / total)) : 0, course };
}

/** The mean residual of each group of predicted values, against the reference's. */
function valueCalibration(
  strata: readonly Stratum[],
  expectation: QualityExpectation,
  scale: number,
): CalibrationEvidence {
  const sums = Array.from({ length: expectation.groups }, () => ({ weight: 0, residual: 0, squares: 0 }));
  for (const stratum of strata) {
    const group = expectation.groupOf(stratum);
    if (group < 0) continue;
    sums[group].weight += stratum.weight;
    sums[group].residual += stratum.residual;
    sums[group].squares += stratum.lossSquares;
  }
  let [gap, total] = [0, 0];
  const bins = sums.flatMap(({ weight, residual, squares }, at) => {
    if (weight <= 0) return [];
    const mean = residual / weight;
    const window = { labels: weight * scale, mean, variance: Math.max(0, squares / weight - mean * mean) };
    const baseline = expectation.residualsOf(at);
    const chance = window.variance / window.labels + baseline.variance / baseline.labels;
    gap += window.labels * ((mean - baseline.mean) ** 2 - chance);
    total += window.labels;
    return [{ at, window, baseline }];
  });
  const test = residualTest(bins);
  const course = courseOf(test, {
    offset: ['predictions are higher against the truth', 'predictions are lower against the truth'],
    slope: ['the more so the higher they are', 'the more so the lower they are'],
  });
  return { ...together([test]), gap: total > 0 ? Math.sqrt(Math.max(0, gap / total)) : 0, course };
}

/**
 * The tests of several classes as one. Each of K classes against the rest counts what is one of K − 1 free: of equal classes the sum is K/(K − 1) times a
 * chi-square variable of K − 1 degrees of freedom a group, and of others about that.
 */
export function together(tests: readonly ChangeAlong[]): { readonly pValue: number } {
  const known = tests.filter(({ degreesOfFreedom }) => degreesOfFreedom > 0);
  const statistic = known.reduce((sum, { chiSquare }) => sum + chiSquare, 0);
  const degrees = known.reduce((sum, { degreesOfFreedom }) => sum + degreesOfFreedom, 0);
  const free = known.length > 2 ? (known.length - 1) / known.length : 1;
  return { pValue: degrees > 0 ? chiSquareSf(statistic * free, degrees * free) : 1 };
}

/** What a direction above and below 0 means. */
interface Course {
  readonly offset: readonly [above: string, below: string];
  readonly slope: readonly [above: string, below: string];
}

function classCourse(name: string): Course {
  return {
    offset: [`class ${name} is more often true at every score`, `class ${name} is less often true at every score`],
    slope: ['scores are too timid', 'scores are too sure of themselves'],
  };
}

/** The clearer of the two directions. */
function courseOf({ offset, slope }: ChangeAlong, words: Course): string {
  const told = ({ z }: Direction, [above, below]: readonly [string, string]) => ({
    z: Math.abs(z),
    word: z > 0 ? above : below,
  });
  const [first] = [told(offset, words.offset), told(slope, words.slope)]
    .filter(({ z }) => z >= CLEAR)
    .sort((a, b) => b.z - a.z);
  return first?.word ?? '';
}
