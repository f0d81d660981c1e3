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
import { expandingSchema, malformedRecords } from './malformed.js';
import { POISON, poisonedEvents } from './poison.js';
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
  /** Of events that were sent late, the keys: only their panes may have late parts. */
  readonly late: ReadonlySet<string>;
  /** No event of the stream is later, but for those of a model that is ahead. */
  readonly end: number;
}

export interface StreamSettings {
  readonly seed: number;
  /** Which stream of a run it is, from 0 on; each lies hours after the one before, and only the first has records that are wrong. */
  readonly act: number;
  readonly events: number;
  /** Whether there are models with clocks of their own. */
  readonly clocks: boolean;
  readonly malformed: number;
  /** Legal records that are as hostile as the schema lets them be. */
  readonly poison: number;
  /** Minutes of event time that the events lie in. */
  readonly minutes: number;
  readonly partitions: number;
}

/** Where the writers begin to use the new schema, 0 to 1; some stay with the old one. */
export const EVOLUTION = 0.45;
const DRIFT = 0.5;
const MINUTE = 60_000;

/** Models whose events come all the time. */
export const STEADY_MODELS: readonly string[] = ['churn', 'fraud', 'fresh', 'ahead', 'lagging'];
/** The models of a stream. */
export const MODELS: readonly string[] = [...STEADY_MODELS, 'stopping', POISON];
/** Between the beginnings of two acts, by event time: longer than one and what closes it. */
const BETWEEN_ACTS = 3 * 60 * MINUTE;

/**
 * A stream of which everything is known: models in two versions and roles, some with clocks of their own, nulls, NaN, late events, malformed
 * and hostile records, a drift midway, labels, and a schema that evolves: an optional field comes, a feature comes, one goes, and one turns from
 * numbers to texts.
 */
export async function planStream(registry: SchemaRegistry, settings: StreamSettings): Promise<Stream> {
  const { act, partitions, minutes } = settings;
  const seed = settings.seed + act * 1000;
  const shift = act * BETWEEN_ACTS;
  const random = seeded(seed);
  const encode = await encoders(registry);
  const events = new Map<string, InferenceEvent>();
  const late = new Set<string>();
  const placed: PlacedEvent[] = [];
  const records = eventsOf(settings.events, minutes, seed).map((base, index): PlannedRecord => {
    const position = index / settings.events;
    const evolved = position >= EVOLUTION && random() < 0.8;
    const time = (base.eventTime as number) + shift;
    const own = settings.clocks ? clockedModel(position, random) : null;
    const named = { ...base, eventTime: time, eventId: act === 0 ? base.eventId : `act-${act}-${base.eventId}` };
    const event = changed(named, own, index, position, evolved, random);
    const key = `good-${act}-${index}`;
    events.set(key, event);
    if ((event.eventTime as number) < time + clockOf(event.model)) late.add(key);
    placed.push({ event, position, time });
    // JSON has no NaN.
    const plain = random() < 0.1 && !Number.isNaN(event.features?.amount);
    const value = plain ? encode.json(event, evolved) : encode.avro(event, evolved);
    const partition = Math.floor(random() * partitions);
    return { topic: 'events', key, value, partition, position, time };
  });
  const sample = eventsOf(1, 1, seed)[0];
  const expanding = await registry.register('expanding-value', expandingSchema() as unknown as AvroSchema);
  const bad = malformedRecords(settings.malformed, sample, encode.avro(sample, false), expanding, (event) =>
    encode.avro(event, false),
  );
  for (const [index, value] of bad.entries()) {
    const at = Math.floor(random() * records.length);
    const { position, time } = records[at];
    const partition = Math.floor(random() * partitions);
    records.splice(at, 0, { topic: 'events', key: `bad-${index}`, value, partition, position, time });
  }
  const hosts = Array.from({ length: settings.poison }, () => Math.floor(random() * records.length)).map(
    (at) => records[at],
  );
  for (const [index, { eventTime, value }] of poisonedEvents(hosts.length, (i) => hosts[i].time).entries()) {
    const key = `good-poison-${index}`;
    const event = JSON.parse(value.toString()) as Pick<InferenceEvent, 'features' | 'segments'>;
    events.set(key, { ...event, eventId: `poison-${index}`, model: POISON, version: '1', eventTime });
    const { position, time } = hosts[index];
    records.push({ topic: 'events', key, value, partition: Math.floor(random() * partitions), position, time });
  }
  const labels = await planLabels(registry, placed, { seed, partitions, first: act === 0 });
  const all = [...records, ...labels.records].sort((a, b) => a.position - b.position);
  return { records: all, events, labels, late, end: START + shift + minutes * MINUTE };
}

function changed(
  base: InferenceEvent,
  own: string | null,
  index: number,
  position: number,
  evolved: boolean,
  random: Random,
): InferenceEvent {
  const { optional, amount, ...features } = base.features ?? {};
  const late = random() < 0.015 ? 30_000 + Math.floor(random() * 150_000) : 0;
  // The third model has no baseline and learns one.
  const model = random() < 0.2 ? 'fresh' : (own ?? base.model);
  return {
    ...base,
    model,
    eventTime: (base.eventTime as number) + clockOf(model) - late,
    features: {
      ...features,
      amount: typeof amount === 'number' && position >= DRIFT ? amount * 4 : (amount ?? null),
      // Tells by its sum whether an event was counted in the place of another.
      serial: (index * 7919) % 1_048_573,
      ...(evolved ? { added: random() } : optional === undefined ? {} : { optional }),
      turning: evolved ? `text-${index % 7}` : index % 11,
    },
    segments: { ...base.segments, region: index % 3 === 0 ? 'north' : 'south' },
  };
}

/** Models whose event time is not that of the others. */
const CLOCKS: Readonly<Record<string, number>> = { ahead: 10 * MINUTE, lagging: -10 * MINUTE };
/** A model whose events end here. */
const STOP = 0.3;

/** How far a model's event time is ahead of the stream's, milliseconds. */
export const clockOf = (model: string): number => CLOCKS[model] ?? 0;

function clockedModel(position: number, random: Random): string | null {
  const kind = random();
  if (kind < 0.04) return 'ahead';
  if (kind < 0.08) return 'lagging';
  return kind < 0.12 && position < STOP ? 'stopping' : null;
}

/** Several acts as one, to be looked at in the end. */
export function together(acts: readonly Stream[]): Stream {
  const labels = acts.map((act) => act.labels);
  return {
    records: acts.flatMap(({ records }) => records),
    events: new Map(acts.flatMap(({ events }) => [...events])),
    late: new Set(acts.flatMap(({ late }) => [...late])),
    labels: {
      records: labels.flatMap(({ records }) => records),
      truths: new Map(labels.flatMap(({ truths }) => [...truths])),
      waiting: new Set(labels.flatMap(({ waiting }) => [...waiting])),
      givenUp: new Set(labels.flatMap(({ givenUp }) => [...givenUp])),
    },
    end: Math.max(...acts.map(({ end }) => end)),
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
