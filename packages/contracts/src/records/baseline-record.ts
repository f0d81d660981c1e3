import {
  countWidth,
  type Baseline,
  type BaselineWindows,
  type DependenceWindows,
  type KeptBins,
  type EmbeddingWindows,
  type WindowCounts,
} from '@tidemark/monitoring';
import { layoutFault, type BinLayout, type ColumnSketch } from '@tidemark/sketches';
import { momentsFromBytes, momentsToBytes } from './co-moments-record.js';
import { columnFromAvro, columnToAvro, type AvroColumn } from './column-record.js';
import { referenceFromAvro, referenceToAvro, type AvroReference } from './quality-record.js';
import { RecordFault } from './record-fault.js';
import { embeddingsFromBytes, embeddingsToBytes } from './embedding-record.js';

interface AvroNumericBins {
  readonly edges: readonly number[];
  readonly min: number;
  readonly max: number;
}

/** A branch of the union, named as Avro's JSON encoding names branches. */
type AvroLayout =
  | { readonly 'io.tidemark.NumericBins': AvroNumericBins }
  | { readonly 'io.tidemark.CategoryBins': { readonly categories: readonly string[] } };

interface AvroWindowCounts {
  readonly start: number;
  readonly events: number;
  readonly counts: readonly number[];
}

interface AvroSegmentWindows {
  readonly dimension: string;
  readonly value: string;
  readonly windows: readonly AvroWindowCounts[];
}

interface AvroDependenceWindows {
  readonly columns: readonly string[];
  readonly windows: readonly { readonly start: number; readonly moments: Buffer }[];
}

interface AvroEmbeddingWindows {
  readonly name: string;
  readonly windows: readonly { readonly start: number; readonly sketch: Buffer }[];
}

interface AvroWindows {
  readonly size: number;
  readonly segments: readonly AvroSegmentWindows[];
  readonly joint: AvroDependenceWindows | null;
  readonly vectors: readonly AvroEmbeddingWindows[];
}

interface AvroBaseline extends AvroReference {
  readonly id: string;
  readonly model: string;
  readonly version: string;
  readonly created_at: number;
  readonly source: string;
  readonly rows: number;
  readonly period_start: number | null;
  readonly period_end: number | null;
  readonly columns: readonly (AvroColumn & { readonly layout: AvroLayout | null })[];
  readonly windows: AvroWindows | null;
  readonly kept_bins: AvroKeptBins | null;
}

interface AvroKeptBins {
  readonly baseline_id: string;
  readonly counts: readonly number[];
}

export function baselineToAvro(baseline: Baseline): AvroBaseline {
  const { id, model, version, source, rows, columns } = baseline;
  return {
    ...{ id, model, version, source, rows },
    created_at: baseline.createdAt,
    period_start: baseline.periodStart,
    period_end: baseline.periodEnd,
    columns: columns.map((column) => ({ ...columnToAvro(column), layout: layoutToAvro(column.layout) })),
    windows: windowsToAvro(baseline.windows),
    ...referenceToAvro(baseline.quality),
    kept_bins: keptToAvro(baseline.kept),
  };
}

/** @throws RecordFault where a column's bins or sketch cannot be read, or nothing can be counted in its bins. */
export function baselineFromAvro(record: unknown): Baseline {
  const baseline = record as AvroBaseline;
  try {
    return soundBaseline(baseline);
  } catch (error) {
    if (!(error instanceof RecordFault)) throw error;
    const { id, model, version } = baseline;
    throw new RecordFault(error.reason, `the baseline ${id} of ${model}, version ${version}: ${error.message}`);
  }
}

function soundBaseline(baseline: AvroBaseline): Baseline {
  const { id, model, version, source, rows } = baseline;
  const columns = baseline.columns.map((column) => {
    const sketch = columnFromAvro(column, layoutFromAvro(column.layout, column.name));
    if (column.layout !== null && sketch.bins === null) {
      throw new RecordFault('damaged', `the column ${column.name} has bins that its counts do not fit`);
    }
    return sketch;
  });
  return {
    ...{ id, model, version, source, rows, columns },
    createdAt: baseline.created_at,
    periodStart: baseline.period_start,
    periodEnd: baseline.period_end,
    windows: windowsFromAvro(baseline.windows, columns),
    quality: referenceFromAvro(baseline),
    kept: keptFromAvro(baseline.kept_bins, columns),
  };
}

