import { createHash } from 'node:crypto';

/** 16 hexadecimal digits that are a function of the parts: equal parts, equal id. */
export function hashId(parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
