import type { Type, types } from 'avsc';
import { MODEL_ROLES } from '@tidemark/monitoring';
import type { AvroReader } from './avro-reader.js';
import { parseSchema } from './avro-schema.js';
import { skipString, Skips, type Skip } from './avro-skip.js';
import { branchesOf } from './avro-types.js';
import { cellOps, readFeatures, readProbabilities, readSegments } from './event-cells.js';
import type { EventCursor } from './event-cursor.js';
import { readEmbeddings } from './event-embeddings.js';
import { RecordFault } from '../records/record-fault.js';
import { subjectOf, type AvroSchema } from '../schema-files.js';

/** Reads one field of an event in the writer's encoding into the cursor, or what it stands for into the row. */
type Step = (reader: AvroReader, event: EventCursor) => void;

const STREAM_FIELDS = ['model', 'version', 'role'];

/**
 * How an event is read that was written with a certain schema: its fields in the writer's order, those unknown here passed
 * over, those missing there left at their defaults. Cells can only be written once the stream is known, so fields that come
 * before the model, version and role are passed over at first and read at the end.
 */
export class EventPlan {
  readonly #steps: Step[] = [];
  readonly #deferred: { readonly at: number; readonly step: Step }[] = [];

  /** @throws RecordFault `wrong_schema` where the schema is not that of an event, or has a field of a type it cannot have. */
  constructor(schema: AvroSchema) {
    const type = parseSchema(schema);
    if (type.typeName !== 'record' || type.name !== subjectOf('InferenceEvent')) {
      throw new RecordFault('wrong_schema', `the schema is of ${type.name ?? type.typeName}, not of an InferenceEvent`);
    }
    const skips = new Skips();
    const { fields } = type as types.RecordType;
    const names = fields.map((field) => field.name);
    for (const required of ['event_id', 'event_time', 'model', 'version']) {
      if (!names.includes(required)) throw new RecordFault('wrong_schema', `the schema has no field ${required}`);
    }
    const streamKnownAt = Math.max(...STREAM_FIELDS.map((name) => names.indexOf(name)));
    fields.forEach((field, index) => {
      const cells = cellStep(field.name, field.type, skips);
      if (cells !== null && index < streamKnownAt) {
        const at = this.#deferred.push({ at: this.#deferred.length, step: cells }) - 1;
        const skip = skips.of(field.type);
        this.#steps.push((reader, event) => {
          event.deferred[at] = reader.pos;
          skip(reader, 0);
        });
      } else this.#steps.push(cells ?? identityStep(field.name, field.type, skips));
      if (index === streamKnownAt) this.#steps.push((_, event) => event.openRow());
    });
  }

  /** Reads the event at the reader, up to its end. */
  run(reader: AvroReader, event: EventCursor): void {
    for (const step of this.#steps) step(reader, event);
    if (reader.left > 0) throw new RecordFault('trailing_bytes', `${reader.left} bytes follow after the event`);
    for (const { at, step } of this.#deferred) {
      reader.pos = event.deferred[at];
      step(reader, event);
    }
  }
}

/** The step of a field that writes cells; null for other fields. */
function cellStep(name: string, type: Type, skips: Skips): Step | null {
  switch (name) {
    case 'features': {
      const ops = cellOps(mapValues(name, type));
      return (reader, event) => readFeatures(reader, event, ops);
    }
    case 'segments': {
      const values = mapValues(name, type);
      if (values.typeName !== 'string') throw wrongType('segments');
      return readSegments;
    }
    case 'embeddings': {
      const values = mapValues(name, type);
      const items = values.typeName === 'array' ? (values as types.ArrayType).itemsType.typeName : '';
      if (items !== 'float' && items !== 'double') throw wrongType(name);
      return (reader, event) => readEmbeddings(reader, event, items === 'float' ? 4 : 8);
    }
    case 'confidence': {
      const read = numberOf(name, type);
      return (reader, event) => event.prediction('confidence', read(reader));
    }
    case 'prediction':
      return predictionStep(type, skips);
    default:
      return null;
  }
}

