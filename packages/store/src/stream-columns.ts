import type { ModelRole, Segment, Stream } from '@tidemark/monitoring';
import { wellFormed } from './sketch-columns.js';

/** The columns that name a stream and a segment, in every table that has them. */
export interface StreamColumns {
  readonly model: string;
  readonly version: string;
  readonly role: ModelRole;
  readonly segment_dimension: string;
  readonly segment_value: string;
}

export function streamColumns(stream: Stream, segment: Segment): StreamColumns {
  return {
    model: wellFormed(stream.model),
    version: wellFormed(stream.version),
    role: stream.role,
    segment_dimension: wellFormed(segment.dimension),
    segment_value: wellFormed(segment.value),
  };
}

export function streamOf({ model, version, role }: StreamColumns): Stream {
  return { model, version, role };
}

export function segmentOf(row: StreamColumns): Segment {
  return { dimension: row.segment_dimension, value: row.segment_value };
}

/** Which rows to read; what is left out restricts nothing. */
export interface RowFilter {
  readonly model?: string;
  readonly version?: string;
  readonly role?: ModelRole;
  readonly segment?: Segment;
  readonly column?: string;
  /** Milliseconds since the epoch: from inclusive, to exclusive. */
  readonly from?: number;
  readonly to?: number;
}

/** A filter as SQL whose values are parameters. @param time the column that `from` and `to` are about. */
export function conditionOf(filter: RowFilter, time: string): { sql: string; parameters: Record<string, unknown> } {
  const terms: string[] = [];
  const parameters: Record<string, unknown> = {};
  const equal = (column: string, value: string | undefined): void => {
    if (value === undefined) return;
    terms.push(`${column} = {${column}:String}`);
    parameters[column] = wellFormed(value);
  };
  equal('model', filter.model);
  equal('version', filter.version);
  equal('role', filter.role);
  equal('segment_dimension', filter.segment?.dimension);
  equal('segment_value', filter.segment?.value);
  equal('column', filter.column);
  const bound = (name: 'from' | 'to', operator: string): void => {
    const value = filter[name];
    if (value === undefined || Math.abs(value) === Infinity) return;
    terms.push(`${time} ${operator} fromUnixTimestamp64Milli({${name}:Int64}, 'UTC')`);
    parameters[name] = Math.ceil(value);
  };
  bound('from', '>=');
  bound('to', '<');
  return { sql: terms.length === 0 ? 'true' : terms.join(' AND '), parameters };
}
