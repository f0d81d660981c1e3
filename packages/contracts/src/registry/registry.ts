import type { AvroSchema } from '../schema-files.js';

/** What a registry says of a schema id. Ids it does not know, and schemas that are not Avro, are faults of a record. */
export type SchemaAnswer =
  | { readonly ok: true; readonly schema: AvroSchema }
  | { readonly ok: false; readonly reason: 'unknown_schema' | 'wrong_schema'; readonly detail: string };

/** The port to a schema registry. Both methods throw a ContractsError where the registry itself fails. */
export interface SchemaRegistry {
  /** Registers a schema under a subject, or finds it there; gives its id. */
  register(subject: string, schema: AvroSchema): Promise<number>;
  schemaOf(id: number): Promise<SchemaAnswer>;
}
