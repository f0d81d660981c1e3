import {
  EventBatches,
  EventDecoder,
  RecordReader,
  schemaIdOf,
  schemaOf,
  type DecodedEvent,
  type DecodedRecord,
  type GroundTruth,
} from '@tidemark/contracts';
import { CellTag, type Baseline, type SketchPartial, type SourceWatermark } from '@tidemark/monitoring';
import avro from 'avsc';
import { START } from '../pipeline/stream.js';
import { DECODED, type Corpus, type DecoderName } from './fuzz-corpus.js';
import { faultOfQuality } from './sound-quality.js';
import { faultOfSketch } from './sound-sketch.js';

export type Outcome =
  | { readonly kind: 'taken' }
  | { readonly kind: 'fault'; readonly reason: string }
  | { readonly kind: 'unsound' | 'crash'; readonly detail: string };

type Decode = (bytes: Buffer) => Outcome;

export const NOW = START + 600_000;
const TAKEN: Outcome = { kind: 'taken' };
/** Schemas of the corpus; other ids are of schemas that nobody has. */
const SCHEMAS = 16;
const ROWS_A_BATCH = 500;
const LARGE_BYTES = 8192;

export async function decodersOf(corpus: Corpus): Promise<Readonly<Record<DecoderName, Decode>>> {
  return { event: await eventDecoder(corpus), record: await recordDecoder(corpus) };
}

/** An event that is taken must be what another decoder, avsc or JSON.parse, makes of the same bytes. */
async function eventDecoder({ registry, records }: Corpus): Promise<Decode> {
  const decoder = new EventDecoder(registry);
  for (let id = 1; id <= SCHEMAS; id++) await decoder.prepare(id, NOW);
  const id = schemaIdOf(records.find(({ name }) => name === 'event, Avro')?.bytes ?? null);
  const type = avro.Type.forSchema(schemaOf('InferenceEvent'));
  let batches = new EventBatches();
  return (bytes) => {
    if (unknownTo(decoder, bytes)) return { kind: 'fault', reason: 'unknown_schema' };
    // New ones, as damaged names would use up the columns that a stream may have, and a large event takes all of them.
    if (batches.rows >= ROWS_A_BATCH || bytes.length > LARGE_BYTES) batches = new EventBatches();
    const rows = batches.rows;
    const decoded = decoder.decode(bytes, batches, NOW);
    if (!decoded.ok) {
      const traces = batches.rows - rows;
      if (traces !== 0) return { kind: 'unsound', detail: `a fault that left ${traces} rows behind` };
      return { kind: 'fault', reason: decoded.reason };
    }
    let wanted: unknown;
    try {
      if (bytes[0] === 0 && schemaIdOf(bytes) !== id) return { kind: 'unsound', detail: 'taken under another schema' };
      wanted = bytes[0] === 0 ? type.fromBuffer(bytes.subarray(5)) : JSON.parse(bytes.toString('utf8'));
    } catch (error) {
      return { kind: 'unsound', detail: `taken, though damaged: ${String(error)}` };
    }
    const difference = differenceOf(decoded, wanted as EventFields);
    return difference === null ? TAKEN : { kind: 'unsound', detail: difference };
  };
}

interface EventFields {
  readonly event_id: string;
  readonly model: string;
  readonly version: string;
  readonly event_time: number | string;
  readonly features?: Readonly<Record<string, unknown>> | null;
  readonly segments?: Readonly<Record<string, string>> | null;
}

function differenceOf({ batch, row }: DecodedEvent & { ok: true }, wanted: EventFields): string | null {
  if (batch.eventIds[row] !== wanted.event_id) return `the id ${batch.eventIds[row]} for ${wanted.event_id}`;
  if (batch.stream.model !== wanted.model || batch.stream.version !== wanted.version) return 'another stream';
  const { event_time: time } = wanted;
  const milliseconds = Math.trunc(typeof time === 'number' ? time : Date.parse(time));
  if (batch.eventTimes[row] !== milliseconds) return `the time ${batch.eventTimes[row]} for ${milliseconds}`;
  for (const [name, value] of Object.entries(wanted.features ?? {})) {
    const cells = batch.columns.get(name);
    if (cells === undefined) return `no column ${name}`;
    const found = cellOf(cells, row);
    if (!Object.is(found, value) && !(found === 0 && value === 0))
      return `${name} is ${String(found)} for ${String(value)}`;
  }
  for (const [name, value] of Object.entries(wanted.segments ?? {})) {
    if (batch.segments.get(name)?.string(row) !== value) return `another segment ${name}`;
  }
  return null;
}

