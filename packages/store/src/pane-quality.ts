import type { PaneRow } from '@tidemark/monitoring';
import {
  decodeQuality,
  encodeQuality,
  SketchDecodeError,
  suretyOf,
  type ClassCell,
  type QualitySketch,
  type ValueSum,
} from '@tidemark/sketches';
import type { PaneSelection } from './pane-selection.js';
import type { Store } from './store.js';
import type { InsertRow } from './insert-row.js';
import { wellFormed } from './sketch-columns.js';
import { StoreError } from './store-error.js';
import { conditionOf, segmentOf, streamOf, type StreamColumns } from './stream-columns.js';

/** Rows of so much event time are read at once: labels come in many small parts. */
const PANES_A_READ = 60;

/** The columns of a row that hold a quality sketch. */
export function storedQuality(quality: QualitySketch): InsertRow {
  const bytes = encodeQuality(quality);
  return {
    predictions: quality.predictions,
    labels: quality.labels,
    sketch_bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
    outcomes: quality.classes.cells().flatMap(outcomesOf),
    value_weight: valueSum(quality, 'weight'),
    residual: valueSum(quality, 'residual'),
    absolute_residual: valueSum(quality, 'absolute'),
    squared_residual: valueSum(quality, 'squared'),
    relative_residual: valueSum(quality, 'relative'),
    truth_sum: valueSum(quality, 'truth'),
    truth_squares: valueSum(quality, 'truthSquared'),
  };
}

/** A cell as rows that add up: its answers, and those of them that have each truth. */
function outcomesOf({ predicted, bin, predictions, truths }: ClassCell): InsertRow[] {
  const answer = { predicted: predicted === null ? null : wellFormed(predicted), score_bin: bin, ...suretyOf(bin) };
  const labelled = [...truths].map(([truth, { count, weight }]) => {
    return { ...answer, truth: wellFormed(truth), answers: 0, labels: count, weight: weight.value };
  });
  if (predictions === 0) return labelled;
  return [{ ...answer, truth: null, answers: predictions, labels: 0, weight: 0 }, ...labelled];
}

function valueSum({ values }: QualitySketch, name: ValueSum): number {
  return values.cells().reduce((sum, { sums }) => sum + sums[name].value, 0);
}

interface StoredQuality extends StreamColumns {
  readonly start: number;
  readonly part: string;
  readonly state: string;
}

/**
 * Reads the quality of panes by ascending start, a row a part, with no events and no columns: sixty panes at a time.
 *
 * @throws StoreError.
 */
export async function* readPaneQuality(
  store: Store,
  { stream, segment, from, to, paneSize }: PaneSelection,
): AsyncGenerator<PaneRow, void, undefined> {
  const filter = { ...stream, ...(segment === undefined ? {} : { segment }) };
  const [{ first, last }] = await store.query<{ first: number; last: number }>(
    ...selectionOf(
      store,
      'min(start) AS first, max(start) AS last',
      conditionOf({ ...filter, from, to }, 'pane_start'),
      paneSize,
    ),
  );
  for (let slice = first; slice <= last && last > 0; slice += PANES_A_READ * paneSize) {
    const end = Math.min(to, slice + PANES_A_READ * paneSize);
    const condition = conditionOf({ ...filter, from: slice, to: end }, 'pane_start');
    const rows = await store.query<StoredQuality>(...selectionOf(store, '*', condition, paneSize));
    for (const row of rows) yield paneRow(row, paneSize);
  }
}

/** A statement over the quality of panes, in one order whatever the engine does, and its parameters. */
function selectionOf(
  store: Store,
  what: string,
  condition: ReturnType<typeof conditionOf>,
  size: number,
): [string, Record<string, unknown>] {
  return [
    `SELECT ${what} FROM (SELECT model, version, role, segment_dimension, segment_value,
     toUnixTimestamp64Milli(pane_start) AS start, part, base64Encode(sketch) AS state FROM ${store.database}.pane_quality
     WHERE ${condition.sql} AND pane_size_ms = {size:UInt32}
     ORDER BY start, segment_dimension, segment_value, part != 'pane', length(part), part)`,
    { ...condition.parameters, size },
  ];
}

function paneRow(row: StoredQuality, size: number): PaneRow {
  return {
    pane: { stream: streamOf(row), segment: segmentOf(row), start: row.start, size },
    part: row.part,
    events: 0,
    minEventTime: Infinity,
    maxEventTime: -Infinity,
    baselineId: null,
    columns: [],
    joint: null,
    vectors: [],
    quality: qualityOf(row.state, row.part),
  };
}

/** @throws StoreError `bad-query` where the bytes hold no quality: somebody else wrote or changed them. */
export function qualityOf(state: string, where: string): QualitySketch {
  try {
    return decodeQuality(Buffer.from(state, 'base64'));
  } catch (fault) {
    if (!(fault instanceof SketchDecodeError)) throw fault;
    throw new StoreError('bad-query', `The stored quality of ${where} is damaged: ${fault.message}`, { cause: fault });
  }
}
