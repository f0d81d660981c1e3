import { RecordWriter, type InferenceEvent, type SchemaRegistry } from '@tidemark/contracts';
import { learnBaseline, PartitionSketcher, type Baseline, type Monitor } from '@tidemark/monitoring';
import { EventBatches, EventDecoder, LocalRegistry } from '@tidemark/contracts';

/** Events that are the same on every run, and what must come of them. */
export const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

/** A message of the event topic. */
export interface Message {
  readonly key: string;
  readonly value: Buffer;
}

/** Seeded numbers from [0, 1): Marsaglia's xorshift32. */
function random(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4294967296;
  };
}

/** Events of two models over some minutes, with nulls, NaN, absent features, several versions and segments. */
export function eventsOf(count: number, minutes: number, seed = 11): InferenceEvent[] {
  const next = random(seed);
  return Array.from({ length: count }, (_, index) => {
    const fraud = next() < 0.5;
    const amount = Math.exp(3 + next() * 2);
    return {
      eventId: `event-${index}`,
      model: fraud ? 'fraud' : 'churn',
      version: next() < 0.9 ? '1' : '2',
      role: next() < 0.95 ? 'champion' : 'shadow',
      eventTime: START + Math.floor((index / count) * minutes * MINUTE),
      features: {
        amount: next() < 0.02 ? null : next() < 0.01 ? NaN : amount,
        age: Math.floor(18 + next() * 60),
        plan: next() < 0.7 ? 'free' : next() < 0.5 ? 'pro' : 'team',
        active: next() < 0.6,
        ...(next() < 0.5 ? { optional: next() } : {}),
      },
      prediction: { score: next(), class: next() < 0.3 ? 'yes' : 'no' },
      segments: { country: next() < 0.6 ? 'DE' : 'FR' },
    };
  });
}

/** The events as messages: Avro, every tenth as plain JSON. */
export async function messagesOf(registry: SchemaRegistry, events: readonly InferenceEvent[]): Promise<Message[]> {
  const writer = await RecordWriter.open(registry, ['InferenceEvent']);
  return events.map((event, index) => {
    // JSON has no NaN, so those events go as Avro.
    const plain = index % 10 === 0 && !Number.isNaN(event.features?.amount);
    return { key: event.eventId, value: plain ? jsonOf(event) : writer.encode('InferenceEvent', event) };
  });
}

function jsonOf({ eventId, eventTime, ...event }: InferenceEvent): Buffer {
  return Buffer.from(JSON.stringify({ event_id: eventId, event_time: eventTime, ...event }));
}

/** A baseline for each model, learnt from a separate run of the same generator. */
export async function baselinesOf(monitor: Monitor): Promise<Baseline[]> {
  const registry = new LocalRegistry();
  const decoder = new EventDecoder(registry);
  const batches = new EventBatches();
  const messages = await messagesOf(registry, eventsOf(6000, 1, 12));
  const now = START + MINUTE;
  for (const { value } of messages) {
    const needed = decoder.needsSchema(value, now);
    if (needed !== null) await decoder.prepare(needed, now);
    decoder.decode(value, batches, now);
  }
  const sketcher = new PartitionSketcher({ monitorOf: () => monitor, baselineOf: () => null });
  for (const batch of batches) sketcher.fold(batch);
  return sketcher
    .drain()
    .filter(
      ({ pane }) => pane.segment.dimension === '' && pane.stream.version === '1' && pane.stream.role === 'champion',
    )
    .map((partial) => {
      const { model } = partial.pane.stream;
      return learnBaseline(
        { model, version: '*', createdAt: START, source: 'test', periodStart: null, periodEnd: null },
        partial,
        monitor,
      );
    });
}
