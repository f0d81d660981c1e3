import { isUtf8 } from 'node:buffer';
import type avro from 'avsc';
import type { Type } from 'avsc';
import type { AvroReader } from './avro-reader.js';
import { branchesOf } from './avro-types.js';
import { RecordFault } from '../records/record-fault.js';

/** Passes over one value of a type, checking all of it; `depth` counts the records, arrays and maps it lies in. */
export type Skip = (reader: AvroReader, depth: number) => void;

const DEEPEST = 64;
const LEAST_BYTES: Readonly<Record<string, number>> = { null: 0, float: 4, double: 8 };

/** Compiles what passes over values of the types of one writer's schema. */
export class Skips {
  readonly #skips = new Map<Type, Skip>();
  readonly #least = new Map<Type, number>();

  of(type: Type): Skip {
    const known = this.#skips.get(type);
    if (known !== undefined) return known;
    // A type may contain itself: what refers to it meanwhile finds the function made at the end.
    this.#skips.set(type, (reader, depth) => made(reader, depth));
    const made = this.least(type) === 0 ? passNothing : this.#compile(type);
    this.#skips.set(type, made);
    return made;
  }

  /** The least bytes that a value of the type takes; 0 only for types whose values take none. */
  least(type: Type): number {
    if (type.typeName === 'fixed') return (type as avro.types.FixedType).size;
    if (type.typeName !== 'record' && type.typeName !== 'error') return LEAST_BYTES[type.typeName] ?? 1;
    let sum = this.#least.get(type);
    if (sum === undefined) {
      this.#least.set(type, 1);
      sum = (type as avro.types.RecordType).fields.reduce((total, field) => total + this.least(field.type), 0);
      this.#least.set(type, sum);
    }
    return sum;
  }

  #compile(type: Type): Skip {
    switch (type.typeName) {
      case 'boolean':
        return (reader) => void reader.boolean();
      case 'int':
      case 'long':
        return (reader) => void reader.long();
      case 'float':
        return (reader) => reader.skip(4);
      case 'double':
        return (reader) => reader.skip(8);
      case 'bytes':
        return (reader) => reader.span();
      case 'string':
        return skipString;
      case 'fixed': {
        const { size } = type as avro.types.FixedType;
        return (reader) => reader.skip(size);
      }
      case 'enum': {
        const symbols = (type as avro.types.EnumType).symbols.length;
        return (reader) => void reader.index(symbols);
      }
      case 'array':
        return this.#blocks((type as avro.types.ArrayType).itemsType, false);
      case 'map':
        return this.#blocks((type as unknown as { valuesType: Type }).valuesType, true);
      case 'record':
      case 'error': {
        const fields = (type as avro.types.RecordType).fields.map((field) => this.of(field.type));
        return (reader, depth) => {
          checkDepth(depth);
          for (const field of fields) field(reader, depth + 1);
        };
      }
      default: {
        const branches = branchesOf(type);
        if (branches[0] === type) throw new RecordFault('wrong_schema', `the schema has a type ${type.typeName}`);
        const skips = branches.map((branch) => this.of(branch));
        return (reader, depth) => skips[reader.index(skips.length)](reader, depth);
      }
    }
  }

  #blocks(items: Type, keyed: boolean): Skip {
    const item = this.of(items);
    const least = this.least(items) + (keyed ? 1 : 0);
    if (least === 0) {
      return (reader, depth) => {
        checkDepth(depth);
        for (let count = reader.block(0); count > 0; count = reader.block(0)) reader.takeEmpty(count);
      };
    }
    return (reader, depth) => {
      checkDepth(depth);
      for (let count = reader.block(least); count > 0; count = reader.block(least)) {
        for (let i = 0; i < count; i++) {
          if (keyed) skipString(reader);
          item(reader, depth + 1);
        }
      }
    };
  }
}

/** Values that take no bytes, such as null and records of nothing else, are passed without a look: no byte bounds their number. */
function passNothing(): void {}

/** Passes a string and checks that it is UTF-8; it lies from the reader's `start` to `pos`. */
export function skipString(reader: AvroReader): void {
  reader.span();
  const { bytes, start, pos } = reader;
  for (let i = start; i < pos; i++) {
    if (bytes[i] < 0x80) continue;
    if (!isUtf8(bytes.subarray(start, pos))) throw new RecordFault('invalid_utf8', 'a string is not UTF-8');
    return;
  }
}

function checkDepth(depth: number): void {
  if (depth > DEEPEST) throw new RecordFault('damaged', `values nested deeper than ${DEEPEST}`);
}
