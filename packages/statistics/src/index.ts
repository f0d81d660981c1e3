export { changeParts, type ChangePart, type GroupChange } from './change-parts.js';
export { chiSquare, type ChiSquareTest } from './chi-square.js';
export { binomialPmf, hypergeometricPmf, poissonPmf } from './discrete-distributions.js';
export { divergenceBias, divergenceInterval, divergencePValue, type DivergenceName } from './divergence-error.js';
export { erf, erfc } from './error-function.js';
export { benjaminiHochberg, benjaminiYekutieli } from './false-discovery.js';
export { hellinger } from './hellinger.js';
export { regularizedBeta } from './incomplete-beta.js';
export { chiSquareSf, regularizedGammaP, regularizedGammaQ } from './incomplete-gamma.js';
export { jensenShannonDistance } from './jensen-shannon.js';
export { kolmogorovSf, kolmogorovSmirnovSf } from './kolmogorov-distribution.js';
export { ksBias, ksInterval, ksPValue, ksStatistic } from './kolmogorov-smirnov.js';
export { LocationShift } from './location-shift.js';
export { logGamma, stirlingError } from './log-gamma.js';
export { moderatedVariance, variancePrior, type VariancePrior } from './moderated-variance.js';
export { noncentralChiSquareCdf, noncentralityInterval } from './noncentral-chi-square.js';
export { logMixtureEValue } from './normal-mixture.js';
export { normalScoreContrasts, normalScores } from './normal-scores.js';
export { normalCdf, normalQuantile } from './normal.js';
export { permutationTest, type PermutationTest } from './permutation-test.js';
export { cdfAt, empiricalCdf, type PiecewiseCdf } from './piecewise-cdf.js';
export { binomialTest, comparePoissonRates, type RateComparison } from './poisson-rates.js';
export { digamma, trigamma } from './polygamma.js';
export { debiasedPsi, psi, psiBias, psiTerms } from './psi.js';
export { seasonMeans, type SeasonMeans } from './season-means.js';
export { signedDeviance } from './signed-deviance.js';
export { cdfOfSketch } from './sketch-cdf.js';
export { ksError, wassersteinError } from './sketch-error.js';
export { studentTSf, studentTUpperQuantile } from './student-t.js';
export { symmetricEigen, type Eigen } from './symmetric-eigen.js';
export { totalVariation, totalVariationBias } from './total-variation.js';
export { twoProportionTest, type TwoProportionTest } from './two-proportion.js';
export {
  effectiveDegrees,
  pooledPersistence,
  seriesNull,
  seriesVariation,
  type SeriesNull,
  type SeriesValues,
  type SeriesVariation,
} from './wandering-series.js';
export { wassersteinBias, wassersteinPValue } from './wasserstein-error.js';
export { wassersteinDistance } from './wasserstein.js';
export {
  LONGEST_SCAN,
  SCAN_STRETCHES,
  scanWindows,
  type ScannedChange,
  type ScannedWindows,
  type WindowNull,
} from './window-scan.js';
export { averagePrecision } from './average-precision.js';
export { calibrationError, reliability, type CalibrationError, type ReliabilityPoint } from './calibration-error.js';
export { accuracy, ConfusionTable, f1, macroF1, precision, recall } from './confusion-metrics.js';
export type { Estimate } from './estimate.js';
export {
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanResidual,
  rootMeanSquaredError,
  rSquared,
  type ResidualSums,
} from './regression-metrics.js';
export { residualKurtosis, residualQuantile } from './residual-histogram.js';
export { rocAuc } from './roc-auc.js';
export { brierScore, logLoss } from './score-losses.js';
export { countedScores, type BinError, type ScoredLabels } from './scored-labels.js';
export { weightedMean } from './weighted-mean.js';
export { unweighted, weightedShare, type WeightedCount } from './weighted-share.js';
export { calibrationTest, type BinOutcomes } from './calibration-test.js';
export type { ChangeAlong, Direction } from './change-along.js';
export {
  expectedMean,
  expectedQuality,
  type ExpectedQuality,
  type ScoredAnswers,
  type UnlabelledAnswers,
} from './expected-quality.js';
export { isotonicBlocks, type IsotonicBlock } from './isotonic.js';
export { labelShift } from './label-shift.js';
export { labelsNeeded } from './labels-needed.js';
export { logDifferenceEValue, logMeanEValue, type CountedLosses } from './mean-e-value.js';
export { calibratedOutcomes, pooledOutcomes, type ExpectedOutcome, type OutcomeSums } from './outcome-expectation.js';
export { predictionPoweredMean, type PoweredMean, type PoweredSums } from './prediction-powered-mean.js';
export { residualTest, type BinResiduals, type ResidualMoments } from './residual-test.js';
