import { valueAt, VALUE_SUMS, type QualitySketch } from '@tidemark/sketches';
import {
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanResidual,
  residualKurtosis,
  residualQuantile,
  rootMeanSquaredError,
  rSquared,
  type ResidualSums,
} from '@tidemark/statistics';
import type { Figures } from './class-figures.js';

/** The metrics of values from weighted labels; quantiles of the residual count each label once, and are as exact as its bins: 2.2 %. */
export function valueFigures(sketch: QualitySketch): Figures {
  const cells = sketch.values.cells();
  const sums = Object.fromEntries(
    VALUE_SUMS.map((name) => [name, cells.reduce((sum, cell) => sum + cell.sums[name].value, 0)]),
  ) as unknown as ResidualSums;
  const bins = sketch.values.residuals();
  const residuals = bins.map(([bin]) => valueAt(bin));
  const counts = bins.map(([, count]) => count);
  const kurtosis = residualKurtosis(residuals, counts);
  const percentage = meanAbsolutePercentageError(sums);
  return {
    mae: meanAbsoluteError(sums),
    rmse: rootMeanSquaredError(sums, kurtosis),
    bias: meanResidual(sums),
    mape: { value: percentage, low: NaN, high: NaN },
    r2: rSquared(sums, kurtosis),
    residual_p10: residualQuantile(residuals, counts, 0.1),
    residual_p50: residualQuantile(residuals, counts, 0.5),
    residual_p90: residualQuantile(residuals, counts, 0.9),
  };
}
