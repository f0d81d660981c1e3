import { CoMoments, VectorSketch } from '@tidemark/sketches';
import { wellFormed } from './sketch-columns.js';
import { StoreError } from './store-error.js';
import type { InsertRow } from './insert-row.js';

/** What the store keeps of a sketch of vectors, as {@link VECTOR_COLUMNS} selects it. */
export interface StoredVectors {
  readonly column: string;
  readonly dimension: number;
  readonly vectors: number;
  readonly projection_sums: readonly number[];
  readonly projection_products: readonly number[];
  readonly feature_sums: readonly number[];
}

export const VECTOR_COLUMNS = 'column, dimension, vectors, projection_sums, projection_products, feature_sums';

export function storedVectors({ name, dimension, count, moments, features }: VectorSketch): InsertRow {
  return {
    column: wellFormed(name),
    ...{ dimension, vectors: count },
    projection_sums: [...moments.sums],
    projection_products: [...moments.products],
    feature_sums: [...features],
  };
}

/** @throws StoreError `bad-query` where a row holds no sketch that can be: somebody else wrote or changed it. */
export function vectorsOf(row: StoredVectors): VectorSketch {
  try {
    const { columns } = VectorSketch.empty(row.column, row.dimension).moments;
    const products = Float64Array.from(row.projection_products);
    const moments = CoMoments.fromParts({
      ...{ columns, events: row.vectors, products },
      sums: Float64Array.from(row.projection_sums),
      pairs: new Float64Array(products.length).fill(row.vectors),
    });
    const features = Float64Array.from(row.feature_sums);
    return VectorSketch.fromParts({ name: row.column, dimension: row.dimension, moments, features });
  } catch (fault) {
    if (!(fault instanceof RangeError)) throw fault;
    const message = `The stored vectors of ${JSON.stringify(row.column)} are damaged: ${fault.message}`;
    throw new StoreError('bad-query', message, { cause: fault });
  }
}
