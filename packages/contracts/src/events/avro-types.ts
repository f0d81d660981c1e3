import type avro from 'avsc';
import type { Type } from 'avsc';

/** The branches of a union, or the type itself as the only one. */
export function branchesOf(type: Type): readonly Type[] {
  return type.typeName.startsWith('union') ? (type as avro.types.UnwrappedUnionType).types : [type];
}
