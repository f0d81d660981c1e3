import { ALL_EVENTS, type PaneRow, type Segment, type Stream, type WindowRow } from '@tidemark/monitoring';
import { ColumnSketch, encodeDigest, type BinLayout } from '@tidemark/sketches';

export const STREAM: Stream = { model: 'credit', version: '7', role: 'champion' };
export const START = Date.UTC(2021, 5, 1);
export const MINUTE = 60_000;

/** Every way in which a text can break out of where it is put. */
export const HOSTILE = [
  `'`,
  `"`,
  '`',
  '\\',
  `\\'; DROP TABLE panes_raw; --`,
  'a\nb\r\tc',
  'nul\u0000inside',
  '{model:String}',
  '{{database}}',
  '😀 é \u202e',
  '__proto__',
  '--',
  '/*',
  '%s $1 ${x}',
  ' ',
];

/** The same numbers for the same seed: Mulberry32. */
export function randoms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function numericSketch(name: string, values: readonly number[], layout: BinLayout | null = null): ColumnSketch {
  const sketch = ColumnSketch.empty(name, 'numeric', layout);
  sketch.addNumbers(Float64Array.from(values), values.length);
  return sketch;
}

export function categoricalSketch(
  name: string,
  counts: readonly (readonly [string, number])[],
  layout: BinLayout | null = null,
): ColumnSketch {
  const sketch = ColumnSketch.empty(name, 'categorical', layout);
  for (const [category, count] of counts) sketch.addCategory(category, count);
  return sketch;
}

export interface PaneOptions {
  readonly stream?: Stream;
  readonly segment?: Segment;
  readonly start?: number;
  readonly part?: string;
  readonly events?: number;
  readonly baselineId?: string | null;
}

export function paneOf(columns: readonly ColumnSketch[], options: PaneOptions = {}): PaneRow {
  const start = options.start ?? START;
  return {
    pane: { stream: options.stream ?? STREAM, segment: options.segment ?? ALL_EVENTS, start, size: MINUTE },
    part: options.part ?? 'pane',
    events: options.events ?? 10,
    minEventTime: start + 5,
    maxEventTime: start + 59_000,
    baselineId: options.baselineId ?? null,
    columns,
    joint: null,
    quality: null,
    vectors: [],
  };
}

/** All that a sketch holds, as plain values to compare. */
export function contentOf(sketch: ColumnSketch) {
  const { name, kind, layout, values, nulls, nan, positiveInfinity, negativeInfinity, typeErrors, outOfRange } = sketch;
  const { count, mean, m2, min, max } = sketch.moments;
  return {
    ...{ name, kind, layout, values, nulls, nan, positiveInfinity, negativeInfinity, typeErrors, outOfRange },
    moments: { count, mean, m2, min, max },
    bins: sketch.bins,
    binsEstimated: sketch.binsEstimated,
    digest: sketch.digest === null ? null : Buffer.from(encodeDigest(sketch.digest)).toString('hex'),
    categories: sketch.categories?.entries() ?? null,
    categoryTotal: sketch.categories?.total ?? null,
    distinct: [...sketch.distinct.registers],
  };
}

/** More of them, for SQL. */
export const MORE_HOSTILE = [
  `' OR 1 = 1 --`,
  `\\' OR 1 = 1 --`,
  `\\\\' OR 1 = 1 --`,
  `' UNION ALL SELECT * FROM system.one /*`,
  `'; DROP TABLE windows_raw; --`,
  `' || toString(1) || '`,
  `''`,
  `\\x27`,
  `\\N`,
  `\\`,
  `#`,
  `;`,
  `$$`,
];

/** A window whose every name is the given one. */
export function windowOf(name: string): WindowRow {
  return {
    stream: { model: name, version: name, role: 'champion' },
    segment: { dimension: name, value: name },
    column: name,
    windowSize: 5 * MINUTE,
    windowStart: START,
    events: 1,
    values: 1,
    eventsPerSecond: 1,
    mean: null,
    standardDeviation: null,
    baselineId: null,
    distances: {
      ...{ psi: null, psiDebiased: null, jensenShannonDistance: null, hellinger: null, totalVariation: null },
      ...{
        chiSquare: null,
        chiSquareP: null,
        ks: null,
        ksP: null,
        ksError: null,
        wasserstein: null,
        wassersteinBySd: null,
      },
    },
    faultRates: {
      ...{
        nullRate: null,
        nanRate: null,
        infinityRate: null,
        typeErrorRate: null,
        unseenRate: null,
        outOfRangeRate: null,
      },
    },
    severity: null,
  };
}
