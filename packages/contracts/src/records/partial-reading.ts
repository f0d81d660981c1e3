import type avro from 'avsc';
import { AvroReader } from '../events/avro-reader.js';
import { parseSchema } from '../events/avro-schema.js';
import { Skips } from '../events/avro-skip.js';
import { RecordFault } from './record-fault.js';
import type { AvroSchema } from '../schema-files.js';

/** What could be read of a body, as text for a person, and why no more. */
export interface PartialReading {
  /** The schema's name. */
  readonly schema: string;
  readonly fields: readonly { readonly name: string; readonly value: unknown }[];
  /** Null where everything was read. */
  readonly fault: string | null;
}

/**
 * Reads a damaged Avro body field by field, up to where it cannot be read. For people who look at dead letters; services take
 * a record whole or not at all.
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
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  const fields: { name: string; value: unknown }[] = [];
  // What is not sound is not built: a count of few bytes may claim millions of items.
  const reader = new AvroReader();
  reader.open(body, 0);
  const skips = new Skips();
  let at = 0;
  for (const field of (type as avro.types.RecordType).fields) {
    try {
      skips.of(field.type)(reader, 1);
      const decoded: { readonly value: unknown; readonly offset: number } = field.type.decode(bytes, at);
      if (decoded.offset < 0) return { schema: name, fields, fault: `the bytes end within ${field.name}` };
      fields.push({ name: field.name, value: decoded.value });
      at = decoded.offset;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { schema: name, fields, fault: `${field.name} cannot be read: ${message}` };
    }
  }
  const left = bytes.length - at;
  return { schema: name, fields, fault: left === 0 ? null : `${left} bytes follow the record` };
}
