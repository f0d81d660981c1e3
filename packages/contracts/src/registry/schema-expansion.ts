import type { Type, types } from 'avsc';
import type { AvroSchema } from '../schema-files.js';
import { branchesOf } from '../events/avro-types.js';

/** Types that a schema is made of once every name stands for what it names; what contains itself counts once. */
export const MOST_EXPANDED = 50_000;
/** Records, arrays, maps and unions in one another, once every name stands for what it names. */
export const DEEPEST_TYPE = 64;
/** Types without bytes, such as null, in an item of an array or a map, for each byte that the item takes at least. */
export const MOST_EMPTY_PARTS = 16;

interface Expansion {
  /** How many types. */
  readonly size: number;
  /** How many of them are null, or of nothing but null. */
  readonly empty: number;
  /** The least bytes of a value. */
  readonly bytes: number;
  /** How deep they lie in one another. */
  readonly depth: number;
}

const LEAF: Expansion = { size: 1, empty: 0, bytes: 1, depth: 1 };
const LEAST_BYTES: Readonly<Record<string, number>> = { null: 0, float: 4, double: 8 };

/**
 * What makes a parsed schema one whose values are not read; null where nothing does. Twenty-eight records that each hold the one before
 * twice are written in a few lines, but are 2^28 types to pass over, and take no byte where all of them are null.
 */
export function expansionExcess(type: Type): string | null {
  const known = new Map<Type, Expansion>();
  try {
    expand(type, known, 1);
    return null;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

function expand(type: Type, known: Map<Type, Expansion>, level: number): Expansion {
  const found = known.get(type);
  if (found !== undefined) {
    check(found, level);
    return found;
  }
  if (level > DEEPEST_TYPE) throw new RangeError(`its types lie deeper than ${DEEPEST_TYPE} in one another`);
  // Within itself it counts once, as a value of it has an end.
  known.set(type, LEAF);
  const expansion = expansionOf(type, known, level);
  check(expansion, level);
  known.set(type, expansion);
  return expansion;
}

function check({ size, depth }: Expansion, level: number): void {
  if (size > MOST_EXPANDED) {
    throw new RangeError(`it has more than ${MOST_EXPANDED} types once every name stands for what it names`);
  }
  if (level + depth - 1 > DEEPEST_TYPE)
    throw new RangeError(`its types lie deeper than ${DEEPEST_TYPE} in one another`);
}

function expansionOf(type: Type, known: Map<Type, Expansion>, level: number): Expansion {
  const of = (part: Type): Expansion => expand(part, known, level + 1);
  switch (type.typeName) {
    case 'fixed': {
      const bytes = (type as types.FixedType).size;
      return { ...LEAF, bytes, empty: bytes === 0 ? 1 : 0 };
    }
    case 'array':
      return repeated(of((type as types.ArrayType).itemsType), 0);
    case 'map':
      return repeated(of((type as unknown as { readonly valuesType: Type }).valuesType), 1);
    case 'record':
    case 'error': {
      const whole = sum((type as types.RecordType).fields.map((field) => of(field.type)));
      return whole.bytes === 0 ? { ...whole, empty: whole.empty + 1 } : whole;
    }
    default: {
      const branches = branchesOf(type);
      if (branches[0] !== type) return { ...sum(branches.map(of)), bytes: 1 };
      const bytes = LEAST_BYTES[type.typeName] ?? 1;
      return { ...LEAF, bytes, empty: bytes === 0 ? 1 : 0 };
    }
  }
}

function sum(parts: readonly Expansion[]): Expansion {
  let [size, empty, bytes, depth] = [1, 0, 0, 0];
  for (const part of parts) {
    size += part.size;
    empty += part.empty;
    bytes += part.bytes;
    depth = Math.max(depth, part.depth);
  }
  return { size, empty, bytes, depth: depth + 1 };
}

/** An array or a map: what takes no bytes in its items is passed as often as there are items, which the bytes then do not bound. */
function repeated(items: Expansion, keyBytes: number): Expansion {
  const bytes = items.bytes + keyBytes;
  if (items.empty > MOST_EMPTY_PARTS * Math.max(1, bytes)) {
    throw new RangeError(`the items of an array or a map have ${items.empty} parts without bytes`);
  }
  return { size: items.size + 1, empty: 0, bytes: 1, depth: items.depth + 1 };
}

/**
 * A writer's schema without defaults: they say nothing of how its values are read, and the default of a record that holds the one before
 * twice is built in full where the schema is compiled.
 */
export function withoutDefaults(schema: AvroSchema): AvroSchema {
  return strip(schema) as AvroSchema;
}

function strip(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(strip);
  if (typeof part !== 'object' || part === null) return part;
  return Object.fromEntries(
    Object.entries(part).flatMap(([name, value]) => (name === 'default' ? [] : [[name, strip(value)]])),
  );
}
