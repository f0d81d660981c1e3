import type { ModelRole } from '@tidemark/monitoring';

export type FeatureValue = number | string | boolean | null;

/** What a model answered: a score, a class, class probabilities, a regression value, or several of them. */
export interface Prediction {
  readonly score?: number | null;
  readonly class?: string | null;
  readonly value?: number | null;
  /** By class, 0 to 1. */
  readonly probabilities?: Readonly<Record<string, number>>;
}

/** What a model saw and said, once. */
export interface InferenceEvent {
  /** Names the event among all events of all models; ground truth refers to it. */
  readonly eventId: string;
  readonly model: string;
  readonly version: string;
  /** champion unless stated. */
  readonly role?: ModelRole;
  /** Milliseconds since the epoch where a number. */
  readonly eventTime: Date | number;
  readonly requestId?: string | null;
  /** Null: the feature was missing and the service knew. Names do not begin with `prediction.`. */
  readonly features?: Readonly<Record<string, FeatureValue>>;
  readonly prediction?: Prediction;
  readonly confidence?: number | null;
  /** The event's value in each dimension to slice by. */
  readonly segments?: Readonly<Record<string, string>>;
  /** Vectors among the inputs: 16 names of 4096 components at most, of one dimension a name. Kept in single precision. */
  readonly embeddings?: Readonly<Record<string, ArrayLike<number>>>;
}

interface AvroEvent {
  readonly event_id: string;
  readonly model: string;
  readonly version: string;
  readonly role: ModelRole;
  readonly event_time: number;
  readonly request_id: string | null;
  readonly features: Readonly<Record<string, FeatureValue>>;
  readonly prediction: {
    readonly score: number | null;
    readonly class: string | null;
    readonly value: number | null;
    readonly probabilities: Readonly<Record<string, number>>;
  };
  readonly confidence: number | null;
  readonly segments: Readonly<Record<string, string>>;
  readonly embeddings: Readonly<Record<string, readonly number[]>>;
}

/** The event as the Avro schema has it. */
export function eventToAvro(event: InferenceEvent): AvroEvent {
  const { prediction = {} } = event;
  return {
    event_id: event.eventId,
    model: event.model,
    version: event.version,
    role: event.role ?? 'champion',
    event_time: typeof event.eventTime === 'number' ? Math.floor(event.eventTime) : event.eventTime.getTime(),
    request_id: event.requestId ?? null,
    features: event.features ?? {},
    prediction: {
      score: prediction.score ?? null,
      class: prediction.class ?? null,
      value: prediction.value ?? null,
      probabilities: prediction.probabilities ?? {},
    },
    confidence: event.confidence ?? null,
    segments: event.segments ?? {},
    embeddings: Object.fromEntries(
      Object.entries(event.embeddings ?? {}).map(([name, vector]) => [name, Array.from(vector)]),
    ),
  };
}

export function eventFromAvro(record: unknown): InferenceEvent {
  const event = record as AvroEvent;
  return {
    eventId: event.event_id,
    model: event.model,
    version: event.version,
    role: event.role,
    eventTime: event.event_time,
    requestId: event.request_id,
    features: { ...event.features },
    prediction: { ...event.prediction, probabilities: { ...event.prediction.probabilities } },
    confidence: event.confidence,
    segments: { ...event.segments },
    embeddings: { ...event.embeddings },
  };
}
