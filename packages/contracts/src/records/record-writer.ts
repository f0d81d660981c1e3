import type { SketchPartial } from '@tidemark/monitoring';
import { ContractsError } from '../contracts-error.js';
import { chunksOf, partialToAvro } from './partial-record.js';
import { TO_AVRO, typeOf, type Records } from './records.js';
import type { SchemaRegistry } from '../registry/registry.js';
import { schemaOf, subjectOf, type RecordName } from '../schema-files.js';
import { frame } from '../registry/wire-format.js';

/**
 * Encodes records in the registry's wire format. Opened once, for the records that a process writes.
 *
 * @example
 * const writer = await RecordWriter.open(new LocalRegistry(), ['SourceWatermark']);
 * writer.encode('SourceWatermark', { sourcePartition: 0, sourcePartitions: 1, watermark: -Infinity, idleFor: 0 }).length; // 9
 */
export class RecordWriter {
  readonly #ids: ReadonlyMap<RecordName, number>;

  private constructor(ids: ReadonlyMap<RecordName, number>) {
    this.#ids = ids;
  }

  /**
   * Registers the schemas of the records.
   * @throws ContractsError where the registry fails or refuses a schema.
   */
  static async open(registry: SchemaRegistry, names: readonly RecordName[]): Promise<RecordWriter> {
    const ids = new Map<RecordName, number>();
    for (const name of names) ids.set(name, await registry.register(subjectOf(name), schemaOf(name)));
    return new RecordWriter(ids);
  }

  /** @throws ContractsError `invalid-record` where the record does not fit its schema; the message names the fields. */
  encode<N extends RecordName>(name: N, record: Records[N]): Buffer {
    return this.#encode(name, TO_AVRO[name](record));
  }

  /**
   * A partial in as many messages as it takes for none to be longer than `maxBytes`, as far as whole columns allow. Their
   * partials add up to the whole.
   */
  encodePartial(partial: SketchPartial, maxBytes: number): Buffer[] {
    let columnsEach = Math.max(1, partial.columns.length);
    for (;;) {
      const chunks = chunksOf(partial, columnsEach);
      const messages = chunks.map((chunk, i) => this.#encode('SketchPartial', partialToAvro(chunk, i, chunks.length)));
      if (columnsEach === 1 || messages.every((message) => message.length <= maxBytes)) return messages;
      columnsEach = Math.ceil(columnsEach / 2);
    }
  }

  #encode(name: RecordName, value: unknown): Buffer {
    const id = this.#ids.get(name);
    if (id === undefined) throw new Error(`The writer was not opened for ${name}.`);
    const type = typeOf(name);
    try {
      return frame(id, type.toBuffer(value));
    } catch (error) {
      const fields: string[] = [];
      type.isValid(value, { errorHook: (path) => fields.push(path.join('.')) });
      throw new ContractsError(
        'invalid-record',
        `The ${name} has values that its schema does not take: ${fields.join(', ')}`,
        {
          cause: error,
        },
      );
    }
  }
}
