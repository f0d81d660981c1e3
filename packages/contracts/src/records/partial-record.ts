import type { Dependence, ModelRole, Overflow, SketchPartial } from '@tidemark/monitoring';
import { encodeQuality, type BinLayout, type EmbeddingSketch } from '@tidemark/sketches';
import { momentsFromBytes, momentsToBytes } from './co-moments-record.js';
import { columnFromAvro, columnToAvro, type AvroColumn } from './column-record.js';
import { qualityFromAvro } from './quality-record.js';
import { RecordFault } from './record-fault.js';
import { embeddingsFromBytes, embeddingsToBytes } from './embedding-record.js';
import { bufferOf } from '../registry/wire-format.js';

/** The bins of a column in a baseline; null where the baseline or the column is not known. */
export type LayoutLookup = (baselineId: string, column: string) => BinLayout | null;

interface AvroPartial {
  readonly model: string;
  readonly version: string;
  readonly role: ModelRole;
  readonly segment_dimension: string;
  readonly segment_value: string;
  readonly pane_start: number;
  readonly pane_size: number;
  readonly events: number;
  readonly min_event_time: number | null;
  readonly max_event_time: number | null;
  readonly chunk: number;
  readonly chunks: number;
  readonly baseline_id: string | null;
  readonly columns: readonly AvroColumn[];
  readonly joint: { readonly columns: readonly string[]; readonly moments: Buffer } | null;
  readonly quality: Buffer | null;
  readonly vectors: readonly { readonly name: string; readonly sketch: Buffer }[];
  readonly overflow: readonly AvroOverflow[];
}

/** What exceeded a limit; of kinds that a later writer may add to those known here. */
interface AvroOverflow extends Omit<Overflow, 'what'> {
  readonly what: string;
}

/** The last moment that a date can have, milliseconds since the epoch. */
const LATEST = 8.64e15;

const OVERFLOWS: readonly string[] = ['segments', 'columns', 'categories'] satisfies Overflow['what'][];

export function partialToAvro(partial: SketchPartial, chunk = 0, chunks = 1): AvroPartial {
  const { pane, events, minEventTime, maxEventTime } = partial;
  return {
    model: pane.stream.model,
    version: pane.stream.version,
    role: pane.stream.role,
    segment_dimension: pane.segment.dimension,
    segment_value: pane.segment.value,
    pane_start: pane.start,
    pane_size: pane.size,
    events,
    min_event_time: minEventTime === Infinity ? null : minEventTime,
    max_event_time: maxEventTime === -Infinity ? null : maxEventTime,
    ...{ chunk, chunks },
    baseline_id: partial.baselineId,
    columns: partial.columns.map(columnToAvro),
    joint:
      partial.joint === null
        ? null
        : { columns: partial.joint.moments.columns, moments: momentsToBytes(partial.joint.moments) },
    quality: partial.quality === null ? null : bufferOf(encodeQuality(partial.quality)),
    vectors: partial.vectors.map((sketch) => ({ name: sketch.name, sketch: embeddingsToBytes(sketch) })),
    overflow: partial.overflow,
  };
}

export interface ReadPartial {
  readonly record: SketchPartial;
  /** Columns whose bins were dropped, as the baseline they were counted in is not known here. Their digests and categories hold. */
  readonly columnsWithoutBins: readonly string[];
}

/** @throws RecordFault where a column's sketch cannot be read, or what it says of its events cannot be. */
export function partialFromAvro(record: unknown, layoutOf: LayoutLookup): ReadPartial {
  const partial = record as AvroPartial;
  const { events, pane_size: size, min_event_time: earliest, max_event_time: latest } = partial;
  if (events < 0 || size <= 0) throw new RecordFault('damaged', `it claims ${events} events in a pane of ${size} ms`);
  if (partial.pane_start < 0 || partial.pane_start + size > LATEST) {
    throw new RecordFault('damaged', `it claims a pane of ${size} ms at ${partial.pane_start}`);
  }
  if (events > 0 && (earliest === null || latest === null || earliest > latest)) {
    throw new RecordFault('damaged', `it claims events from ${earliest} to ${latest}`);
  }
  const columnsWithoutBins: string[] = [];
  const columns = partial.columns.map((column) => {
    const layout = partial.baseline_id === null ? null : layoutOf(partial.baseline_id, column.name);
    const sketch = columnFromAvro(column, layout);
    if (column.bins !== null && sketch.bins === null) columnsWithoutBins.push(column.name);
    const binned = sketch.bins?.reduce((sum, count) => sum + count, 0) ?? sketch.values;
    // A sketcher puts every value into a bin.
    if (binned !== sketch.values && !sketch.binsEstimated) {
      throw new RecordFault('damaged', `the column ${column.name} has ${binned} of ${sketch.values} values in bins`);
    }
    return sketch;
  });
  return {
    columnsWithoutBins,
    record: {
      pane: {
        stream: { model: partial.model, version: partial.version, role: partial.role },
        segment: { dimension: partial.segment_dimension, value: partial.segment_value },
        start: partial.pane_start,
        size: partial.pane_size,
      },
      events: partial.events,
      minEventTime: partial.min_event_time ?? Infinity,
      maxEventTime: partial.max_event_time ?? -Infinity,
      baselineId: partial.baseline_id,
      columns,
      joint: dependenceOf(partial),
      quality: qualityFromAvro(partial.quality),
      vectors: embeddingsOf(partial),
      overflow: partial.overflow
        .filter(isKnown)
        .map(({ what, name, count, examples }) => ({ what, name, count, examples })),
    },
  };
}

/** Scores under a baseline that is not named mean nothing. @throws RecordFault where there are more than events. */
function dependenceOf({ joint, baseline_id: baselineId, events }: AvroPartial): Dependence | null {
  if (joint === null || baselineId === null) return null;
  const moments = momentsFromBytes(joint.columns, joint.moments);
  if (moments.events > events) {
    throw new RecordFault('damaged', `it claims scores of ${moments.events} of ${events} events`);
  }
  return { baselineId, moments };
}

function embeddingsOf({ vectors, events }: AvroPartial): EmbeddingSketch[] {
  return vectors.map(({ name, sketch: bytes }) => {
    const sketch = embeddingsFromBytes(name, bytes);
    if (sketch.count > events) {
      throw new RecordFault('damaged', `it claims ${sketch.count} vectors ${name} of ${events} events`);
    }
    return sketch;
  });
}

function isKnown(overflow: AvroOverflow): overflow is Overflow {
  return OVERFLOWS.includes(overflow.what);
}

/** Cuts a partial into chunks of so many columns; the first one counts the events, holds their quality and tells what exceeded its limit. */
export function chunksOf(partial: SketchPartial, columnsEach: number): SketchPartial[] {
  const chunks: SketchPartial[] = [];
  for (let from = 0; from < Math.max(1, partial.columns.length); from += columnsEach) {
    const columns = partial.columns.slice(from, from + columnsEach);
    chunks.push(
      from === 0
        ? { ...partial, columns }
        : { ...partial, events: 0, columns, joint: null, quality: null, vectors: [], overflow: [] },
    );
  }
  return chunks;
}
