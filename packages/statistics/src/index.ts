export { changeParts, type ChangePart, type GroupChange } from './distances/change-parts.js';
export { chiSquare, type ChiSquareTest } from './distances/chi-square.js';
export { binomialPmf, hypergeometricPmf, poissonPmf } from './distributions/discrete-distributions.js';
export {
  divergenceBias,
  divergenceInterval,
  divergencePValue,
  type DivergenceName,
} from './distances/divergence-error.js';
export { erf, erfc } from './distributions/error-function.js';
export { benjaminiHochberg, benjaminiYekutieli, eBenjaminiHochberg } from './tests/false-discovery.js';
export { hellinger } from './distances/hellinger.js';
export { regularizedBeta } from './distributions/incomplete-beta.js';
export { chiSquareSf, regularizedGammaP, regularizedGammaQ } from './distributions/incomplete-gamma.js';
export { jensenShannonDistance } from './distances/jensen-shannon.js';
export { kolmogorovSf, kolmogorovSmirnovSf } from './distributions/kolmogorov-distribution.js';
export { ksBias, ksInterval, ksPValue, ksStatistic } from './distances/kolmogorov-smirnov.js';
export { LocationShift } from './series/location-shift.js';
export { logGamma, stirlingError } from './distributions/log-gamma.js';
export { moderatedVariance, variancePrior, type VariancePrior } from './series/moderated-variance.js';
export { noncentralChiSquareCdf, noncentralityInterval } from './distributions/noncentral-chi-square.js';
export { logMixtureEValue } from './distributions/normal-mixture.js';
export { normalScoreContrasts, normalScores } from './series/normal-scores.js';
export { normalCdf, normalQuantile } from './distributions/normal.js';
export { permutationTest, type PermutationTest } from './distances/permutation-test.js';
export { cdfAt, empiricalCdf, type PiecewiseCdf } from './distances/piecewise-cdf.js';
export { binomialTest, comparePoissonRates, type RateComparison } from './tests/poisson-rates.js';
export { digamma, trigamma } from './distributions/polygamma.js';
export { debiasedPsi, psi, psiBias, psiTerms } from './distances/psi.js';
export { seasonMeans, type SeasonMeans } from './series/season-means.js';
export { signedDeviance } from './series/signed-deviance.js';
export { cdfOfSketch } from './distances/sketch-cdf.js';
export { ksError, wassersteinError } from './distances/sketch-error.js';
export { studentTSf, studentTUpperQuantile } from './distributions/student-t.js';
export { symmetricEigen, type Eigen } from './series/symmetric-eigen.js';
export { totalVariation, totalVariationBias } from './distances/total-variation.js';
export { twoProportionTest, type TwoProportionTest } from './tests/two-proportion.js';
export { fitSeriesNulls, seriesNulls } from './series/pooled-series.js';
export { allAtOnce, type Steps } from './steps.js';
export type { SeriesNull, SeriesValues } from './series/ar1-null.js';
export { wassersteinBias, wassersteinPValue } from './distances/wasserstein-error.js';
export { wassersteinDistance } from './distances/wasserstein.js';
export {
  LONGEST_SCAN,
  scanAlong,
  SCAN_STRETCHES,
  scanWindows,
  type ScannedChange,
  type ScannedWindows,
  type ScanAlong,
  type WindowNull,
} from './series/window-scan.js';
export { averagePrecision } from './quality/average-precision.js';
export {
  calibrationError,
  reliability,
  type CalibrationError,
  type ReliabilityPoint,
} from './quality/calibration-error.js';
export { accuracy, ConfusionTable, f1, macroF1, precision, recall } from './quality/confusion-metrics.js';
export type { Estimate } from './quality/estimate.js';
export {
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanResidual,
  rootMeanSquaredError,
  rSquared,
  type ResidualSums,
} from './quality/regression-metrics.js';
export { residualKurtosis, residualQuantile } from './quality/residual-histogram.js';
export { rocAuc } from './quality/roc-auc.js';
export { brierScore, logLoss } from './quality/score-losses.js';
export { countedScores, type BinError, type ScoredLabels } from './quality/scored-labels.js';
export { weightedMean } from './quality/weighted-mean.js';
export { unweighted, weightedShare, type WeightedCount } from './quality/weighted-share.js';
export { calibrationTest, type BinOutcomes } from './tests/calibration-test.js';
export type { ChangeAlong, Direction } from './tests/change-along.js';
export { expectedQuality, type ExpectedQuality, type ScoredAnswers } from './quality/expected-quality.js';
export { isotonicBlocks, type IsotonicBlock } from './quality/isotonic.js';
export { calibratedOutcomes, type ExpectedOutcome } from './quality/outcome-expectation.js';
export { predictionPoweredMean, type PoweredMean, type PoweredSums } from './quality/prediction-powered-mean.js';
export { residualTest, type BinResiduals, type ResidualMoments } from './tests/residual-test.js';
