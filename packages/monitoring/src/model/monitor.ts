import type { ColumnKind } from '@tidemark/sketches';
import type { Severity } from './severity.js';

/** How a monitor treats one column. What is left out is inferred from the baseline. */
export interface ColumnSettings {
  readonly kind?: ColumnKind;
  /** How many quantile bins a numeric column gets; 10 unless stated. */
  readonly bins?: number;
  /** A column that is neither sketched nor judged. */
  readonly ignore?: boolean;
}

/** Windows of one horizon: tumbling where `slide` equals `size`. Both are multiples of the pane. Milliseconds. */
export interface WindowSettings {
  readonly size: number;
  readonly slide: number;
  /** A time at which a window starts, milliseconds since the epoch; 0 unless stated. */
  readonly origin: number;
}

/** Which season of a baseline is learnt; auto: a week's where the baseline is long enough for it, else a day's. */
export type Season = 'auto' | 'day' | 'week' | 'none';

/** When a difference between window and baseline becomes an incident: evidence, effect and persistence. */
export interface DecisionSettings {
  /** The false alarms accepted of the model, over all columns, faults, segments and window sizes: `count` in `per` milliseconds. */
  readonly falseAlarms: { readonly count: number; readonly per: number };
  /** The debiased PSI from which a distribution's change has each severity. */
  readonly psi: Readonly<Record<Severity, number>>;
  /** The change of a correlation, by its absolute size, from which joint drift has each severity; 0 to 2. */
  readonly correlation: Readonly<Record<Severity, number>>;
  /** The rise of a fault's rate (nulls, unseen categories, …) from which it has each severity; shares of events, 0 to 1. */
  readonly rate: Readonly<Record<Severity, number>>;
  readonly season: Season;
  /** An incident resolves after so many quiet windows in a row. */
  readonly resolveAfter: number;
  /** Windows with fewer events wait and merge with the next. */
  readonly minimumEvents: number;
  /** The severity from which an incident is sent out; lesser ones are kept and shown. */
  readonly notifyFrom: Severity;
}

/** Which columns are watched together for a change of their dependence. */
export interface DependenceSettings {
  /** Null: those of the baseline, in its order. */
  readonly columns: readonly string[] | null;
  /** How many at most; 0: none. Their pairs grow with its square. */
  readonly most: number;
}

/** A known event during which incidents are not sent. */
export interface Mute {
  /** Milliseconds since the epoch, inclusive and exclusive. */
  readonly from: number;
  readonly to: number;
  /** Milliseconds after which it comes again; null: it comes once. */
  readonly every: number | null;
  readonly reason: string;
  /** Columns that it is about; null: all. */
  readonly columns: readonly string[] | null;
}

/**
 * Where the baseline comes from: published by `tidemark baseline build`; the newest one of another version of the model, so that a new
 * version is held against the one before it until it has its own; learnt from the stream's own beginning; or renewed again and again
 * from the champion's own past.
 */
export type BaselineSettings =
  | { readonly from: 'published' }
  | { readonly from: 'previous-version' }
  | { readonly from: 'first-windows'; readonly windows: number; readonly events: number }
  | RollingSettings;

/** A baseline that follows the stream: the `length` before the last `lag`, anew `every` so often. All in milliseconds. */
export interface RollingSettings {
  readonly from: 'rolling';
  readonly length: number;
  /** What is so recent is not in it yet: a drift is seen before it could be. */
  readonly lag: number;
  readonly every: number;
  /** An incident that has been open for longer has become how things are, and a baseline is made of it; null: never. */
  readonly adoptAfter: number | null;
}

/** What a stream may cost in memory. What exceeds a limit is counted, and told by a data-quality event. */
export interface Limits {
  /** How many values of a dimension have a segment of their own; the events of all others share the segment `(other)`. */
  readonly segments: number;
  /** How many columns are sketched; cells of others are counted. Those of the baseline always are, and those that `columns` names. */
  readonly columns: number;
  /** The values of a dimension that come first where `segments` does not suffice for all. */
  readonly keep: Readonly<Record<string, readonly string[]>>;
}

