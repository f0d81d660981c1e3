import { ColumnSketch, deriveCategoricalLayout, deriveNumericLayout, type BinLayout } from '@tidemark/sketches';
import type { Baseline } from './baseline.js';
import { hashId } from './incidents.js';
import type { Monitor } from './monitor.js';
import type { Summary } from './aggregate.js';

/** Everything of a baseline but what its columns' content decides. */
export type BaselineIdentity = Omit<Baseline, 'id' | 'columns' | 'rows'>;

/** Makes a baseline of columns that have been counted in their final bins. Its id is a function of all that it holds. */
export function baselineOf(identity: BaselineIdentity, rows: number, columns: readonly ColumnSketch[]): Baseline {
  const content = columns.map((column) => [
    column.name,
    column.kind,
    column.layout === null ? '' : layoutText(column.layout),
    column.values,
    column.nulls,
    column.nan,
    column.typeErrors,
    [...(column.bins ?? [])].join(),
    column.moments.mean,
    column.moments.m2,
  ]);
  const id = hashId([
    identity.model,
    identity.version,
    identity.createdAt,
    identity.source,
    rows,
    JSON.stringify(content),
  ]);
  return { ...identity, id, rows, columns };
}

/**
 * Makes a baseline of a summary that was taken before any bins were known, as the first windows of a stream are: bins come
 * from the digests' quantiles and the categories seen, and the counts in them are estimates where a digest is.
 */
export function learnBaseline(identity: BaselineIdentity, summary: Summary, monitor: Monitor): Baseline {
  const columns: ColumnSketch[] = [];
  for (const sketch of summary.columns) {
    const layout = layoutFor(sketch, monitor.columns[sketch.name]?.bins);
    if (layout === null) continue;
    const column = ColumnSketch.empty(sketch.name, sketch.kind, layout);
    column.merge(sketch);
    columns.push(column);
  }
  columns.sort((a, b) => (a.name < b.name ? -1 : 1));
  return baselineOf(identity, summary.events, columns);
}

function layoutFor(sketch: ColumnSketch, bins: number | undefined): BinLayout | null {
  if (sketch.values === 0) return null;
  if (sketch.digest !== null) return deriveNumericLayout(sketch.digest, bins);
  return sketch.categories === null ? null : deriveCategoricalLayout(sketch.categories);
}

function layoutText(layout: BinLayout): string {
  return layout.type === 'numeric' ? layout.edges.join() : JSON.stringify(layout.categories);
}
