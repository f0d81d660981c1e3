import type { EventBatches } from '@tidemark/contracts';
import { predictionsOf, type EventBatch, type StreamKnowledge } from '@tidemark/monitoring';
import type { PredictionRow } from '@tidemark/store';

/** Where each row of the batches came from, so that what is logged can be told to stand before or after another. */
export class PredictionRows {
  readonly #origins = new Map<EventBatch, { offset: number; sentAt: number }[]>();

  constructor(private readonly knowledge: Pick<StreamKnowledge, 'monitorOf'>) {}

  /** Notes the origin of the row that a batch has been given last. @param sentAt milliseconds since the epoch. */
  note(batch: EventBatch, offset: number, sentAt: number): void {
    let origins = this.#origins.get(batch);
    if (origins === undefined) this.#origins.set(batch, (origins = []));
    origins[batch.rows - 1] = { offset, sentAt };
  }

  /** The rows of the log for all noted events of the batches; forgets their origins. */
  take(batches: EventBatches): PredictionRow[] {
    const rows: PredictionRow[] = [];
    for (const batch of batches) {
      const monitor = this.knowledge.monitorOf(batch.stream);
      const origins = this.#origins.get(batch) ?? [];
      for (const { row, prediction } of predictionsOf(batch, monitor)) {
        const { offset, sentAt } = origins[row];
        const expiresAt = Math.max(sentAt, prediction.eventTime) + monitor.predictionLog!.ttl;
        rows.push({ prediction, offset, expiresAt });
      }
    }
    this.#origins.clear();
    return rows;
  }
}
