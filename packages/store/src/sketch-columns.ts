import {
  CategoryCounts,
  clickHouseDigestState,
  ColumnSketch,
  decodeDigest,
  digestFromClickHouseState,
  encodeDigest,
  HyperLogLog,
  Moments,
  SketchDecodeError,
  type BinLayout,
  type ColumnKind,
  type TDigest,
} from '@tidemark/sketches';
import { fromJsonNumber, toJsonNumber, type JsonNumber } from './json-number.js';
import { StoreError } from './store-error.js';
import type { InsertRow } from './insert-row.js';

/** What the store keeps of a sketch, as {@link SKETCH_COLUMNS} selects it. */
export interface StoredSketch {
  readonly column: string;
  readonly kind: ColumnKind;
  readonly values: number;
  readonly nulls: number;
  readonly nans: number;
  readonly positive_infinities: number;
  readonly negative_infinities: number;
  readonly type_errors: number;
  readonly out_of_range: number;
  readonly mean: JsonNumber | null;
  readonly m2: JsonNumber | null;
  readonly min: JsonNumber | null;
  readonly max: JsonNumber | null;
  readonly bin_layout: string;
  readonly bins: readonly number[];
  readonly bins_estimated: boolean;
  readonly digest_state: string;
  readonly digest_exact_state: string;
  readonly categories: Readonly<Record<string, number>>;
  readonly category_other: number;
  readonly distinct_state: string;
}

/** The columns of {@link StoredSketch} in a SELECT. A native state is no UTF-8 and goes in base64; where the exact one is left, it alone. */
export const SKETCH_COLUMNS = `column, kind, values, nulls, nans, positive_infinities, negative_infinities, type_errors,
  out_of_range, mean, m2, min, max, bin_layout, bins, bins_estimated,
  if(digest_exact = '', base64Encode(CAST(digest, 'String')), '') AS digest_state,
  base64Encode(digest_exact) AS digest_exact_state, categories, category_other,
  base64Encode(arrayStringConcat(arrayMap(rank -> char(rank), distinct_registers))) AS distinct_state`;

/** ClickHouse's state of a digest without centroids: the count 0. */
const EMPTY_STATE = 'AA==';

/** The columns of a row that hold a sketch. */
export function storedSketch(sketch: ColumnSketch): InsertRow {
  const { digest, categories, distinct, moments } = sketch;
  const empty = moments.count === 0;
  const noDigest = digest === null || digest.count === 0;
  return {
    column: wellFormed(sketch.name),
    kind: sketch.kind,
    values: sketch.values,
    nulls: sketch.nulls,
    nans: sketch.nan,
    positive_infinities: sketch.positiveInfinity,
    negative_infinities: sketch.negativeInfinity,
    type_errors: sketch.typeErrors,
    out_of_range: sketch.outOfRange,
    mean: empty ? null : toJsonNumber(moments.mean),
    m2: empty ? null : toJsonNumber(moments.m2),
    min: empty ? null : moments.min,
    max: empty ? null : moments.max,
    bin_layout: sketch.layout === null ? '' : layoutText(sketch.layout),
    bins: [...(sketch.bins ?? [])],
    bins_estimated: sketch.binsEstimated,
    digest_bytes: noDigest ? EMPTY_STATE : base64(clickHouseDigestState(digest)),
    digest_exact_bytes: noDigest ? '' : base64(encodeDigest(digest)),
    categories: categoryObject(categories),
    category_other: categories?.other ?? 0,
    distinct_bytes: distinct.isEmpty ? '' : base64(distinct.registers),
  };
}

/** @throws StoreError `bad-query` where a row holds no sketch that can be: somebody else wrote or changed it. */
export function sketchOf(row: StoredSketch): ColumnSketch {
  try {
    return rebuild(row);
  } catch (fault) {
    if (!(fault instanceof RangeError || fault instanceof SketchDecodeError || fault instanceof SyntaxError))
      throw fault;
    const message = `The stored column ${JSON.stringify(row.column)} is damaged: ${fault.message}`;
    throw new StoreError('bad-query', message, { cause: fault });
  }
}

