export type { Answer, Truth } from './answer.js';
export {
  NO_SCORE,
  positiveBinOf,
  SCORE_BINS,
  SCORE_HALF_WIDTH,
  scoreBin,
  scoreOf,
  suretyOf,
  valueAt,
  valueBin,
} from './answer-bins.js';
export { MOST_CLASSES, OTHER_CLASS, type ClassCell, type TruthCounts } from './class-outcomes.js';
export { ExactSum } from './exact-sum.js';
export { decodeQuality, encodeQuality } from './quality-codec.js';
export { QualitySketch } from './quality-sketch.js';
export { VALUE_SUMS, type ValueCell, type ValueSum } from './value-outcomes.js';
export { binCount, categoricalBin, describeBin, layoutFault, nextUp, numericBin, sameLayout } from './bin-layout.js';
export type { BinLayout, CategoricalLayout, NumericLayout } from './bin-layout.js';
export { CategoryCounts } from './category-counts.js';
export type { CategoryEntry } from './category-counts.js';
export type { CdfKnots } from './cdf-knots.js';
export { clickHouseDigestState, digestFromClickHouseState } from './clickhouse-digest.js';
export { binNumbers, countBinned } from './column-bins.js';
export { decodeCoMoments, encodeCoMoments } from './co-moments-codec.js';
export { CoMoments } from './co-moments.js';
export type { CoMomentParts } from './co-moments.js';
export { ColumnSketch } from './column-sketch.js';
export type { ColumnKind, ColumnSketchParts } from './column-sketch.js';
export { deriveCategoricalLayout, deriveNumericLayout, numericLayout } from './derived-layout.js';
export { decodeDigest, encodeDigest } from './digest-codec.js';
export { decodeDistinct, encodeDistinct } from './distinct-codec.js';
export { foldString, hashHigh } from './hash.js';
export { HyperLogLog } from './hyper-log-log.js';
export { Moments } from './moments.js';
export type { MomentParts } from './moments.js';
export { SketchDecodeError } from './sketch-decode-error.js';
export { TDigest } from './t-digest.js';
export { decodeEmbeddings, encodeEmbeddings, MOST_DIMENSIONS } from './embedding-codec.js';
export { FOURIER_FEATURES, PROJECTIONS, EmbeddingSketch } from './embedding-sketch.js';
export type { EmbeddingSketchParts } from './embedding-sketch.js';
export type { CentroidOptions } from './t-digest.js';
