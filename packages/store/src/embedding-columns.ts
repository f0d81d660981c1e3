import { CoMoments, EmbeddingSketch } from '@tidemark/sketches';
import { wellFormed } from './sketch-columns.js';
import { StoreError } from './store-error.js';
import type { InsertRow } from './insert-row.js';

/** What the store keeps of a sketch of vectors, as {@link EMBEDDING_COLUMNS} selects it. */
export interface StoredEmbeddings {
  readonly column: string;
  readonly dimension: number;
  readonly vectors: number;
  readonly projection_sums: readonly number[];
  readonly projection_products: readonly number[];
  readonly feature_sums: readonly number[];
}

export const EMBEDDING_COLUMNS = 'column, dimension, vectors, projection_sums, projection_products, feature_sums';

export function storedEmbeddings({ name, dimension, count, moments, features }: EmbeddingSketch): InsertRow {
  return {
    column: wellFormed(name),
    ...{ dimension, vectors: count },
    projection_sums: [...moments.sums],
    projection_products: [...moments.products],
    feature_sums: [...features],
  };
}

/** @throws StoreError `bad-query` where a row holds no sketch that can be: somebody else wrote or changed it. */
export function embeddingsOf(row: StoredEmbeddings): EmbeddingSketch {
  try {
    const { columns } = EmbeddingSketch.empty(row.column, row.dimension).moments;
    const products = Float64Array.from(row.projection_products);
    const moments = CoMoments.fromParts({
      ...{ columns, events: row.vectors, products },
      sums: Float64Array.from(row.projection_sums),
      pairs: new Float64Array(products.length).fill(row.vectors),
    });
    const features = Float64Array.from(row.feature_sums);
    return EmbeddingSketch.fromParts({ name: row.column, dimension: row.dimension, moments, features });
  } catch (fault) {
    if (!(fault instanceof RangeError)) throw fault;
    const message = `The stored vectors of ${JSON.stringify(row.column)} are damaged: ${fault.message}`;
    throw new StoreError('bad-query', message, { cause: fault });
  }
}