function rebuild(row: StoredSketch): ColumnSketch {
  const numeric = row.kind === 'numeric' || row.kind === 'integer';
  const layout = row.bin_layout === '' ? null : layoutOf(row.bin_layout);
  const count = numeric && row.mean !== null ? row.values : 0;
  return ColumnSketch.fromParts({
    name: row.column,
    kind: row.kind,
    layout,
    values: row.values,
    nulls: row.nulls,
    nan: row.nans,
    positiveInfinity: row.positive_infinities,
    negativeInfinity: row.negative_infinities,
    typeErrors: row.type_errors,
    outOfRange: row.out_of_range,
    moments: Moments.fromParts({
      count,
      mean: fromJsonNumber(row.mean ?? 0),
      m2: fromJsonNumber(row.m2 ?? 0),
      min: fromJsonNumber(row.min ?? Infinity),
      max: fromJsonNumber(row.max ?? -Infinity),
    }),
    bins: layout === null ? null : Float64Array.from(row.bins),
    binsEstimated: row.bins_estimated,
    digest: numeric ? digestOf(row) : null,
    categories: numeric ? null : categoriesOf(row),
    distinct: distinctOf(row.distinct_state),
  });
}

function digestOf(row: StoredSketch): TDigest {
  if (row.digest_exact_state !== '') return decodeDigest(Buffer.from(row.digest_exact_state, 'base64'));
  return digestFromClickHouseState(Buffer.from(row.digest_state, 'base64'));
}

function categoriesOf(row: StoredSketch): CategoryCounts {
  const entries = Object.entries(row.categories);
  const total = entries.reduce((sum, [, count]) => sum + count, row.category_other);
  return CategoryCounts.fromEntries(entries, total);
}

function distinctOf(state: string): HyperLogLog {
  return state === '' ? new HyperLogLog() : HyperLogLog.fromRegisters(Buffer.from(state, 'base64'));
}

/** Half a surrogate pair is no text to the engine: it becomes U+FFFD, and two categories that are then equal add up. */
function categoryObject(categories: CategoryCounts | null): Record<string, number> {
  const counts = new Map<string, number>();
  for (const [category, count] of categories?.entries() ?? []) {
    const name = wellFormed(category);
    counts.set(name, (counts.get(name) ?? 0) + count);
  }
  return Object.fromEntries(counts);
}

/** The text with U+FFFD in place of every half of a surrogate pair, which the engine does not take. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD');
}

const texts = new WeakMap<BinLayout, string>();

/** Layouts are shared by all sketches of a column, and never change. */
function layoutText(layout: BinLayout): string {
  let text = texts.get(layout);
  if (text === undefined) {
    text = JSON.stringify(
      layout.type === 'numeric'
        ? {
            type: layout.type,
            edges: [...layout.edges],
            min: toJsonNumber(layout.min),
            max: toJsonNumber(layout.max),
          }
        : { type: layout.type, categories: layout.categories.map(wellFormed) },
    );
    texts.set(layout, text);
  }
  return text;
}

const MOST_LAYOUTS = 10_000;
const layouts = new Map<string, BinLayout>();

/** Equal texts give the same layout, so that merging sketches compares bins by identity. */
function layoutOf(text: string): BinLayout {
  let layout = layouts.get(text);
  if (layout === undefined) {
    const stored = JSON.parse(text) as StoredLayout;
    layout =
      stored.type === 'numeric'
        ? {
            type: 'numeric',
            edges: Float64Array.from(stored.edges),
            min: fromJsonNumber(stored.min),
            max: fromJsonNumber(stored.max),
          }
        : { type: 'categorical', categories: stored.categories };
    if (layouts.size >= MOST_LAYOUTS) layouts.clear();
    layouts.set(text, layout);
  }
  return layout;
}

type StoredLayout =
  | { readonly type: 'numeric'; readonly edges: readonly number[]; readonly min: JsonNumber; readonly max: JsonNumber }
  | { readonly type: 'categorical'; readonly categories: readonly string[] };

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
