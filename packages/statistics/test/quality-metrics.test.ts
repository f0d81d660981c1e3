import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  accuracy,
  averagePrecision,
  brierScore,
  calibrationError,
  ConfusionTable,
  countedScores,
  f1,
  logLoss,
  macroF1,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanResidual,
  precision,
  recall,
  reliability,
  residualKurtosis,
  residualQuantile,
  rocAuc,
  rootMeanSquaredError,
  rSquared,
  unweighted,
  weightedMean,
  weightedShare,
  type Estimate,
  type ResidualSums,
  type ScoredLabels,
} from '../src/index.js';
import { assertClose, oracle, seededUniform } from './oracle.js';

type Metrics = Readonly<Record<string, number>>;

interface Cases {
  readonly binary: readonly {
    truth: number[];
    scores: number[];
    weights: number[];
    plain: Metrics;
    weighted: Metrics;
  }[];
  readonly classes: readonly {
    truth: number[];
    predicted: number[];
    accuracy: number;
    macroF1: number;
    recall: number[];
  }[];
  readonly regression: readonly {
    truth: number[];
    predicted: number[];
    weights: number[];
    plain: Metrics;
    weighted: Metrics;
  }[];
  readonly wilson: readonly (readonly [k: number, n: number, confidence: number, low: number, high: number])[];
}

const cases = oracle<Cases>('quality-metrics');

/** Scores as they are, or in so many bins. */
function scored(truth: number[], scores: number[], weights: number[], bins: number | null): ScoredLabels {
  const at = new Map<number, [number, number, number, number]>();
  scores.forEach((raw, i) => {
    const score = bins === null ? raw : (Math.min(bins - 1, Math.floor(raw * bins)) + 0.5) / bins;
    const cell = at.get(score) ?? [0, 0, 0, 0];
    cell[truth[i] === 1 ? 0 : 2] += weights[i];
    cell[truth[i] === 1 ? 1 : 3] += weights[i] ** 2;
    at.set(score, cell);
  });
  const cells = [...at].sort(([a], [b]) => a - b);
  const [positives, positiveSquares, negatives, negativeSquares] = [0, 1, 2, 3].map((k) => cells.map(([, c]) => c[k]));
  const halfWidth = bins === null ? 0 : 0.5 / bins;
  return { scores: cells.map(([s]) => s), halfWidth, positives, positiveSquares, negatives, negativeSquares };
}

function confusion(truth: number[], predicted: number[], weights: number[] | null, classes: number): ConfusionTable {
  const table = new ConfusionTable(classes);
  truth.forEach((of, i) => {
    const weight = weights?.[i] ?? 1;
    table.add(of, predicted[i], weight, weight * weight);
  });
  return table;
}

function sumsOf(truth: number[], predicted: number[], weights: number[]): ResidualSums {
  const sums: Record<keyof ResidualSums, number> = {
    ...{ weight: 0, weightSquares: 0, residual: 0, absolute: 0 },
    ...{ squared: 0, relative: 0, truth: 0, truthSquared: 0 },
  };
  truth.forEach((y, i) => {
    const [w, r] = [weights[i], predicted[i] - y];
    sums.weight += w;
    sums.weightSquares += w * w;
    sums.residual += w * r;
    sums.absolute += w * Math.abs(r);
    sums.squared += w * r * r;
    sums.relative += (w * Math.abs(r)) / Math.abs(y);
    sums.truth += w * y;
    sums.truthSquared += w * y * y;
  });
  return sums;
}

const holds = ({ low, high }: Estimate, value: number): number => Number(low <= value && value <= high);

