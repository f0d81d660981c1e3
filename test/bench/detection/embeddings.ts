import type { EventBatch } from '@tidemark/monitoring';
import type { Change } from './catalogue.js';
import type { Draws } from './draws.js';

const DIMENSION = 32;
const CLUSTERS = 3;
const MOVED = 0.25;
const MOVED_COMPONENTS = DIMENSION / 4;
const WIDER = 1.3;
const NEW_SHARE = 0.1;

/**
 * Fills a column of vectors: three clusters around a common mean, as those of texts are.
 *
 * @param level where the mean is along the first components, in standard deviations.
 */
export function fillEmbeddings(
  batch: EventBatch,
  column: string,
  level: number,
  draws: Draws,
  change: Change | null,
): void {
  const what = change?.kind === 'embedding' ? change.what : null;
  const moved = level + (what === 'shift' ? MOVED : 0);
  const vectors = batch.vector(column, DIMENSION);
  for (let row = 0; row < batch.rows; row++) {
    const fresh = what === 'cluster' && draws.uniform() < NEW_SHARE;
    const cluster = fresh ? CLUSTERS : Math.floor(CLUSTERS * draws.uniform());
    const from = vectors.place(row);
    for (let d = 0; d < DIMENSION; d++) {
      const center = 0.5 + (d % (CLUSTERS + 1) === cluster ? 1.5 : 0) + (d < MOVED_COMPONENTS ? moved : 0);
      vectors.values[from + d] = center + draws.normal() * (what === 'spread' && d % 2 === 0 ? WIDER : 1);
    }
    vectors.set(row, true);
  }
}