function cellOf(cells: CellColumn, row: number): unknown {
  switch (cells.tag(row)) {
    case CellTag.number:
      return cells.values[row];
    case CellTag.boolean:
      return cells.values[row] === 1;
    case CellTag.string:
      return cells.string(row);
    case CellTag.null:
      return null;
    default:
      return undefined;
  }
}

interface CellColumn {
  readonly values: Float64Array;
  tag(row: number): number;
  string(row: number): string | undefined;
}

/** A record that is taken must hold together: counts that are counts, and parts that add up. */
async function recordDecoder({ registry, baseline }: Corpus): Promise<Decode> {
  const columns = new Map(baseline.columns.map((column) => [column.name, column.layout]));
  const reader = new RecordReader(registry, {
    names: DECODED,
    layoutOf: (id, column) => (id === baseline.id ? (columns.get(column) ?? null) : null),
  });
  for (let id = 1; id <= SCHEMAS; id++) await reader.prepare(id, NOW);
  return (bytes) => {
    if (unknownTo(reader, bytes)) return { kind: 'fault', reason: 'unknown_schema' };
    const read = reader.decode(bytes);
    if (!read.ok) return { kind: 'fault', reason: read.reason };
    const detail = faultOfRecord(read);
    return detail === null ? TAKEN : { kind: 'unsound', detail };
  };
}

function faultOfRecord({ name, record }: DecodedRecord & { ok: true }): string | null {
  switch (name) {
    case 'SketchPartial':
      return faultOfPartial(record);
    case 'Baseline':
      return faultOfBaseline(record);
    case 'SourceWatermark':
      return faultOfWatermark(record);
    case 'GroundTruth':
      return faultOfTruth(record);
    case 'DeadLetter':
      return null;
    default:
      return `a ${name} was not asked for`;
  }
}

function unknownTo(reader: { needsSchema(message: Uint8Array, now: number): number | null }, bytes: Buffer): boolean {
  return reader.needsSchema(bytes, NOW) !== null;
}

const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0;

function faultOfTruth(truth: GroundTruth): string | null {
  if (truth.eventId === '' || truth.model === '') return 'a label of nothing';
  if (truth.class === null && truth.value === null) return 'a label that says nothing';
  if (truth.value !== null && !Number.isFinite(truth.value)) return `the label ${truth.value}`;
  return Number.isSafeInteger(truth.observedAt) ? null : `observed at ${truth.observedAt}`;
}

function faultOfPartial(partial: SketchPartial): string | null {
  const { pane, events, minEventTime, maxEventTime, columns, quality } = partial;
  if (!isCount(events)) return `a partial of ${events} events`;
  if (!(pane.size > 0) || !Number.isSafeInteger(pane.start)) return `a pane of ${pane.size} ms at ${pane.start}`;
  if (events > 0 && !(minEventTime <= maxEventTime)) return `event times from ${minEventTime} to ${maxEventTime}`;
  return firstFault([quality === null ? null : faultOfQuality(quality), ...columns.map(faultOfSketch)]);
}

function faultOfBaseline({ rows, createdAt, columns }: Baseline): string | null {
  if (!isCount(rows) || !Number.isSafeInteger(createdAt)) return `a baseline of ${rows} rows of ${createdAt}`;
  return firstFault(columns.map(faultOfSketch));
}

function faultOfWatermark({ sourcePartition, sourcePartitions, watermark, idleFor }: SourceWatermark): string | null {
  if (!isCount(sourcePartition) || sourcePartition >= sourcePartitions) {
    return `the source partition ${sourcePartition} of ${sourcePartitions}`;
  }
  return isCount(idleFor) && !Number.isNaN(watermark) ? null : `idle for ${idleFor} at ${watermark}`;
}

function firstFault(faults: readonly (string | null)[]): string | null {
  return faults.find((fault) => fault !== null) ?? null;
}
