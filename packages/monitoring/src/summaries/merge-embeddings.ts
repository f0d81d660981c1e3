import type { EmbeddingSketch } from '@tidemark/sketches';

/** A stream has at most so many columns of vectors. */
export const MOST_EMBEDDING_COLUMNS = 16;

/** Adds sketches to those of the same columns; where the dimension has changed, the later one stands. */
export function mergeEmbeddings(into: Map<string, EmbeddingSketch>, others: Iterable<EmbeddingSketch>): void {
  for (const other of others) {
    const known = into.get(other.name);
    if (known?.dimension === other.dimension) known.merge(other);
    else if (known !== undefined || into.size < MOST_EMBEDDING_COLUMNS) into.set(other.name, other.clone());
  }
}
