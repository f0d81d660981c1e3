import { CoMoments } from '@tidemark/sketches';
import { wellFormed } from './sketch-columns.js';
import { StoreError } from './store-error.js';
import type { InsertRow } from './insert-row.js';

/** What the store keeps of moments, as {@link MOMENT_COLUMNS} selects it. */
export interface StoredMoments {
  readonly events: number;
  readonly columns: readonly string[];
  readonly sums: readonly number[];
  readonly products: readonly number[];
  readonly pairs: readonly number[];
}

export const MOMENT_COLUMNS = 'events, columns, sums, products, pairs';

export function storedMoments({ events, columns, sums, products, pairs }: CoMoments): InsertRow {
  return {
    events,
    columns: columns.map(wellFormed),
    sums: [...sums],
    products: [...products],
    pairs: [...pairs],
  };
}

/** @throws StoreError `bad-query` where a row holds no moments that can be: somebody else wrote or changed it. */
export function momentsOf({ events, columns, sums, products, pairs }: StoredMoments): CoMoments {
  try {
    return CoMoments.fromParts({
      ...{ events, columns },
      sums: Float64Array.from(sums),
      products: Float64Array.from(products),
      pairs: Float64Array.from(pairs),
    });
  } catch (fault) {
    if (!(fault instanceof RangeError)) throw fault;
    throw new StoreError('bad-query', `Stored moments of columns are damaged: ${fault.message}`, { cause: fault });
  }
}
