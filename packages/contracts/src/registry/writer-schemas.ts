import type { SchemaAnswer, SchemaRegistry } from './registry.js';
import type { AvroSchema } from '../schema-files.js';
import { RecordFault } from '../records/record-fault.js';
import { schemaIdOf } from './wire-format.js';

/** How long an id that the registry did not know is taken for unknown without asking again, in milliseconds. */
const UNKNOWN_FOR = 30_000;
/** Faulty records may bear any id: no more unknown ones than this are remembered. */
const MOST_UNKNOWN = 10_000;

type Known<T> = { readonly compiled: T } | { readonly fault: RecordFault; readonly until: number };

/**
 * What the decoders know of the schemas that records were written with: each is fetched once and compiled once. Fetching is
 * apart from decoding, so that the loop over a batch never waits.
 */
export class WriterSchemas<T> {
  readonly #known = new Map<number, Known<T>>();
  readonly #underWay = new Map<number, Promise<void>>();
  readonly #registry: SchemaRegistry;
  readonly #compile: (schema: AvroSchema) => T;

  /** @param compile makes a decoder of a schema; throws RecordFault where the schema is not one to read. */
  constructor(registry: SchemaRegistry, compile: (schema: AvroSchema) => T) {
    this.#registry = registry;
    this.#compile = compile;
  }

  /** The schema id that must be fetched before the message can be decoded; null where none must. */
  needed(message: Uint8Array | null, now: number): number | null {
    const id = schemaIdOf(message);
    if (id === null) return null;
    const known = this.#known.get(id);
    return known === undefined || ('fault' in known && known.until <= now) ? id : null;
  }

  /** @throws ContractsError where the registry fails; what was known before then still holds. */
  fetch(id: number, now: number): Promise<void> {
    let fetching = this.#underWay.get(id);
    if (fetching === undefined) {
      fetching = this.#fetch(id, now).finally(() => this.#underWay.delete(id));
      this.#underWay.set(id, fetching);
    }
    return fetching;
  }

  /** @throws RecordFault for an id that the registry does not know or whose schema is another record's. */
  of(id: number): T {
    const known = this.#known.get(id);
    if (known === undefined) throw new Error(`Schema ${id} was not fetched before decoding: call prepare first.`);
    if ('fault' in known) throw known.fault;
    return known.compiled;
  }

  async #fetch(id: number, now: number): Promise<void> {
    const answer = await this.#registry.schemaOf(id);
    if (this.#known.size >= MOST_UNKNOWN) this.#forgetFaults();
    this.#known.set(id, this.#take(answer, id, now));
  }

  #take(answer: SchemaAnswer, id: number, now: number): Known<T> {
    if (!answer.ok) return { fault: new RecordFault(answer.reason, answer.detail), until: now + UNKNOWN_FOR };
    try {
      return { compiled: this.#compile(answer.schema) };
    } catch (thrown) {
      if (!(thrown instanceof RecordFault)) throw thrown;
      // A schema never changes under its id, so this answer is final.
      return { fault: new RecordFault(thrown.reason, `schema ${id}: ${thrown.message}`), until: Infinity };
    }
  }

  #forgetFaults(): void {
    for (const [id, known] of this.#known) if ('fault' in known) this.#known.delete(id);
  }
}
