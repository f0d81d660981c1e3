import { PREDICTION_COLUMNS } from '@tidemark/monitoring';
import type { Type } from 'avsc';
import type { AvroReader } from './avro-reader.js';
import { branchesOf } from './avro-types.js';
import { MOST_TEXT_BYTES, type ColumnSlot } from './stream-batch.js';
import type { EventCursor } from './event-cursor.js';
import { checkFeatureName } from './event-row.js';
import { duplicate } from '../records/json-object.js';
import { RecordFault } from '../records/record-fault.js';

const Op = { null: 0, double: 1, string: 2, boolean: 3, float: 4, long: 5 } as const;

/** What the values of a map of features may be: an operation a branch of their union, or one alone. */
export interface CellOps {
  readonly union: boolean;
  readonly ops: Uint8Array;
}

/** @throws RecordFault `wrong_schema` where a value could be of a type that no feature has. */
export function cellOps(values: Type): CellOps {
  const branches = branchesOf(values);
  const ops = branches.map((branch) => {
    const name = branch.typeName === 'int' ? 'long' : branch.typeName;
    if (!(name in Op)) throw new RecordFault('wrong_schema', `the schema's features may be of type ${name}`);
    return Op[name as keyof typeof Op];
  });
  return { union: branches[0] !== values, ops: Uint8Array.from(ops) };
}

/** Reads a map of features into the cells of the event's row. */
export function readFeatures(reader: AvroReader, event: EventCursor, { union, ops }: CellOps): void {
  const { row, limits } = event;
  const { slots, names } = row.stream.features;
  const at = row.row;
  let total = 0;
  // A producer writes its features in the same order each time: the next name is most likely the next entry.
  let entry = -1;
  for (let count = reader.block(1); count > 0; count = reader.block(1)) {
    total += count;
    if (total > limits.maxFeatures) throw tooMany('features', limits.maxFeatures);
    for (let i = 0; i < count; i++) {
      reader.span();
      const { bytes, start, pos } = reader;
      entry++;
      if (entry >= names.size || !names.equals(entry, bytes, start, pos)) {
        entry = names.find(bytes, start, pos);
        if (entry === -1) entry = newFeature(reader, event);
      }
      const op = union ? ops[reader.index(ops.length)] : ops[0];
      if (entry === -1) {
        passCell(reader, event, op);
        continue;
      }
      if (slots[entry].cells.has(at)) throw duplicate(slots[entry].cells.name);
      if (op === Op.double) row.number(slots[entry].cells, reader.double());
      else readCell(reader, event, op, slots[entry], at);
    }
  }
}

function readCell(reader: AvroReader, event: EventCursor, op: number, slot: ColumnSlot, at: number): void {
  const { row } = event;
  switch (op) {
    case Op.string:
      readString(reader, event, slot, at);
      row.given();
      break;
    case Op.boolean:
      slot.cells.setBoolean(at, reader.boolean());
      row.given();
      break;
    case Op.null:
      slot.cells.setNull(at);
      row.given();
      break;
    case Op.float:
      row.number(slot.cells, reader.float());
      break;
    default:
      row.number(slot.cells, reader.long());
  }
}

function readString(reader: AvroReader, event: EventCursor, slot: ColumnSlot, at: number): void {
  reader.span();
  const { bytes, start, pos } = reader;
  if (slot.setKnownString(at, bytes, start, pos)) return;
  const most = slot.text ? MOST_TEXT_BYTES : event.limits.maxStringBytes;
  const text = reader.textOfSpan(most, slot.cells.name);
  slot.setNewString(at, bytes, start, pos, text);
}

/** Passes over the cell of a column that the stream has no room for. */
function passCell(reader: AvroReader, event: EventCursor, op: number): void {
  event.row.given();
  if (op === Op.string) reader.text(event.limits.maxStringBytes, 'a category');
  else if (op === Op.boolean) reader.boolean();
  else if (op === Op.long) reader.long();
  else if (op !== Op.null) reader.skip(op === Op.double ? 8 : 4);
}

/** The entry of a feature met for the first time; -1 where the stream has its most columns. */
function newFeature(reader: AvroReader, event: EventCursor): number {
  const name = reader.textOfSpan(event.limits.maxStringBytes, "a feature's name");
  checkFeatureName(name);
  if (!event.row.takesColumn(name)) return -1;
  return event.row.stream.features.add(reader.bytes, reader.start, reader.pos, name);
}

/** Reads a map of segment tags. */
export function readSegments(reader: AvroReader, event: EventCursor): void {
  const { row, limits } = event;
  const { slots, names } = row.stream.segments;
  let total = 0;
  for (let count = reader.block(2); count > 0; count = reader.block(2)) {
    total += count;
    if (total > limits.maxSegments) throw tooMany('segments', limits.maxSegments);
    for (let i = 0; i < count; i++) {
      reader.span();
      let entry = names.find(reader.bytes, reader.start, reader.pos);
      if (entry === -1) {
        const name = reader.textOfSpan(limits.maxStringBytes, "a segment's dimension");
        if (row.batch.segments.size >= row.batches.maxColumns) row.batch.refuse(name);
        else entry = row.stream.segments.add(reader.bytes, reader.start, reader.pos, name);
      }
      if (entry === -1) reader.text(limits.maxStringBytes, "a segment's value");
      else if (slots[entry].cells.has(row.row)) throw duplicate(slots[entry].cells.name);
      else readString(reader, event, slots[entry], row.row);
    }
  }
}

/** Reads a map of class probabilities. */
export function readProbabilities(
  reader: AvroReader,
  event: EventCursor,
  read: (reader: AvroReader) => number | undefined,
): void {
  const { row, limits } = event;
  const { slots, names } = row.stream.probabilities;
  let total = 0;
  for (let count = reader.block(1); count > 0; count = reader.block(1)) {
    total += count;
    if (total > limits.maxFeatures) throw tooMany('probabilities', limits.maxFeatures);
    for (let i = 0; i < count; i++) {
      reader.span();
      let entry = names.find(reader.bytes, reader.start, reader.pos);
      if (entry === -1) {
        const name = reader.textOfSpan(limits.maxStringBytes, "a class's name");
        if (row.takesColumn(`${PREDICTION_COLUMNS.probability}${name}`)) {
          entry = row.stream.probabilities.add(reader.bytes, reader.start, reader.pos, name);
        }
      }
      const value = read(reader);
      if (value === undefined) continue;
      if (entry === -1) row.given();
      else if (slots[entry].cells.has(row.row)) throw duplicate(slots[entry].cells.name);
      else row.number(slots[entry].cells, value);
    }
  }
}

export function tooMany(what: 'features' | 'segments' | 'probabilities', most: number): RecordFault {
  return new RecordFault(
    what === 'segments' ? 'too_many_segments' : 'too_many_features',
    `the event has more than ${most} ${what}`,
  );
}