function predictionStep(type: Type, skips: Skips): Step {
  const branches = branchesOf(type).map((branch): Step => {
    if (branch.typeName === 'null') return () => undefined;
    if (branch.typeName !== 'record') throw wrongType('prediction');
    const steps = (branch as types.RecordType).fields.map((field): Step => {
      switch (field.name) {
        case 'score':
        case 'value': {
          const column = field.name;
          const read = numberOf(`prediction.${column}`, field.type);
          return (reader, event) => event.prediction(column, read(reader));
        }
        case 'class': {
          const read = stringOf('prediction.class', field.type);
          return (reader, event) => {
            if (read(reader)) event.predictedClass(reader);
          };
        }
        case 'probabilities': {
          const read = numberOf('prediction.probabilities', mapValues('prediction.probabilities', field.type));
          return (reader, event) => readProbabilities(reader, event, read);
        }
        default:
          return skipping(skips.of(field.type));
      }
    });
    return (reader, event) => {
      for (const step of steps) step(reader, event);
    };
  });
  return branchesOf(type)[0] === type
    ? branches[0]
    : (reader, event) => branches[reader.index(branches.length)](reader, event);
}

function identityStep(name: string, type: Type, skips: Skips): Step {
  switch (name) {
    case 'event_id':
    case 'model':
    case 'version': {
      const read = stringOf(name, type);
      const span = name === 'event_id' ? 'eventId' : name;
      return (reader, event) => {
        event[span].start = event[span].end = 0;
        if (!read(reader)) return;
        event[span].start = reader.start;
        event[span].end = reader.pos;
      };
    }
    case 'role': {
      if (type.typeName !== 'enum') throw wrongType('role');
      const { symbols } = type as types.EnumType;
      const roles = symbols.map((symbol) => MODEL_ROLES.findIndex((role) => role === symbol));
      return (reader, event) => {
        const symbol = reader.index(roles.length);
        if (roles[symbol] < 0)
          throw new RecordFault('wrong_type', `role is ${symbols[symbol]}, which is not known here`);
        event.role = roles[symbol];
      };
    }
    case 'event_time': {
      const read = numberOf(name, type);
      return (reader, event) => {
        event.eventTime = read(reader) ?? NaN;
      };
    }
    default:
      return skipping(skips.of(type));
  }
}

function skipping(skip: Skip): Step {
  return (reader) => skip(reader, 0);
}

function mapValues(name: string, type: Type): Type {
  if (type.typeName !== 'map') throw wrongType(name);
  return (type as unknown as { readonly valuesType: Type }).valuesType;
}

/** Reads a number, undefined for null. */
function numberOf(name: string, type: Type): (reader: AvroReader) => number | undefined {
  const branches = branchesOf(type).map((branch): ((reader: AvroReader) => number | undefined) => {
    switch (branch.typeName) {
      case 'double':
        return (reader) => reader.double();
      case 'float':
        return (reader) => reader.float();
      case 'int':
      case 'long':
        return (reader) => reader.long();
      case 'null':
        return () => undefined;
      default:
        throw wrongType(name);
    }
  });
  return branchesOf(type)[0] === type ? branches[0] : (reader) => branches[reader.index(branches.length)](reader);
}

/** Passes a string, which then lies from the reader's `start` to `pos`; false for null. */
function stringOf(name: string, type: Type): (reader: AvroReader) => boolean {
  const branches = branchesOf(type).map((branch) => {
    if (branch.typeName === 'null') return () => false;
    if (branch.typeName !== 'string') throw wrongType(name);
    return (reader: AvroReader) => {
      skipString(reader);
      return true;
    };
  });
  return branchesOf(type)[0] === type ? branches[0] : (reader) => branches[reader.index(branches.length)](reader);
}

function wrongType(field: string): RecordFault {
  return new RecordFault('wrong_schema', `the schema gives ${field} a type that cannot be read as this field's`);
}
