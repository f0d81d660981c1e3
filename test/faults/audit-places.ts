import type { InferenceEvent } from '@tidemark/contracts';
import type { Expectations } from './expectations.js';

/** The monitor's pane, in milliseconds. */
const PANE = 10_000;
/** Every event has it; it is watched only where a fault has it so, for a while. */
const REGION = 'region';

export interface StreamKey {
  readonly model: string;
  readonly version: string;
  readonly role: string;
  readonly dimension: string;
  readonly segment: string;
}

/** The columns of a row that name its stream and segment. */
export const STREAM = 'model, version, role, segment_dimension AS dimension, segment_value AS segment';
/** All but the events that close what is open. */
export const ALL = "version != 'end'";

export const keyOf = ({ model, version, role, dimension, segment }: StreamKey, ...more: (string | number)[]): string =>
  [model, version, role, dimension, segment, ...more].join(' ');

/** What is expected of a place. */
export interface Place extends StreamKey {
  /** Start of the interval of event time in which everything of the place is added up, milliseconds since the epoch. */
  readonly time: number;
  /** Whether it may hold less than all: the dimension was watched only for a while. */
  readonly inPart: boolean;
}

/** Where events are counted. Where a model's panes became longer for a while, those of either length are added up by the longer. */
export class Places {
  constructor(private readonly expectations: Expectations) {}

  /** The streams and segments that an event is counted in. */
  *of(event: InferenceEvent): Generator<Place> {
    const { model, version, role = 'champion', segments = {} } = event;
    const time = this.timeOf(model, event.eventTime as number);
    const stream = { model, version, role, time };
    yield { ...stream, dimension: '', segment: '', inPart: false };
    const { country, region } = segments;
    if (country !== undefined) yield { ...stream, dimension: 'country', segment: country, inPart: false };
    if (region !== undefined && this.expectations.byRegion.has(model)) {
      yield { ...stream, dimension: REGION, segment: region, inPart: true };
    }
  }

  /** @param time of an event or the start of a pane, milliseconds since the epoch. */
  timeOf(model: string, time: number): number {
    const interval = Math.max(PANE, this.expectations.longestPane.get(model) ?? 0);
    return Math.floor(time / interval) * interval;
  }

  isInPart({ model, dimension }: StreamKey): boolean {
    return dimension === REGION && this.expectations.byRegion.has(model);
  }
}
