import { RecordFault } from './record-fault.js';

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
}

export function truthToAvro(truth: GroundTruth): object {
  return {
    event_id: truth.eventId,
    model: truth.model,
    observed_at: truth.observedAt,
    version: truth.version,
    class: truth.class,
    value: truth.value,
    source: truth.source,
  };
}

/** @throws RecordFault where the label names no event or no model, or says nothing. */
export function truthFromAvro(record: unknown): GroundTruth {
  const { event_id, observed_at, ...rest } = record as Omit<GroundTruth, 'eventId' | 'observedAt'> & {
    readonly event_id: string;
    readonly observed_at: number;
  };
  if (event_id === '' || rest.model === '') throw new RecordFault('missing_field', 'event_id or model is empty');
  if (rest.class === null && rest.value === null)
    throw new RecordFault('no_values', 'the label has neither class nor value');
  return {
    eventId: event_id,
    model: rest.model,
    version: rest.version,
    class: rest.class,
    value: rest.value,
    observedAt: observed_at,
    source: rest.source,
  };
}
