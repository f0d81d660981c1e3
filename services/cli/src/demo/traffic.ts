import type { TidemarkClient } from '@tidemark/client';
import { drawApplicant } from './applicants.js';
import { Random } from './random.js';
import { SCENARIO_DURATION } from './scenario.js';

const MINUTE = 60_000;
/** A few minutes more than the scenario, so that its last windows close. */
const TAIL = 2 * MINUTE;

export const TRAFFIC_DURATION = SCENARIO_DURATION + TAIL;
export const EVENTS_PER_MINUTE = 3600;
export const MODEL = { model: 'loan-approval', version: '3' };

/**
 * Publishes the scenario's events minute by minute through the client, as an inference service would.
 *
 * @param start of the traffic, milliseconds since the epoch. @param onMinute is awaited after each minute of traffic.
 */
export async function publishTraffic(
  client: TidemarkClient,
  start: number,
  seed: number,
  onMinute: (elapsed: number, events: number) => Promise<void>,
): Promise<void> {
  const random = new Random(seed);
  let events = 0;
  for (let minute = 0; minute * MINUTE < TRAFFIC_DURATION; minute++) {
    for (let index = 0; index < EVENTS_PER_MINUTE; index++) {
      const elapsed = minute * MINUTE + Math.floor((index / EVENTS_PER_MINUTE) * MINUTE);
      const { features, country, score, decision } = drawApplicant(random, elapsed);
      client.publish({
        ...MODEL,
        eventId: `loan-${events++}`,
        eventTime: start + elapsed,
        features,
        prediction: { score, class: decision },
        segments: { country },
      });
      if (index % 600 === 599) await client.flush();
    }
    await onMinute((minute + 1) * MINUTE, events);
  }
}
