import { EmbeddingSketch } from '@tidemark/sketches';
import type { EventBatch } from '../sketching/event-batch.js';
import type { Monitor } from '../model/monitor.js';
import { EmbeddingTag, type EmbeddingColumn } from './embedding-column.js';
import { MOST_EMBEDDING_COLUMNS } from '../summaries/merge-embeddings.js';

/**
 * Adds the lengths of a batch's vectors as columns, `<embedding>.norm`: an embedder that fails gives zeros, or what is no vector,
 * which counts as a value of the wrong type.
 */
export function deriveEmbeddingColumns(batch: EventBatch): void {
  for (const vectors of batch.vectors.values()) {
    const norms = batch.column(`${vectors.name}.norm`);
    const { dimension, tags, values } = vectors;
    for (let row = 0; row < Math.min(batch.rows, tags.length); row++) {
      if (tags[row] === EmbeddingTag.faulty) norms.setBoolean(row, false);
      if (tags[row] !== EmbeddingTag.vector) continue;
      let squares = 0;
      const start = vectors.startOf(row);
      for (let at = start; at < start + dimension; at++) squares += values[at] * values[at];
      norms.setNumber(row, Math.sqrt(squares));
    }
  }
}

/** The columns of vectors that a monitor watches. */
export function watchedEmbeddings(batch: EventBatch, monitor: Monitor): EmbeddingColumn[] {
  return [...batch.vectors.values()].filter(({ name }) => monitor.columns[name]?.ignore !== true);
}

/** Adds the vectors of some rows to the sketches of their columns; one of another dimension than its sketch is passed over. */
export function foldEmbeddings(
  columns: readonly EmbeddingColumn[],
  rows: Int32Array,
  into: Map<string, EmbeddingSketch>,
): void {
  for (const vectors of columns) {
    const { name, dimension, values } = vectors;
    const present = vectors.placesOf(rows);
    if (present.length === 0) continue;
    let sketch = into.get(name);
    if (sketch === undefined) {
      if (into.size >= MOST_EMBEDDING_COLUMNS) continue;
      into.set(name, (sketch = EmbeddingSketch.empty(name, dimension)));
    }
    if (sketch.dimension === dimension) sketch.add(values, present);
  }
}
