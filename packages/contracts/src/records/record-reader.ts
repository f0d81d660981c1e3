import type { Type } from 'avsc';
import { AvroReader } from '../events/avro-reader.js';
import { parseSchema } from '../events/avro-schema.js';
import { Skips, type Skip } from '../events/avro-skip.js';
import type { LayoutLookup } from './partial-record.js';
import { faultOf, RecordFault, type FaultyRecord } from './record-fault.js';
import { readingTypeOf, recordFromAvro, type ReadRecord } from './records.js';
import type { SchemaRegistry } from '../registry/registry.js';
import { RECORD_NAMES, subjectOf, type AvroSchema, type RecordName } from '../schema-files.js';
import { HEADER_BYTES, MAGIC_BYTE, schemaIdOf } from '../registry/wire-format.js';
import { WriterSchemas } from '../registry/writer-schemas.js';

/** How a record is read that was written with a certain schema. */
interface ReadingPlan {
  readonly name: RecordName;
  readonly check: Skip;
  readonly type: Type;
  readonly resolver: ReturnType<Type['createResolver']>;
}

export type DecodedRecord = ({ readonly ok: true } & ReadRecord) | FaultyRecord;

export interface RecordReaderOptions {
  /** Which records are expected; others are faults. All unless stated. */
  readonly names?: readonly RecordName[];
  /** Finds the bins that partials were counted in; without it, partials come without bins. */
  readonly layoutOf?: LayoutLookup;
  /** 16 MiB unless stated. */
  readonly maxRecordBytes?: number;
}

/**
 * Decodes records in the registry's wire format, whichever version of their schema they were written with. Decoding never
 * waits: `needsSchema` says which schema to `prepare` beforehand. The bytes are checked in full before any are trusted.
 */
export class RecordReader {
  readonly #schemas: WriterSchemas<ReadingPlan>;
  readonly #reader = new AvroReader();
  readonly #layoutOf: LayoutLookup;
  readonly #maxBytes: number;

  constructor(registry: SchemaRegistry, options: RecordReaderOptions = {}) {
    const names = options.names ?? RECORD_NAMES;
    this.#schemas = new WriterSchemas(registry, (schema) => readingPlan(schema, names));
    this.#layoutOf = options.layoutOf ?? (() => null);
    this.#maxBytes = options.maxRecordBytes ?? 16 << 20;
  }

  /** The id of the schema that must be prepared before the message is decoded; null where none must. */
  needsSchema(message: Uint8Array | null, now: number): number | null {
    return this.#schemas.needed(message, now);
  }

  /** @throws ContractsError where the registry fails. */
  prepare(schemaId: number, now: number): Promise<void> {
    return this.#schemas.fetch(schemaId, now);
  }

  /** Prepares what the message needs and decodes it. @throws ContractsError where the registry fails. */
  async read(message: Uint8Array | null, now: number): Promise<DecodedRecord> {
    const needed = this.needsSchema(message, now);
    if (needed !== null) await this.prepare(needed, now);
    return this.decode(message);
  }

  decode(message: Uint8Array | null): DecodedRecord {
    try {
      return { ok: true, ...this.#decode(message) };
    } catch (thrown) {
      return faultOf(thrown);
    }
  }

  #decode(message: Uint8Array | null): ReadRecord {
    if (message === null || message.length === 0) throw new RecordFault('empty', 'the record has no value');
    if (message.length > this.#maxBytes) {
      throw new RecordFault('too_large', `the record has ${message.length} bytes, ${this.#maxBytes} are allowed`);
    }
    if (message[0] !== MAGIC_BYTE) throw new RecordFault('bad_magic', `the first byte is ${message[0]}, not 0`);
    const id = schemaIdOf(message);
    if (id === null) throw new RecordFault('truncated', 'the bytes end within the schema id');
    const plan = this.#schemas.of(id);
    this.#reader.open(message, HEADER_BYTES);
    plan.check(this.#reader, 0);
    if (this.#reader.left > 0) throw new RecordFault('trailing_bytes', `${this.#reader.left} bytes follow the record`);
    const body = Buffer.from(message.buffer, message.byteOffset + HEADER_BYTES, message.length - HEADER_BYTES);
    return recordFromAvro(plan.name, decodeBody(plan, body), this.#layoutOf);
  }
}

function decodeBody({ name, type, resolver }: ReadingPlan, body: Buffer): unknown {
  try {
    return type.fromBuffer(body, resolver);
  } catch (error) {
    // The structure was found sound: what is left are values, such as a number too great or an unknown symbol.
    throw new RecordFault('damaged', `${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readingPlan(schema: AvroSchema, names: readonly RecordName[]): ReadingPlan {
  const writer = parseSchema(schema);
  const name = names.find((known) => subjectOf(known) === writer.name);
  if (name === undefined) {
    const expected = names.map(subjectOf).join(' or ');
    throw new RecordFault('wrong_schema', `the schema is of ${writer.name ?? writer.typeName}, not of ${expected}`);
  }
  const type = readingTypeOf(name);
  try {
    return { name, type, check: new Skips().of(writer), resolver: type.createResolver(writer) };
  } catch (error) {
    throw new RecordFault('wrong_schema', `not to be read as ${name}: ${error instanceof Error ? error.message : ''}`);
  }
}
