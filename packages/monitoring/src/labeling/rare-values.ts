import { categoricalBin, type ColumnSketch } from '@tidemark/sketches';
import type { Baseline } from '../model/baseline.js';
import { CellTag, type CellVector, type EventBatch } from '../sketching/event-batch.js';
import { PREDICTION_PREFIX } from '../model/prediction-columns.js';

/** The share of the baseline's events that have a rare value in one column or another, if columns were independent. */
const RARE_EVENTS = 0.02;

interface RareColumn {
  readonly name: string;
  /** Beyond these a number is rare; null in columns of categories. */
  readonly range: readonly [low: number, high: number] | null;
  /** Whether a category is rare, by its text. */
  readonly category: (text: string) => boolean;
  readonly missing: boolean;
  readonly notFinite: boolean;
}

/**
 * Which events are unlike the baseline: those with a number in its outermost tails or beyond its range, a rare or unseen category, a cell
 * missing or not a number where that hardly ever was, or of the wrong type. A function of event and baseline alone.
 */
export class RareValues {
  private constructor(private readonly columns: readonly RareColumn[]) {}

  static of(baseline: Baseline): RareValues {
    const features = baseline.columns.filter(({ name, values }) => !name.startsWith(PREDICTION_PREFIX) && values > 0);
    const level = RARE_EVENTS / Math.max(1, features.length);
    return new RareValues(features.flatMap((column) => rareColumn(column, baseline.rows, level) ?? []));
  }

  /** For each row of a batch, 1 where it is unlike the baseline, else 0. */
  rows(batch: EventBatch): Uint8Array {
    const rare = new Uint8Array(batch.rows);
    for (const column of this.columns) {
      const cells = batch.columns.get(column.name);
      if (cells === undefined) continue;
      for (let row = 0; row < batch.rows; row++) if (rare[row] === 0 && isRare(cells, row, column)) rare[row] = 1;
    }
    return rare;
  }
}

function rareColumn(column: ColumnSketch, rows: number, level: number): RareColumn | null {
  const { name, digest, layout, bins, categories } = column;
  const seldom = (count: number) => count <= level * rows;
  const faults = {
    missing: seldom(column.nulls),
    notFinite: seldom(column.nan + column.positiveInfinity + column.negativeInfinity),
  };
  if (digest !== null) {
    const range = [digest.quantile(level / 2), digest.quantile(1 - level / 2)] as const;
    return { name, range, category: () => false, ...faults };
  }
  if (categories === null || layout?.type !== 'categorical' || bins === null) return null;
  const byCount = [...bins.keys()].sort((a, b) => bins[a] - bins[b] || a - b);
  const rare = new Set<number>();
  let total = 0;
  for (const bin of byCount) {
    total += bins[bin];
    if (!seldom(total)) break;
    rare.add(bin);
  }
  return { name, range: null, category: (text) => rare.has(categoricalBin(layout, text)), ...faults };
}

function isRare(cells: CellVector, row: number, { range, category, missing, notFinite }: RareColumn): boolean {
  const value = cells.values[row];
  switch (cells.tag(row)) {
    case CellTag.null:
      return missing;
    case CellTag.number:
      if (range === null) return category(String(value));
      return Number.isFinite(value) ? value < range[0] || value > range[1] : notFinite;
    case CellTag.string:
      return range !== null || category(cells.dictionary[value]);
    case CellTag.boolean:
      return range !== null || category(String(value === 1));
    default:
      return false;
  }
}
