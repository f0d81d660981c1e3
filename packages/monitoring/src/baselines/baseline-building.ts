import {
  ColumnSketch,
  deriveCategoricalLayout,
  deriveNumericLayout,
  encodeCoMoments,
  encodeQuality,
  encodeEmbeddings,
  type BinLayout,
} from '@tidemark/sketches';
import type { Baseline, KeptBins } from '../model/baseline.js';
import { BaselineWindowsBuilder } from './baseline-windows-builder.js';
import type { Monitor, WindowSettings } from '../model/monitor.js';
import type { Aggregate, Summary } from '../summaries/aggregate.js';
import { segmentId, type Segment } from '../model/stream.js';
import { EmbeddingWindowsBuilder } from './embedding-windows.js';
import { windowCounts } from '../summaries/window-counts.js';
import { hashId } from '../model/hash-id.js';
import type { BaselineWindows } from '../model/baseline-windows.js';
import type { QualityReference } from '../model/quality-reference.js';
import { mergeEmbeddings } from '../summaries/merge-embeddings.js';

/** What a part of a baseline holds: a window of all events, or a segment. */
export interface BaselinePart {
  readonly segment: Segment;
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly aggregate: Aggregate;
}

/** Everything of a baseline but what its columns' content decides. */
export type BaselineIdentity = Omit<Baseline, 'id' | 'columns' | 'rows' | 'windows' | 'quality' | 'kept'>;

/** Makes a baseline of columns that have been counted in their final bins. Its id is a function of all that it holds. */
export function baselineOf(
  identity: BaselineIdentity,
  rows: number,
  columns: readonly ColumnSketch[],
  windows: BaselineWindows | null = null,
  quality: QualityReference | null = null,
  kept: KeptBins | null = null,
): Baseline {
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
    windows === null ? '' : windowsText(windows),
    ...(quality === null
      ? []
      : [
          Buffer.from(encodeQuality(quality.sketch)).toString('base64'),
          JSON.stringify([quality.windows, quality.segments]),
        ]),
    ...(kept === null ? [] : [kept.baselineId, JSON.stringify(kept.counts.map((counts) => [...counts]))]),
  ]);
  return { ...identity, id, rows, columns, windows, quality, kept };
}

/**
 * Makes a baseline of a summary that was taken before any bins were known, as the first windows of a stream are: bins come
 * from the digests' quantiles and the categories seen, and the counts in them are estimates where a digest is.
 *
 * @param parts the same events by segment and window; none: how windows vary stays unknown.
 */
export function learnBaseline(
  identity: BaselineIdentity,
  summary: Summary,
  monitor: Monitor,
  parts: readonly BaselinePart[] = [],
): Baseline {
  const columns: ColumnSketch[] = [];
  for (const sketch of summary.columns) {
    const layout = layoutFor(sketch, monitor.columns[sketch.name]?.bins);
    if (layout === null) continue;
    const column = ColumnSketch.empty(sketch.name, sketch.kind, layout);
    column.merge(sketch);
    columns.push(column);
  }
  columns.sort((a, b) => (a.name < b.name ? -1 : 1));
  return baselineOf(identity, summary.events, columns, parts.length === 0 ? null : windowsOf(columns, monitor, parts));
}

function windowsOf(
  columns: readonly ColumnSketch[],
  monitor: Monitor,
  parts: readonly BaselinePart[] = [],
): BaselineWindows {
  const builder = new BaselineWindowsBuilder(shortestWindow(monitor), columns);
  const vectors = new EmbeddingWindowsBuilder(shortestWindow(monitor).size);
  for (const { segment, start, aggregate } of parts) {
    builder.add(segment, windowCounts(start, aggregate, columns));
    if (segment.dimension === '') mergeEmbeddings(vectors.at(start), aggregate.vectors);
  }
  return builder.build(null, vectors.build());
}

/** The shortest of a monitor's windows: a baseline's are of its size, as the longer ones can be merged from them. */
export function shortestWindow(monitor: Monitor): WindowSettings {
  return monitor.windows.reduce((least, window) => (window.size < least.size ? window : least));
}

/** The bins that a sketch made without any suggests; null where it has no values. @param bins of a numeric column, 10 unless stated. */
export function layoutFor(sketch: ColumnSketch, bins: number | undefined): BinLayout | null {
  if (sketch.values === 0) return null;
  if (sketch.digest !== null) return deriveNumericLayout(sketch.digest, bins);
  return sketch.categories === null ? null : deriveCategoricalLayout(sketch.categories);
}

function windowsText({ size, segments, joint, vectors }: BaselineWindows): string {
  const content = segments.map(({ segment, windows }) => [
    segmentId(segment),
    windows.map(({ start, events, columns }) => [start, events, ...columns.map((counts) => counts.join())]),
  ]);
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  const of = vectors.map(({ name, windows }) => [
    name,
    windows.map(({ start, sketch }) => [start, base64(encodeEmbeddings(sketch))]),
  ]);
  const rest = of.length === 0 ? [] : [of];
  if (joint === null) return JSON.stringify([size, content, ...rest]);
  const together = joint.windows.map(({ start, moments }) => [start, base64(encodeCoMoments(moments))]);
  return JSON.stringify([size, content, joint.columns, together, ...rest]);
}

function layoutText(layout: BinLayout): string {
  return layout.type === 'numeric' ? layout.edges.join() : JSON.stringify(layout.categories);
}
