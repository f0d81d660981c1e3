import { decodeQuality, encodeQuality, SketchDecodeError, type QualitySketch } from '@tidemark/sketches';
import type { QualityReference, ReferenceMetric } from '@tidemark/monitoring';
import { RecordFault } from './record-fault.js';
import { bufferOf } from '../registry/wire-format.js';

/** @throws RecordFault where the bytes are no quality sketch. */
export function qualityFromAvro(bytes: Uint8Array | null): QualitySketch | null {
  if (bytes === null) return null;
  const quality = decoded(bytes);
  const contradiction = contradictionIn(quality);
  if (contradiction !== null) throw new RecordFault('damaged', `its quality contradicts itself: ${contradiction}`);
  return quality;
}

function decoded(bytes: Uint8Array): QualitySketch {
  try {
    return decodeQuality(bytes);
  } catch (error) {
    if (!(error instanceof SketchDecodeError)) throw error;
    throw new RecordFault('damaged', `its quality cannot be read: ${error.message}`);
  }
}

/** Labels can be taken back, so that their counts may be anything; answers cannot, and each has one cell of a kind at most. */
function contradictionIn({ predictions, classes, values }: QualitySketch): string | null {
  for (const cells of [classes.cells(), values.cells()]) {
    let answers = 0;
    for (const cell of cells) {
      if (cell.predictions < 0) return `a cell of ${cell.predictions} answers`;
      answers += cell.predictions;
    }
    if (answers > predictions) return `${answers} answers in cells of ${predictions} in all`;
  }
  const labels = values.cells().reduce((sum, cell) => sum + cell.labels, 0);
  const residuals = values.residuals().reduce((sum, [, count]) => sum + count, 0);
  return labels === residuals ? null : `${residuals} residuals of ${labels} labels`;
}

/** The fields of a baseline that hold its quality. */
export interface AvroReference {
  readonly quality: Buffer | null;
  readonly quality_windows: readonly AvroReferenceWindow[];
  readonly quality_segments: readonly AvroReferenceSegment[];
}

interface AvroReferenceWindow {
  readonly start: number;
  readonly labels: number;
  readonly excess: number;
  readonly variance: number;
  readonly shares: readonly number[];
  readonly share_variances: readonly number[];
  readonly metrics: readonly ReferenceMetric[];
}

interface AvroReferenceSegment {
  readonly dimension: string;
  readonly value: string;
  readonly labels: number;
  readonly metrics: readonly ReferenceMetric[];
}

export function referenceToAvro(reference: QualityReference | null): AvroReference {
  if (reference === null) return { quality: null, quality_windows: [], quality_segments: [] };
  return {
    quality: bufferOf(encodeQuality(reference.sketch)),
    quality_windows: reference.windows.map(({ shareVariances, ...window }) => ({
      ...window,
      share_variances: shareVariances,
    })),
    quality_segments: reference.segments.map(({ segment, labels, metrics }) => ({ ...segment, labels, metrics })),
  };
}

/** @throws RecordFault where the bytes are no quality sketch. */
export function referenceFromAvro(record: AvroReference): QualityReference | null {
  const sketch = qualityFromAvro(record.quality);
  if (sketch === null) return null;
  return {
    sketch,
    windows: record.quality_windows.map(({ share_variances: shareVariances, metrics, ...window }) => {
      const { start, labels, excess, variance, shares } = window;
      return { start, labels, excess, variance, shares, shareVariances, metrics: metrics.map(metricOf) };
    }),
    segments: record.quality_segments.map(({ dimension, value, labels, metrics }) => ({
      ...{ segment: { dimension, value }, labels, metrics: metrics.map(metricOf) },
    })),
  };
}

function metricOf({ metric, realised, excess, variance }: ReferenceMetric): ReferenceMetric {
  return { metric, realised, excess, variance };
}
