import type { Segment, Stream } from './stream.js';
import type { Severity } from './severity.js';

/**
 * What an incident is about. data-drift: a feature's distribution; prediction-drift: a prediction's; joint-drift: correlations of
 * columns; data-quality: nulls, NaN, unseen categories, values out of range, wrong types; silence: events stopped coming;
 * baseline: a baseline was learnt. By ground truth: quality: it fell; concept-drift: it fell beyond what the inputs explain;
 * calibration: outcomes are not what the answers promise; base-rate: the shares of the true classes changed;
 * labels-silent: labels stopped coming; labels-orphaned: they find no predictions. stream-set-aside: a stream cannot go on, and nothing of it is judged.
 */
export type Signal =
  | 'data-drift'
  | 'prediction-drift'
  | 'joint-drift'
  | 'data-quality'
  | 'silence'
  | 'baseline'
  | 'quality'
  | 'concept-drift'
  | 'calibration'
  | 'base-rate'
  | 'labels-silent'
  | 'labels-orphaned'
  | 'stream-set-aside';

export type IncidentStatus = 'opened' | 'updated' | 'resolved' | 'noted';

/** A bin's part in a distance. */
export interface Contribution {
  /** The bin, readable: "[3.2, 4.1)", a category, or "unseen". */
  readonly bin: string;
  /** Shares of the valid values, 0 to 1. */
  readonly baselineShare: number;
  readonly windowShare: number;
  /** Its term of the PSI. */
  readonly psi: number;
}

/** A segment's part in a change of all events. The parts of a dimension add up to the change. */
export interface SegmentPart {
  readonly dimension: string;
  /** Empty: the events without the dimension. */
  readonly value: string;
  /** within: the segment itself changed; mix: its share of the events did. */
  readonly kind: 'within' | 'mix';
  /** What it adds to the foremost finding: to the PSI, or to a rate; negative where it works against the change. */
  readonly effect: number;
  /** The effect as a share of the whole change; above 1 where others work against it. */
  readonly shareOfChange: number;
  /** The segment's share of what the figure is a mean of: valid values, or events; 0 to 1. */
  readonly baselineShare: number;
  readonly windowShare: number;
  /** Events of the window in the segment. */
  readonly events: number;
}

/** A pair of columns whose correlation changed. */
export interface CorrelationChange {
  readonly columns: readonly [string, string];
  /** Of the columns' normal scores, −1 to 1: as the baseline leads to expect of the window, and as it has become. */
  readonly baselineCorrelation: number;
  readonly windowCorrelation: number;
}

/** One figure of a column that differs from the baseline with evidence. */
export interface Finding {
  /** psi, null-rate, nan-rate, infinity-rate, type-error-rate, unseen-rate, out-of-range-rate, events-per-second, correlation, reconstruction-error, mean-shift,
   * covariance or mmd. */
  readonly metric: string;
  readonly severity: Severity;
  /** The effect: the debiased PSI, the rise of a rate, or how much a correlation changed. */
  readonly effect: number;
  /** The figure in the window and in the baseline. */
  readonly windowValue: number;
  readonly baselineValue: number;
  /** The probability of such a difference without drift, adjusted for the number of comparisons; null where no test was made. */
  readonly pValue: number | null;
}

/** One message of the alert topic: an incident opened, got worse or better, or resolved. */
export interface DriftEvent {
  /** 16 hexadecimal digits: a function of what the event describes, so that a replay repeats it and never doubles it. */
  readonly id: string;
  /** The same for all events of one incident. */
  readonly incidentId: string;
  readonly status: IncidentStatus;
  readonly signal: Signal;
  readonly severity: Severity;
  /** Whether it reaches the severity from which the monitor notifies. */
  readonly notify: boolean;
  readonly stream: Stream;
  readonly segment: Segment;
  /** Empty where the signal concerns the stream as a whole. */
  readonly column: string;
  /** What differs, the most severe first; an incident is about one column, however many of its figures moved. */
  readonly findings: readonly Finding[];
  readonly baselineEvents: number;
  readonly windowEvents: number;
  /** Milliseconds since the epoch: the window the event rests on. */
  readonly windowStart: number;
  readonly windowEnd: number;
  /** The start of the first window of the incident, milliseconds since the epoch. */
  readonly since: number;
  readonly baselineId: string | null;
  /** What moved, the clearest first: location, spread, shape, categories, missingness, validity, range or dependence. */
  readonly aspects: readonly string[];
  /** The bins that contribute most, greatest first; empty for rates. */
  readonly contributions: readonly Contribution[];
  /** Where a change of all events comes from: dimension by dimension, the greatest share first; empty where segments cannot tell. */
  readonly segments: readonly SegmentPart[];
  /** The pairs of columns whose correlation changed, the clearest first; empty but for joint drift. */
  readonly correlations: readonly CorrelationChange[];
  /** Why it is not sent though it is severe enough: the reason of the mute that it lies in; empty: it is in none. */
  readonly muted: string;
  /** One sentence for a person. */
  readonly summary: string;
  /** The SQL that shows it. */
  readonly query: string;
}
