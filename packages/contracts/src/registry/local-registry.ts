import type { SchemaAnswer, SchemaRegistry } from './registry.js';
import type { AvroSchema } from '../schema-files.js';

/** A registry within the process, for the embedded mode: the same wire format, ids from 1 in the order of registration. */
export class LocalRegistry implements SchemaRegistry {
  readonly #schemas: AvroSchema[] = [];
  readonly #ids = new Map<string, number>();

  register(_subject: string, schema: AvroSchema): Promise<number> {
    const text = JSON.stringify(schema);
    let id = this.#ids.get(text);
    if (id === undefined) {
      id = this.#schemas.push(schema);
      this.#ids.set(text, id);
    }
    return Promise.resolve(id);
  }

  schemaOf(id: number): Promise<SchemaAnswer> {
    const schema = this.#schemas[id - 1];
    return Promise.resolve(
      schema === undefined
        ? { ok: false, reason: 'unknown_schema', detail: `no schema has the id ${id}` }
        : { ok: true, schema },
    );
  }
}
