import type { FaultyRecord } from '@tidemark/contracts';
import type { OutcomeStore } from './outcome-store.js';
import type { ArrivedLabel } from './arrived-label.js';

/** Of a label whose event nobody was asked to label no less is believed: it counts for a million events at most. */
const LEAST_UNREQUESTED = 1e-6;

/** A label that is not taken, and why. */
export interface RefusedLabel {
  readonly label: ArrivedLabel;
  readonly fault: FaultyRecord;
}

/**
 * Holds what labels say of the probability that their event was chosen with against the requests: a label counts for one divided by it, so
 * that whoever writes one could outweigh all others. It is never taken for less than its event was chosen with.
 *
 * @throws StoreError.
 */
export async function weighLabels<T extends ArrivedLabel>(
  store: Pick<OutcomeStore, 'readRequestedLabels'>,
  labels: readonly T[],
): Promise<{ readonly weighed: readonly T[]; readonly refused: readonly RefusedLabel[] }> {
  const stating = new Map<string, string[]>();
  for (const { truth } of labels) {
    if ((truth.inclusionProbability ?? 1) === 1) continue;
    const ids = stating.get(truth.model);
    if (ids === undefined) stating.set(truth.model, [truth.eventId]);
    else ids.push(truth.eventId);
  }
  const requested = new Map<string, number>();
  for (const [model, ids] of stating) {
    for (const { eventId, version, inclusionProbability } of await store.readRequestedLabels(model, ids)) {
      // A label without a version is about any that has the event.
      for (const key of [keyOf(model, eventId, version), keyOf(model, eventId, null)]) {
        requested.set(key, Math.max(requested.get(key) ?? 0, inclusionProbability));
      }
    }
  }
  const weighed: T[] = [];
  const refused: RefusedLabel[] = [];
  for (const label of labels) {
    const { model, eventId, version, inclusionProbability } = label.truth;
    const stated = inclusionProbability ?? 1;
    const chosen = stated < 1 ? requested.get(keyOf(model, eventId, version === '' ? null : version)) : undefined;
    if (chosen !== undefined && chosen > stated) {
      weighed.push({ ...label, truth: { ...label.truth, inclusionProbability: chosen } });
    } else if (chosen === undefined && stated < LEAST_UNREQUESTED) {
      const detail = `inclusion_probability is ${stated}, and nobody was asked to label the event: without a request it takes one from ${LEAST_UNREQUESTED} on`;
      refused.push({ label, fault: { ok: false, reason: 'wrong_type', detail } });
    } else weighed.push(label);
  }
  return { weighed, refused };
}

function keyOf(model: string, eventId: string, version: string | null): string {
  return JSON.stringify([model, eventId, version]);
}
