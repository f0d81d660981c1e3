import type avro from 'avsc';
import { AvroReader } from '../events/avro-reader.js';
import { parseSchema } from '../events/avro-schema.js';
import { branchesOf } from '../events/avro-types.js';
import { RecordFault } from './record-fault.js';
import type { AvroSchema } from '../schema-files.js';

/** What could be read of a body, for a person, and why no more. */
export interface PartialReading {
  /** The schema's name. */
  readonly schema: string;
  /** Values as JSON has them; bytes are given in hexadecimal. */
  readonly fields: readonly { readonly name: string; readonly value: unknown }[];
  /** Null where everything was read. */
  readonly fault: string | null;
}

/** A person reads no more: so many values of all fields together, and so many bytes of each text. */
const MOST_VALUES = 5000;
const MOST_TEXT_BYTES = 4096;
const DEEPEST = 64;

/**
 * Reads a damaged Avro body field by field, up to where it cannot be read. For people who look at dead letters; services take a record
 * whole or not at all. What it takes is bounded by what it shows: a few bytes may state millions of values that take none.
 *
 * @param body what follows the schema id
 */
export function readAsFarAsPossible(schema: AvroSchema, body: Uint8Array): PartialReading {
  let type: avro.Type;
  try {
    type = parseSchema(schema);
  } catch (error) {
    if (!(error instanceof RecordFault)) throw error;
    return { schema: '', fields: [], fault: error.message };
  }
  const name = type.name ?? type.typeName;
  if (type.typeName !== 'record') return { schema: name, fields: [], fault: 'the schema is not of a record' };
  const values = new ShownValues(body);
  const fields: { name: string; value: unknown }[] = [];
  for (const field of (type as avro.types.RecordType).fields) {
    try {
      fields.push({ name: field.name, value: values.next(field.type, 1) });
    } catch (error) {
      if (!(error instanceof RecordFault)) throw error;
      if (values.left === 0) return { schema: name, fields, fault: `only ${MOST_VALUES} values are shown` };
      return { schema: name, fields, fault: `${field.name} cannot be read: ${error.message}` };
    }
  }
  const { rest } = values;
  return { schema: name, fields, fault: rest === 0 ? null : `${rest} bytes follow the record` };
}

/** Reads value after value for as long as there are few. */
class ShownValues {
  left = MOST_VALUES;
  readonly #reader = new AvroReader();

  constructor(body: Uint8Array) {
    this.#reader.open(body, 0);
  }

  /** Bytes that have not been read. */
  get rest(): number {
    return this.#reader.left;
  }

  /** @throws RecordFault where the bytes are none of the type, or where there are more values than are shown. */
  next(type: avro.Type, depth: number): unknown {
    if (this.left === 0) throw new RecordFault('damaged', 'more values than are shown');
    this.left--;
    if (depth > DEEPEST) throw new RecordFault('damaged', `values nested deeper than ${DEEPEST}`);
    const reader = this.#reader;
    switch (type.typeName) {
      case 'null':
        return null;
      case 'boolean':
        return reader.boolean();
      case 'int':
      case 'long':
        return reader.long();
      case 'float':
        return reader.float();
      case 'double':
        return reader.double();
      case 'string':
        return this.#text();
      case 'bytes':
        reader.span();
        return this.#hex(reader.start, reader.pos);
      case 'fixed': {
        const start = reader.pos;
        reader.skip((type as avro.types.FixedType).size);
        return this.#hex(start, reader.pos);
      }
      case 'enum': {
        const { symbols } = type as avro.types.EnumType;
        return symbols[reader.index(symbols.length)];
      }
      case 'array':
        return this.#items(() => this.next((type as avro.types.ArrayType).itemsType, depth + 1));
      case 'map': {
        const { valuesType } = type as unknown as { readonly valuesType: avro.Type };
        return Object.fromEntries(this.#items(() => [this.#text(), this.next(valuesType, depth + 1)] as const));
      }
      case 'record':
      case 'error': {
        const { fields } = type as avro.types.RecordType;
        return Object.fromEntries(fields.map((field) => [field.name, this.next(field.type, depth + 1)]));
      }
      default: {
        const branches = branchesOf(type);
        if (branches[0] === type) throw new RecordFault('wrong_schema', `the schema has a type ${type.typeName}`);
        return this.next(branches[reader.index(branches.length)], depth + 1);
      }
    }
  }

  #items<T>(item: () => T): T[] {
    const items: T[] = [];
    for (let count = this.#reader.block(0); count > 0; count = this.#reader.block(0)) {
      for (let i = 0; i < count; i++) items.push(item());
    }
    return items;
  }

  #text(): string {
    const { start, pos, bytes } = this.#span();
    return bytes.toString('utf8', start, Math.min(pos, start + MOST_TEXT_BYTES)) + more(pos - start);
  }

  #hex(start: number, end: number): string {
    const { bytes } = this.#reader;
    return `0x${bytes.toString('hex', start, Math.min(end, start + MOST_TEXT_BYTES))}${more(end - start)}`;
  }

  #span(): AvroReader {
    this.#reader.span();
    return this.#reader;
  }
}

function more(bytes: number): string {
  return bytes > MOST_TEXT_BYTES ? `… (${bytes} bytes)` : '';
}
