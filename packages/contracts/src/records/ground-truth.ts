import { RecordFault } from './record-fault.js';

/**
 * No event is chosen with less: events are chosen by a hash of their id, which has 32 bits. A label counts for one divided by its probability,
 * so that without a bound a single one could outweigh all others.
 */
export const LEAST_INCLUSION_PROBABILITY = 2 ** -32;

/** What turned out to be true of a prediction. At least one of class and value is given. */
export interface GroundTruth {
  /** The inference event that the label belongs to. */
  readonly eventId: string;
  readonly model: string;
  /** Null: any version that has the event. */
  readonly version: string | null;
  /** The true class. */
  readonly class: string | null;
  /** The true value of a regression. */
  readonly value: number | null;
  /** Milliseconds since the epoch. */
  readonly observedAt: number;
  /** Where the label came from. */
  readonly source: string | null;
  /** The probability with which the event was chosen to be labelled, above 0 and up to 1; null: labels come by themselves, as with 1. */
  readonly inclusionProbability: number | null;
}

type AvroTruth = Omit<GroundTruth, 'eventId' | 'observedAt' | 'inclusionProbability'> & {
  readonly event_id: string;
  readonly observed_at: number | null;
  readonly inclusion_probability: number | null;
};

export function truthToAvro(truth: GroundTruth): AvroTruth {
  return {
    event_id: truth.eventId,
    model: truth.model,
    observed_at: Math.trunc(truth.observedAt),
    version: truth.version,
    class: truth.class,
    value: truth.value,
    source: truth.source,
    inclusion_probability: truth.inclusionProbability,
  };
}

/** @throws RecordFault where the label names no event or no model, says nothing, or has a number that cannot be. */
export function truthFromAvro(record: unknown): GroundTruth {
  const { event_id, observed_at, inclusion_probability, ...rest } = record as AvroTruth;
  if (event_id === '' || rest.model === '') throw new RecordFault('missing_field', 'event_id or model is empty');
  if (observed_at === null) throw new RecordFault('missing_field', 'observed_at is missing');
  const observedAt = Math.trunc(observed_at);
  if (!Number.isSafeInteger(observedAt)) throw new RecordFault('time_out_of_range', `observed_at is ${observed_at} ms`);
  if (rest.class === null && rest.value === null)
    throw new RecordFault('no_values', 'the label has neither class nor value');
  if (rest.value !== null && !Number.isFinite(rest.value))
    throw new RecordFault('wrong_type', `value is ${rest.value}; it takes a finite number`);
  if (inclusion_probability !== null && !(inclusion_probability > 0 && inclusion_probability <= 1))
    throw new RecordFault('wrong_type', `inclusion_probability is ${inclusion_probability}; it takes one in (0, 1]`);
  if (inclusion_probability !== null && inclusion_probability < LEAST_INCLUSION_PROBABILITY)
    throw new RecordFault(
      'wrong_type',
      `inclusion_probability is ${inclusion_probability}; no event is chosen with less than ${LEAST_INCLUSION_PROBABILITY}`,
    );
  return {
    eventId: event_id,
    model: rest.model,
    version: rest.version,
    class: rest.class,
    value: rest.value,
    observedAt,
    source: rest.source,
    inclusionProbability: inclusion_probability,
  };
}