/** The metrics that may be judged. For the errors of a regression less is better, for the others more; `f1` of many classes is the mean of theirs. */
export const QUALITY_METRICS = ['accuracy', 'precision', 'recall', 'f1', 'roc_auc', 'mae', 'rmse'] as const;
export type QualityMetric = (typeof QUALITY_METRICS)[number];

/** How ground truth is waited for and what is made of it. */
export interface QualitySettings {
  /** Tumbling. */
  readonly window: WindowSettings;
  /** The class that the score speaks for; null: found from what the model answers. */
  readonly positive: string | null;
  /** What is judged; null, and of a stream that has no such metric: the accuracy of classes, the mean absolute error of values. */
  readonly metric: QualityMetric | null;
  /** The fall of quality that matters: points (0 to 1) for classes, a share of the expected error for values; null: 0.02 and 0.1. */
  readonly tolerance: number | null;
  /** A window with fewer labels is judged only by what is valid for any number of them. */
  readonly minimumLabels: number;
  /** Milliseconds after the end of a window for which its labels are waited for. */
  readonly labelWait: number;
}

/** Which events are to be labelled: a budget of each version's champion and canary, and how it is divided. */
export interface LabelingSettings {
  /** So many requests in each period of `per` milliseconds, counted from 1970; null: `share` says how many. */
  readonly budget: { readonly count: number; readonly per: number } | null;
  /** The share of events, 0 to 1; 0 where there is a budget. */
  readonly share: number;
  /** The part of it that goes to events the model is unsure of, and to those unlike the baseline; together below 1. */
  readonly uncertain: number;
  readonly drifted: number;
  /** Dimensions whose values are to be labelled equally often. */
  readonly strata: readonly string[];
}

/** Which predictions are kept, so that labels find theirs, and for how long. */
export interface PredictionLogSettings {
  /** The share of the events that are logged, above 0 and up to 1; which, their ids decide. */
  readonly share: number;
  /** Milliseconds that predictions and labels are kept, from when they were sent. */
  readonly ttl: number;
  /** Milliseconds for which a label waits for its prediction; then it is an orphan. */
  readonly orphanAfter: number;
  /** The share of a day's labels, 0 to 1, beyond which orphans are told of. */
  readonly mostOrphans: number;
}

/** A monitor: what is watched of one model and how it is judged. Made from a file by the contracts package, faults and all. */
export interface Monitor {
  /** The model's name, or `*` for every model without a monitor of its own. */
  readonly model: string;
  /** The version it holds for, or `*`. */
  readonly version: string;
  /** Milliseconds. */
  readonly pane: number;
  /** Milliseconds by which an event may come after the watermark and still join its pane. */
  readonly allowedLateness: number;
  /** Milliseconds by which an event may lie in the future of the clock that reads it; beyond, it is a dead letter. */
  readonly allowedSkew: number;
  readonly windows: readonly WindowSettings[];
  /** Each entry is a list of dimensions: one for a plain slice, several for a crossing. */
  readonly segments: readonly (readonly string[])[];
  readonly columns: Readonly<Record<string, ColumnSettings>>;
  /** Columns of text: what measures them is watched in their place. */
  readonly texts: readonly string[];
  /** Whether columns that `columns` does not name are watched too. */
  readonly otherColumns: boolean;
  readonly limits: Limits;
  readonly joint: DependenceSettings;
  readonly decision: DecisionSettings;
  readonly baseline: BaselineSettings;
  readonly mutes: readonly Mute[];
  /** Null: quality is not measured. */
  readonly quality: QualitySettings | null;
  /** Null: nobody is asked to label anything. */
  readonly labeling: LabelingSettings | null;
  /** Null: predictions are not logged, so that no label is joined. */
  readonly predictionLog: PredictionLogSettings | null;
}

/** Whether two monitors say the same. */
export function sameMonitor(a: Monitor, b: Monitor): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
