/** The part a model version plays while it serves: the champion answers users, a shadow only listens, a canary answers a share. */
export type ModelRole = 'champion' | 'shadow' | 'canary';

export const MODEL_ROLES: readonly ModelRole[] = ['champion', 'shadow', 'canary'];

/** One stream of predictions: a version of a model in one role. Every aggregate belongs to exactly one. */
export interface Stream {
  readonly model: string;
  readonly version: string;
  readonly role: ModelRole;
}

/**
 * A slice of a stream: the events whose segment tag `dimension` has `value`. Crossings join their dimensions, and their
 * values, with `|` ("country|device", "DE|mobile").
 */
export interface Segment {
  readonly dimension: string;
  readonly value: string;
}

/** The segment that every event is in. */
export const ALL_EVENTS: Segment = { dimension: '', value: '' };

/** A string that names a stream and is equal for equal streams. */
export function streamId(stream: Stream): string {
  return `${stream.model}\u0000${stream.version}\u0000${stream.role}`;
}

/** A string that names a segment and is equal for equal segments. */
export function segmentId(segment: Segment): string {
  return `${segment.dimension}\u0000${segment.value}`;
}