describe('metrics of classes', () => {
  it("agree with scikit-learn's, with and without weights", () => {
    for (const { truth, scores, weights, plain, weighted } of cases.binary) {
      const predicted = scores.map((score) => Number(score >= 0.5));
      for (const [expected, of] of [
        [plain, null],
        [weighted, weights],
      ] as const) {
        const table = confusion(truth, predicted, of, 2);
        assertClose(accuracy(table).value, expected.accuracy, 1e-12, 'accuracy');
        assertClose(precision(table, 1).value, expected.precision, 1e-12, 'precision');
        assertClose(recall(table, 1).value, expected.recall, 1e-12, 'recall');
        assertClose(f1(table, 1).value, expected.f1, 1e-12, 'F1');
        const labels = scored(truth, scores, of ?? weights.map(() => 1), null);
        assertClose(rocAuc(labels).value, expected.rocAuc, 1e-10, 'ROC AUC');
        assertClose(averagePrecision(labels).value, expected.averagePrecision, 1e-10, 'average precision');
        assertClose(brierScore(labels).value, expected.brier, 1e-10, 'Brier score');
        assertClose(logLoss(labels).value, expected.logLoss, 1e-10, 'log loss');
        assert.deepEqual([brierScore(labels).binError, logLoss(labels).binError], [0, 0]);
      }
    }
    for (const { truth, predicted, accuracy: right, macroF1: mean, recall: recalls } of cases.classes) {
      const table = confusion(truth, predicted, null, recalls.length);
      assertClose(accuracy(table).value, right, 1e-12, 'accuracy');
      assertClose(macroF1(table).value, mean, 1e-12, 'macro F1');
      recalls.forEach((expected, of) => assertClose(recall(table, of).value, expected, 1e-12, `recall of ${of}`));
    }
  });

  it('of binned scores are within their stated error of the raw ones, and that is small with 128 bins', () => {
    for (const { truth, scores, weights, weighted } of cases.binary) {
      for (const bins of [4, 16, 128]) {
        const labels = scored(truth, scores, weights, bins);
        for (const [figure, raw] of [
          [rocAuc(labels), weighted.rocAuc],
          [averagePrecision(labels), weighted.averagePrecision],
          [brierScore(labels), weighted.brier],
          [logLoss(labels), weighted.logLoss],
        ] as const) {
          const off = Math.abs(figure.value - raw);
          assert.ok(off <= figure.binError, `${figure.value} is ${off} off ${raw}, more than ${figure.binError}`);
        }
        if (bins === 128 && truth.length > 500) assert.ok(rocAuc(labels).binError < 0.02);
      }
    }
  });

  it("have Wilson's interval, as scipy gives it", () => {
    for (const [k, n, confidence, low, high] of cases.wilson) {
      const interval = weightedShare(unweighted(k), unweighted(n - k), confidence);
      assert.ok(Math.abs(interval.low - low) < 1e-12, `${interval.low} instead of ${low}`);
      assert.ok(Math.abs(interval.high - high) < 1e-12, `${interval.high} instead of ${high}`);
    }
  });

  it('are NaN without labels', () => {
    const none = new ConfusionTable(2);
    const empty = countedScores([0.5], [0], [0]);
    const figures = [accuracy(none), precision(none, 1), recall(none, 1), f1(none, 1), macroF1(none)];
    figures.push(rocAuc(empty), averagePrecision(empty), brierScore(empty), logLoss(empty), calibrationError(empty));
    for (const { value, low, high } of figures) assert.deepEqual([value, low, high], [NaN, NaN, NaN]);
    assert.deepEqual(reliability(empty), []);
    assert.throws(() => weightedMean([1], [1, 2], [1, 2]), RangeError);
  });

  it('have intervals within 0 and 1 where everything is right', () => {
    const perfect = countedScores([0.1, 0.9], [0, 20], [30, 0]);
    for (const { value, low, high } of [rocAuc(perfect), averagePrecision(perfect)]) {
      assert.deepEqual([value, high], [1, 1]);
      assert.ok(low > 0.7 && low < 1, String(low));
    }
  });

  it('hold the truth about as often as stated, where the rare are labelled more often', () => {
    const uniform = seededUniform(41);
    const repeats = 400;
    const held = { accuracy: 0, precision: 0, recall: 0, f1: 0, rocAuc: 0, averagePrecision: 0, brier: 0, macroF1: 0 };
    // Ten scores; the share of positives is the score's square. Answers are positive from 0.5 on.
    const levels = Array.from({ length: 10 }, (_, k) => (k + 0.5) / 10);
    const truthOf = (weighing: (score: number, positive: boolean) => number) =>
      levels.reduce((sum, s) => sum + (s * s * weighing(s, true) + (1 - s * s) * weighing(s, false)) / 10, 0);
    const all = countedScores(
      levels,
      levels.map((s) => 1e9 * s * s),
      levels.map((s) => 1e9 * (1 - s * s)),
    );
    const [tp, fp, fn, tn] = [
      truthOf((s, positive) => Number(positive && s > 0.5)),
      truthOf((s, positive) => Number(!positive && s > 0.5)),
      truthOf((s, positive) => Number(positive && s < 0.5)),
      truthOf((s, positive) => Number(!positive && s < 0.5)),
    ];
    const f1Of = (right: number, wrong: number): number => (2 * right) / (2 * right + wrong);
    for (let repeat = 0; repeat < repeats; repeat++) {
      const [truth, scores, weights]: number[][] = [[], [], []];
      for (let i = 0; i < 3000; i++) {
        const score = levels[Math.floor(uniform() * 10)];
        const positive = uniform() < score * score;
        const chance = score > 0.5 ? 0.5 : 0.1;
        if (uniform() >= chance) continue;
        truth.push(Number(positive));
        scores.push(score);
        weights.push(1 / chance);
      }
      const table = confusion(
        truth,
        scores.map((s) => Number(s > 0.5)),
        weights,
        2,
      );
      const labels = scored(truth, scores, weights, null);
      held.accuracy += holds(accuracy(table), tp + tn);
      held.precision += holds(precision(table, 1), tp / (tp + fp));
      held.recall += holds(recall(table, 1), tp / (tp + fn));
      held.f1 += holds(f1(table, 1), f1Of(tp, fp + fn));
      held.macroF1 += holds(macroF1(table), (f1Of(tp, fp + fn) + f1Of(tn, fp + fn)) / 2);
      held.rocAuc += holds(rocAuc(labels), rocAuc(all).value);
      held.averagePrecision += holds(averagePrecision(labels), averagePrecision(all).value);
      held.brier += holds(brierScore(labels), brierScore(all).value);
    }
    // Of 400 at 95 %, 380 ± 4.4: four standard deviations, and two more for the formulas' own approximations.
    for (const [name, count] of Object.entries(held)) assert.ok(count >= 354, `${name}: ${count} of ${repeats}`);
    for (const name of ['accuracy', 'precision', 'recall', 'f1', 'macroF1', 'rocAuc', 'brier'] as const) {
      assert.ok(held[name] <= 396, `${name}: ${held[name]} of ${repeats} is wider than stated`);
    }
  });
});

