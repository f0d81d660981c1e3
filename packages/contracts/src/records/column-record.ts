import {
  binCount,
  CategoryCounts,
  ColumnSketch,
  decodeDigest,
  decodeDistinct,
  encodeDigest,
  encodeDistinct,
  HyperLogLog,
  Moments,
  SketchDecodeError,
  type BinLayout,
  type ColumnKind,
  type MomentParts,
} from '@tidemark/sketches';
import { RecordFault } from './record-fault.js';
import { contradictionIn } from './sketch-soundness.js';
import { bufferOf } from '../registry/wire-format.js';

/** A column's sketch as the Avro schemas of partials and baselines have it. */
export interface AvroColumn {
  readonly name: string;
  readonly kind: string;
  readonly values: number;
  readonly nulls: number;
  readonly nan: number;
  readonly positive_infinity: number;
  readonly negative_infinity: number;
  readonly type_errors: number;
  readonly out_of_range: number;
  readonly moments: MomentParts | null;
  readonly bins: readonly number[] | null;
  readonly bins_estimated: boolean;
  readonly digest: Buffer | null;
  readonly categories: {
    readonly capacity: number;
    readonly total: number;
    readonly values: readonly string[];
    readonly counts: readonly number[];
  } | null;
  readonly distinct: Buffer;
}

const KINDS: readonly ColumnKind[] = ['numeric', 'integer', 'categorical', 'boolean'];

export function columnToAvro(column: ColumnSketch): AvroColumn {
  const { name, kind, values, nulls, nan, moments, digest, categories } = column;
  return {
    name,
    kind,
    values,
    nulls,
    nan,
    positive_infinity: column.positiveInfinity,
    negative_infinity: column.negativeInfinity,
    type_errors: column.typeErrors,
    out_of_range: column.outOfRange,
    moments: moments.count === 0 ? null : momentParts(moments),
    bins: column.bins === null ? null : Array.from(column.bins),
    bins_estimated: column.binsEstimated,
    digest: digest === null ? null : bufferOf(encodeDigest(digest)),
    categories:
      categories === null
        ? null
        : {
            capacity: categories.capacity,
            total: categories.total,
            values: categories.entries().map(([category]) => category),
            counts: categories.entries().map(([, count]) => count),
          },
    distinct: bufferOf(encodeDistinct(column.distinct)),
  };
}

/**
 * The sketch of a column.
 * @param layout the bins that its counts lie in; where it does not suit them, they are dropped and the sketch has no bins.
 * @throws RecordFault `damaged` where parts contradict each other or cannot be read.
 */
export function columnFromAvro(column: AvroColumn, layout: BinLayout | null): ColumnSketch {
  const { name, values, nulls, nan, moments, digest, categories, distinct } = column;
  const kind = KINDS.find((known) => known === column.kind);
  if (kind === undefined) throw new RecordFault('damaged', `the column ${name} is of the unknown kind ${column.kind}`);
  const fits = layout !== null && suits(layout, kind) && column.bins?.length === binCount(layout);
  try {
    const sketch = ColumnSketch.fromParts({
      name,
      kind,
      values,
      nulls,
      nan,
      layout: fits ? layout : null,
      positiveInfinity: column.positive_infinity,
      negativeInfinity: column.negative_infinity,
      typeErrors: column.type_errors,
      outOfRange: fits ? column.out_of_range : 0,
      moments: moments === null ? new Moments() : Moments.fromParts(moments),
      bins: fits && column.bins !== null ? Float64Array.from(column.bins) : null,
      binsEstimated: fits && column.bins_estimated,
      digest: digest === null ? null : decodeDigest(digest),
      categories: categories === null ? null : categoryCounts(categories),
      distinct: distinct.length === 0 ? new HyperLogLog() : decodeDistinct(distinct),
    });
    const contradiction = contradictionIn(sketch);
    if (contradiction !== null) throw new RangeError(contradiction);
    return sketch;
  } catch (error) {
    if (!(error instanceof SketchDecodeError || error instanceof RangeError)) throw error;
    throw new RecordFault('damaged', `the column ${name}: ${error.message}`);
  }
}

function suits(layout: BinLayout, kind: ColumnKind): boolean {
  return (layout.type === 'numeric') === (kind === 'numeric' || kind === 'integer');
}

function categoryCounts({ capacity, total, values, counts }: NonNullable<AvroColumn['categories']>): CategoryCounts {
  if (values.length !== counts.length) throw new RangeError(`${values.length} categories have ${counts.length} counts`);
  return CategoryCounts.fromEntries(
    values.map((value, i) => [value, counts[i]] as const),
    total,
    capacity,
  );
}

function momentParts({ count, mean, m2, min, max }: Moments): MomentParts {
  return { count, mean, m2, min, max };
}
