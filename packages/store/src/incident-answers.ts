import type { AnswerControl } from '@tidemark/monitoring';
import { wellFormed } from './sketch-columns.js';
import type { Store } from './store.js';
import { toTimestamp } from './timestamps.js';

const LATEST = Date.UTC(2200, 0, 1);

/** Writes what people said of incidents; an answer written again replaces itself. @throws StoreError; when it does, repeat the whole. */
export async function writeIncidentAnswers(store: Store, answers: readonly AnswerControl[]): Promise<void> {
  if (answers.length === 0) return;
  await store.insert(
    'incident_answers_raw',
    answers.map((control) => ({
      incident_id: wellFormed(control.incidentId),
      id: control.id,
      kind: control.kind,
      answer: control.kind === 'feedback' ? control.answer : '',
      said_by: wellFormed(control.by),
      // Somebody's clock may say anything; the column does not take it.
      said_at: toTimestamp(Math.min(Math.max(control.at, 0), LATEST)),
      comment: wellFormed(control.comment),
    })),
  );
}
