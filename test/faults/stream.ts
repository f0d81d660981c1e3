import {
  frame,
  schemaOf,
  subjectOf,
  type AvroSchema,
  type InferenceEvent,
  type SchemaRegistry,
} from '@tidemark/contracts';
import avro from 'avsc';
import { eventsOf, START } from '../pipeline/stream.js';
import { planLabels, type PlacedEvent, type PlannedLabels } from './labels.js';
import { malformedRecords } from './malformed.js';
import { seeded, type Random } from './random.js';

export interface PlannedRecord {
  readonly topic: 'events' | 'groundTruth';
  /** Of events `good-<n>` or `bad-<n>`. */
  readonly key: string;
  readonly value: Buffer | null;
  /** Undefined: that of the key. */
  readonly partition: number | undefined;
  /** Where in the stream it stands, 0 to 1. */
  readonly position: number;
  /** How far event time has come with it, but for late events. Milliseconds since the epoch. */
  readonly time: number;
}

export interface Stream {
  readonly records: readonly PlannedRecord[];
  /** What each good record says, by its key. */
  readonly events: ReadonlyMap<string, InferenceEvent>;
  readonly labels: PlannedLabels;
  /** No event of the stream is later. */
  readonly end: number;
}

export interface StreamSettings {
  readonly seed: number;
  readonly events: number;
  readonly malformed: number;
  /** Minutes of event time that the events lie in. */
  readonly minutes: number;
  readonly partitions: number;
}

/** Where the writers begin to use the new schema, 0 to 1; some stay with the old one. */
export const EVOLUTION = 0.45;
const DRIFT = 0.5;
const MINUTE = 60_000;

/** The models of a stream. */
export const MODELS: readonly string[] = ['churn', 'fraud', 'fresh'];

/**
 * A stream of which everything is known: three models in two versions and roles, nulls, NaN, late events, malformed records, a
 * drift midway, labels, and a schema that evolves: an optional field comes, a feature comes, one goes, and one turns from numbers to
 * texts.
 */
export async function planStream(registry: SchemaRegistry, settings: StreamSettings): Promise<Stream> {
  const { seed, partitions, minutes } = settings;
  const random = seeded(seed);
  const encode = await encoders(registry);
  const events = new Map<string, InferenceEvent>();
  const placed: PlacedEvent[] = [];
  const records = eventsOf(settings.events, minutes, seed).map((base, index): PlannedRecord => {
    const position = index / settings.events;
    const evolved = position >= EVOLUTION && random() < 0.8;
    const event = changed(base, index, position, evolved, random);
    const key = `good-${index}`;
    events.set(key, event);
    placed.push({ event, position, time: base.eventTime as number });
    // JSON has no NaN.
    const plain = random() < 0.1 && !Number.isNaN(event.features?.amount);
    const value = plain ? encode.json(event, evolved) : encode.avro(event, evolved);
    const partition = Math.floor(random() * partitions);
    return { topic: 'events', key, value, partition, position, time: base.eventTime as number };
  });
  const sample = eventsOf(1, 1, seed)[0];
  const bad = malformedRecords(settings.malformed, sample, encode.avro(sample, false), (event) =>
    encode.avro(event, false),
  );
  for (const [index, value] of bad.entries()) {
    const at = Math.floor(random() * records.length);
    const { position, time } = records[at];
    const partition = Math.floor(random() * partitions);
    records.splice(at, 0, { topic: 'events', key: `bad-${index}`, value, partition, position, time });
  }
  const labels = await planLabels(registry, placed, { seed, partitions });
  const all = [...records, ...labels.records].sort((a, b) => a.position - b.position);
  return { records: all, events, labels, end: START + minutes * MINUTE };
}

function changed(
  base: InferenceEvent,
  index: number,
  position: number,
  evolved: boolean,
  random: Random,
): InferenceEvent {
  const { optional, amount, ...features } = base.features ?? {};
  const late = random() < 0.015 ? 30_000 + Math.floor(random() * 150_000) : 0;
  return {
    ...base,
    // The third model has no baseline and learns one.
    model: random() < 0.2 ? 'fresh' : base.model,
    eventTime: (base.eventTime as number) - late,
    features: {
      ...features,
      amount: typeof amount === 'number' && position >= DRIFT ? amount * 4 : (amount ?? null),
      // Tells by its sum whether an event was counted in the place of another.
      serial: (index * 7919) % 1_048_573,
      ...(evolved ? { added: random() } : optional === undefined ? {} : { optional }),
      turning: evolved ? `text-${index % 7}` : index % 11,
    },
  };
}

async function encoders(registry: SchemaRegistry) {
  const old = schemaOf('InferenceEvent');
  const evolved = { ...(old as object), fields: [...fieldsOf(old), TENANT] } as unknown as AvroSchema;
  const subject = subjectOf('InferenceEvent');
  const [oldId, evolvedId] = [await registry.register(subject, old), await registry.register(subject, evolved)];
  const [oldType, evolvedType] = [avro.Type.forSchema(old), avro.Type.forSchema(evolved)];
  return {
    avro: (event: InferenceEvent, isEvolved: boolean): Buffer =>
      isEvolved
        ? frame(evolvedId, evolvedType.toBuffer({ ...fieldsIn(event), tenant: 'north' }))
        : frame(oldId, oldType.toBuffer(fieldsIn(event))),
    json: (event: InferenceEvent, isEvolved: boolean): Buffer => {
      const { event_id, model, version, role, event_time, features, segments } = fieldsIn(event);
      const prediction = event.prediction ?? {};
      const tenant = isEvolved ? { tenant: 'north' } : {};
      const fields = { event_id, model, version, role, event_time, features, prediction, segments, ...tenant };
      return Buffer.from(JSON.stringify(fields));
    },
  };
}

const TENANT = { name: 'tenant', type: ['null', 'string'], default: null };

function fieldsOf(schema: AvroSchema): object[] {
  return (schema as unknown as { fields: object[] }).fields;
}

/** The event under the schema's names. */
function fieldsIn({ eventId, eventTime, prediction, ...event }: InferenceEvent) {
  return {
    event_id: eventId,
    model: event.model,
    version: event.version,
    role: event.role ?? 'champion',
    event_time: eventTime as number,
    request_id: null,
    features: event.features ?? {},
    prediction: {
      score: prediction?.score ?? null,
      class: prediction?.class ?? null,
      value: prediction?.value ?? null,
      probabilities: {},
    },
    confidence: null,
    segments: event.segments ?? {},
  };
}