describe('the calibration error', () => {
  it('is its noise on average where scores are calibrated, and then 0 is in the interval', () => {
    const uniform = seededUniform(5);
    let [error, noise, held] = [0, 0, 0];
    for (let repeat = 0; repeat < 300; repeat++) {
      const scores = Array.from({ length: 10 }, (_, k) => (k + 0.5) / 10);
      const positives = scores.map((s) => Array.from({ length: 100 }, uniform).filter((u) => u < s).length);
      const figure = calibrationError(
        countedScores(
          scores,
          positives,
          positives.map((p) => 100 - p),
        ),
      );
      error += figure.value / 300;
      noise += figure.noise / 300;
      held += holds(figure, 0);
    }
    assertClose(error, noise, 0.04, 'noise');
    assert.ok(held >= 285, `${held} of 300`);
  });

  it('is the distance of a score that is always off by it, beyond doubt', () => {
    const figure = calibrationError(countedScores([0.25, 0.75], [4500, 9500], [5500, 500]));
    assertClose(figure.value, 0.2, 1e-12, 'error');
    assert.ok(figure.low > 0.15 && figure.low < 0.2 && figure.high > 0.2 && figure.high < 0.25);
  });
});

describe('metrics of values', () => {
  it("agree with scikit-learn's, with and without weights", () => {
    for (const { truth, predicted, weights, plain, weighted } of cases.regression) {
      for (const [expected, of] of [
        [plain, weights.map(() => 1)],
        [weighted, weights],
      ] as const) {
        const sums = sumsOf(truth, predicted, of);
        assertClose(meanAbsoluteError(sums).value, expected.mae, 1e-12, 'MAE');
        assertClose(rootMeanSquaredError(sums, 3).value, expected.rmse, 1e-12, 'RMSE');
        assertClose(meanAbsolutePercentageError(sums), expected.mape, 1e-12, 'MAPE');
        assertClose(rSquared(sums, 3).value, expected.r2, 1e-10, 'R²');
      }
    }
  });

  it('hold the truth about as often as stated', () => {
    const uniform = seededUniform(17);
    const repeats = 400;
    const held = { mae: 0, bias: 0, rmse: 0, median: 0, upper: 0 };
    // Residuals are uniform from -1 to 3.
    for (let repeat = 0; repeat < repeats; repeat++) {
      const truth = Array.from({ length: 200 }, () => 1 + uniform());
      const residuals = truth.map(() => 4 * uniform() - 1);
      const sums = sumsOf(
        truth,
        truth.map((y, i) => y + residuals[i]),
        truth.map(() => 1),
      );
      const sorted = [...residuals].sort((a, b) => a - b);
      const ones = sorted.map(() => 1);
      held.mae += holds(meanAbsoluteError(sums), 1.25);
      held.bias += holds(meanResidual(sums), 1);
      held.rmse += holds(rootMeanSquaredError(sums, residualKurtosis(sorted, ones)), Math.sqrt(7 / 3));
      held.median += holds(residualQuantile(sorted, ones, 0.5), 1);
      held.upper += holds(residualQuantile(sorted, ones, 0.9), 2.6);
    }
    for (const [name, count] of Object.entries(held)) {
      assert.ok(count >= 358 && count <= 398, `${name}: ${count} of ${repeats}`);
    }
  });

  it('are NaN without labels, and sure of nothing with one', () => {
    const none = sumsOf([], [], []);
    for (const { value } of [
      meanAbsoluteError(none),
      meanResidual(none),
      rootMeanSquaredError(none, 3),
      rSquared(none, 3),
    ])
      assert.equal(value, NaN);
    assert.equal(meanAbsolutePercentageError(none), NaN);
    assert.equal(residualQuantile([], [], 0.5).value, NaN);
    assert.equal(residualKurtosis([0], [3]), NaN);
    const one = meanResidual(sumsOf([1], [3], [1]));
    assert.deepEqual([one.value, one.low, one.high], [2, -Infinity, Infinity]);
  });
});
