import { foldString, hashHigh } from '@tidemark/sketches';

/** Below every rank of a name that is not known. */
const KNOWN = -(2 ** 32);

/** The place of a name where there is no room for all: the least first. A function of the name alone, so that all agree. */
export function rankOf(name: string, known: boolean): number {
  const rank = hashHigh(...foldString(name)) >>> 0;
  return known ? rank + KNOWN : rank;
}
