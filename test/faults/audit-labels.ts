import type { InferenceEvent } from '@tidemark/contracts';
import { decodeQuality, encodeQuality, QualitySketch, type Answer, type Truth } from '@tidemark/sketches';
import { ALL, keyOf, STREAM, type Places, type StreamKey } from './audit-places.js';
import type { Discrepancies } from './discrepancies.js';
import type { PlannedLabels } from './labels.js';
import type { Rig } from './rig.js';

export interface LabelAudit {
  /** Events with a label, and how many of them the panes of all events hold. */
  readonly labelled: number;
  readonly labelsCounted: number;
  readonly labelsLost: number;
  readonly labelsDoubled: number;
  /** Labels of events that there are none of, and how many of them still wait or have been given up, as each must. */
  readonly orphans: number;
  readonly orphansFound: number;
}

/**
 * Holds the quality of every pane, all its parts together, against what the events' answers and the labels that hold in the end
 * give: the same to the byte, as all of it is counts and exact sums.
 */
export async function auditLabels(
  rig: Rig,
  events: readonly InferenceEvent[],
  { truths, waiting, givenUp }: Pick<PlannedLabels, 'truths' | 'waiting' | 'givenUp'>,
  places: Places,
  discrepancies: Discrepancies,
): Promise<LabelAudit> {
  const { expected, inPart } = expectedQuality(events, truths, places);
  const found = await storedQuality(rig, places);
  let [labelled, labelsCounted, labelsLost, labelsDoubled] = [0, 0, 0, 0];
  for (const key of new Set([...expected.keys(), ...found.keys()])) {
    const wanted = expected.get(key) ?? QualitySketch.empty();
    const stored = found.get(key) ?? QualitySketch.empty();
    if (isOfAllEvents(key)) {
      labelled += wanted.labels;
      labelsCounted += stored.labels;
      labelsLost += Math.max(0, wanted.labels - stored.labels);
      labelsDoubled += Math.max(0, stored.labels - wanted.labels);
    }
    const isInPart = inPart.has(key) && stored.labels <= wanted.labels && stored.predictions <= wanted.predictions;
    if (isInPart || Buffer.compare(encodeQuality(wanted), encodeQuality(stored)) === 0) continue;
    const counts = ({ predictions, labels }: QualitySketch) => `${predictions} answers and ${labels} labels`;
    discrepancies.add('quality', `${key}: ${counts(stored)}, must be ${counts(wanted)}`);
  }
  const orphansFound = await auditOrphans(
    rig,
    new Map([...each(waiting, 'waiting'), ...each(givenUp, 'orphaned')]),
    discrepancies,
  );
  const orphans = waiting.size + givenUp.size;
  return { labelled, labelsCounted, labelsLost, labelsDoubled, orphans, orphansFound };
}

const each = (ids: ReadonlySet<string>, fate: string) => [...ids].map((id) => [id, fate] as const);

/** Holds what waits or has been given up against what must. @returns how many events' labels are as they must be. */
async function auditOrphans(
  rig: Rig,
  fates: ReadonlyMap<string, string>,
  discrepancies: Discrepancies,
): Promise<number> {
  const rows = await rig.front.query<{ id: string; fate: string }>(
    "SELECT DISTINCT event_id AS id, fate FROM tidemark.waiting_labels WHERE fate != 'joined'",
  );
  const found = new Map(rows.map(({ id, fate }) => [id, fate]));
  let right = 0;
  for (const id of new Set([...fates.keys(), ...found.keys()])) {
    if (found.get(id) === fates.get(id)) right++;
    else
      discrepancies.add(
        'orphan',
        `label of ${id}: ${found.get(id) ?? 'nowhere'}, must be ${fates.get(id) ?? 'joined'}`,
      );
  }
  return right;
}

/** Whether a key names no dimension. */
const isOfAllEvents = (key: string): boolean => key.includes('  ');

/** @returns the quality of each place, and the places that may hold less. */
function expectedQuality(events: readonly InferenceEvent[], truths: ReadonlyMap<string, Truth>, places: Places) {
  const expected = new Map<string, QualitySketch>();
  const inPart = new Set<string>();
  const joined = new Set<string>();
  for (const event of events) {
    const truth = joined.has(event.eventId) ? undefined : truths.get(event.eventId);
    joined.add(event.eventId);
    for (const place of places.of(event)) {
      const key = keyOf(place, place.time);
      if (place.inPart) inPart.add(key);
      let quality = expected.get(key);
      if (quality === undefined) expected.set(key, (quality = QualitySketch.empty()));
      if (event.prediction !== undefined) quality.addPrediction(answerOf(event));
      if (truth !== undefined) quality.addOutcome(answerOf(event), truth, 1, 1);
    }
  }
  return { expected, inPart };
}

function answerOf({ prediction = {} }: InferenceEvent): Answer {
  const { score, class: predicted } = prediction;
  return {
    score: typeof score === 'number' ? score : null,
    class: typeof predicted === 'string' ? predicted : null,
    value: null,
    confidence: null,
    probabilities: new Map(),
  };
}

async function storedQuality(rig: Rig, places: Places): Promise<Map<string, QualitySketch>> {
  const rows = await rig.front.query<StreamKey & { pane: number; state: string }>(
    `SELECT ${STREAM}, toUnixTimestamp64Milli(pane_start) AS pane, base64Encode(sketch) AS state
     FROM tidemark.pane_quality WHERE ${ALL}`,
  );
  const found = new Map<string, QualitySketch>();
  for (const row of rows) {
    const key = keyOf(row, places.timeOf(row.model, row.pane));
    const quality = decodeQuality(Buffer.from(row.state, 'base64'));
    const known = found.get(key);
    if (known === undefined) found.set(key, quality);
    else known.merge(quality);
  }
  return found;
}
