import { Aggregate } from './aggregate.js';
import type { Baseline } from '../model/baseline.js';
import { KnownSegments } from './known-segments.js';
import type { Monitor } from '../model/monitor.js';
import { SegmentAdmission } from './segment-admission.js';
import { PREDICTION_COLUMNS } from '../model/prediction-columns.js';

const { score, class: predicted, value, confidence } = PREDICTION_COLUMNS;
const PREDICTIONS: readonly string[] = [score, predicted, value, confidence];

/** Holds the panes and windows of one stream to its monitor's limits. */
export class StreamLimits {
  #baseline: Baseline | null = null;
  #known: ReadonlySet<string> | null = null;

  constructor(
    private readonly monitor: Monitor,
    private readonly baseline: () => Baseline | null,
  ) {}

  /** How many values of a dimension have a segment of their own. */
  get segments(): number {
    return this.monitor.limits.segments;
  }

  /** Seats for the segments of one pane or window. */
  admission(): SegmentAdmission {
    return new SegmentAdmission(this.monitor.limits.segments, new KnownSegments(this.monitor, this.baseline));
  }

  /** An empty aggregate that takes no more columns than allowed, but all of those that always have a place. */
  aggregate(): Aggregate {
    return new Aggregate({ most: this.monitor.limits.columns, always: (column) => this.#always(column) });
  }

  #always(column: string): boolean {
    const baseline = this.baseline();
    if (this.#known === null || baseline !== this.#baseline) {
      const names = baseline?.columns.map(({ name }) => name) ?? [];
      this.#known = new Set([...names, ...Object.keys(this.monitor.columns), ...PREDICTIONS]);
      this.#baseline = baseline;
    }
    return this.#known.has(column);
  }
}