function windowsToAvro(windows: BaselineWindows | null): AvroWindows | null {
  if (windows === null) return null;
  const segments = windows.segments.map(({ segment, windows: each }) => ({
    ...segment,
    windows: each.map(({ start, events, columns }) => ({
      start,
      events,
      counts: columns.flatMap((counts) => [...counts]),
    })),
  }));
  return {
    size: windows.size,
    segments,
    joint: dependenceToAvro(windows.joint),
    vectors: embeddingsToAvro(windows.vectors),
  };
}

function windowsFromAvro(record: AvroWindows | null, columns: readonly ColumnSketch[]): BaselineWindows | null {
  if (record === null) return null;
  const widths = columns.map(countWidth);
  const all = widths.reduce((sum, width) => sum + width, 0);
  const { size, segments, joint } = record;
  return {
    size,
    joint: dependenceFromAvro(joint),
    vectors: embeddingsFromAvro(record.vectors),
    segments: segments.map(({ dimension, value, windows }) => ({
      segment: { dimension, value },
      windows: windows.map(({ start, events, counts }): WindowCounts => {
        if (counts.length !== all) {
          throw new RecordFault('damaged', `a window has ${counts.length} counts where the columns have ${all}`);
        }
        let at = 0;
        return { start, events, columns: widths.map((width) => Float64Array.from(counts.slice(at, (at += width)))) };
      }),
    })),
  };
}

function dependenceToAvro(joint: DependenceWindows | null): AvroDependenceWindows | null {
  if (joint === null) return null;
  const windows = joint.windows.map(({ start, moments }) => ({ start, moments: momentsToBytes(moments) }));
  return { columns: joint.columns, windows };
}

function dependenceFromAvro(record: AvroDependenceWindows | null): DependenceWindows | null {
  if (record === null) return null;
  const { columns } = record;
  const windows = record.windows.map(({ start, moments: bytes }) => {
    const moments = momentsFromBytes(columns, bytes);
    return { start, events: moments.events, moments };
  });
  return { columns, windows };
}

function embeddingsToAvro(vectors: readonly EmbeddingWindows[]): AvroEmbeddingWindows[] {
  return vectors.map(({ name, windows }) => ({
    name,
    windows: windows.map(({ start, sketch }) => ({ start, sketch: embeddingsToBytes(sketch) })),
  }));
}

function embeddingsFromAvro(records: readonly AvroEmbeddingWindows[]): EmbeddingWindows[] {
  return records.map(({ name, windows }) => ({
    name,
    windows: windows.map(({ start, sketch: bytes }) => {
      const sketch = embeddingsFromBytes(name, bytes);
      return { start, events: sketch.count, sketch };
    }),
  }));
}

function keptToAvro(kept: KeptBins | null): AvroKeptBins | null {
  if (kept === null) return null;
  return { baseline_id: kept.baselineId, counts: kept.counts.flatMap((counts) => [...counts]) };
}

function keptFromAvro(record: AvroKeptBins | null, columns: readonly ColumnSketch[]): KeptBins | null {
  if (record === null) return null;
  const widths = columns.map(({ bins }) => bins?.length ?? 0);
  const all = widths.reduce((sum, width) => sum + width, 0);
  if (record.counts.length !== all) {
    throw new RecordFault('damaged', `it has kept ${record.counts.length} counts where the bins are ${all}`);
  }
  let at = 0;
  const counts = widths.map((width) => Float64Array.from(record.counts.slice(at, (at += width))));
  return { baselineId: record.baseline_id, counts };
}

function layoutToAvro(layout: BinLayout | null): AvroLayout | null {
  if (layout === null) return null;
  if (layout.type === 'categorical') return { 'io.tidemark.CategoryBins': { categories: layout.categories } };
  const { edges, min, max } = layout;
  return { 'io.tidemark.NumericBins': { edges: Array.from(edges), min, max } };
}

function layoutFromAvro(layout: AvroLayout | null, column: string): BinLayout | null {
  if (layout === null) return null;
  const bins: BinLayout =
    'io.tidemark.CategoryBins' in layout
      ? { type: 'categorical', categories: [...layout['io.tidemark.CategoryBins'].categories] }
      : numericBins(layout['io.tidemark.NumericBins']);
  const fault = layoutFault(bins);
  if (fault === null) return bins;
  const cure = 'build it again of data in which the column has valid values, or have the monitor ignore the column';
  throw new RecordFault('damaged', `the column ${column} cannot be counted in its bins: ${fault}; ${cure}`);
}

function numericBins({ edges, min, max }: AvroNumericBins): BinLayout {
  return { type: 'numeric', edges: Float64Array.from(edges), min, max };
}
