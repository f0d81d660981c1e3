import { CategoryCounts, type ColumnSketch } from '@tidemark/sketches';
import type { Baseline } from '../model/baseline.js';
import type { DriftEvent } from '../model/drift-event.js';
import { incidentQuery } from './explain.js';
import type { Monitor } from '../model/monitor.js';
import type { Overflow } from '../summaries/overflow.js';
import { OTHER } from '../summaries/segment-admission.js';
import { ALL_EVENTS, type Segment, type Stream } from '../model/stream.js';
import { hashId } from '../model/hash-id.js';
import { reaches, type Severity } from '../model/severity.js';
import type { Pane } from '../model/pane.js';

/** Milliseconds of event time within the limit after which going over it is news again. */
const NEWS_AGAIN_AFTER = 24 * 3_600_000;

/**
 * Tells once when a stream goes over a limit, for each dimension, for its columns, and for each column with more categories
 * than are counted. A note and no incident: the remedy is a change of the monitor or of the client, and neither comes by
 * waiting, so there is nothing that quiet windows would resolve. It is told again when it comes back after a day without.
 */
export class OverflowWatch {
  /** The end of the last pane that was over, by limit. Dimensions are the monitor's, columns are limited: it is bounded. */
  readonly #lastOver = new Map<string, number>();

  constructor(
    private readonly stream: Stream,
    private readonly monitor: Monitor,
  ) {}

  /** @param events of the pane, over all segments. */
  observe(pane: Pane, events: number, overflow: readonly Overflow[], baseline: Baseline | null): DriftEvent[] {
    return overflow.flatMap((over) => {
      const key = `${over.what}:${over.name}`;
      const last = this.#lastOver.get(key) ?? -Infinity;
      const end = pane.start + pane.size;
      this.#lastOver.set(key, Math.max(last, end));
      return pane.start - last < NEWS_AGAIN_AFTER ? [] : [this.#event(over, pane, events, baseline)];
    });
  }

  snapshot(): OverflowWatchSnapshot {
    return [...this.#lastOver];
  }

  restore(snapshot: OverflowWatchSnapshot): void {
    for (const [key, end] of snapshot) this.#lastOver.set(key, end);
  }

  #event(over: Overflow, pane: Pane, events: number, baseline: Baseline | null): DriftEvent {
    const { what, name, count } = over;
    const { model, version, role } = this.stream;
    const id = hashId(['overflow', model, version, role, what, name, pane.start]);
    const segment: Segment = what === 'segments' ? { dimension: name, value: OTHER } : ALL_EVENTS;
    const column = what === 'categories' ? name : '';
    // Many categories may be what a column is; too many segments or columns are a fault of the client or the monitor.
    const severity: Severity = what === 'categories' ? 'minor' : 'moderate';
    const left = events === 0 ? 0 : count / events;
    return {
      id,
      incidentId: id,
      status: 'noted',
      signal: 'data-quality',
      severity,
      notify: reaches(severity, this.monitor.decision.notifyFrom),
      stream: this.stream,
      segment,
      column,
      findings: [
        { metric: `${what}-over-limit`, severity, effect: left, windowValue: left, baselineValue: 0, pValue: null },
      ],
      baselineEvents: baseline?.rows ?? 0,
      windowEvents: events,
      windowStart: pane.start,
      windowEnd: pane.start + pane.size,
      since: pane.start,
      baselineId: baseline?.id ?? null,
      ...{ aspects: [], contributions: [], segments: [], correlations: [], muted: '' },
      summary: this.#sentence(over),
      query: incidentQuery(this.stream, segment, column, pane.start),
    };
  }

  #sentence({ what, name, count, examples }: Overflow): string {
    const { segments, columns } = this.monitor.limits;
    const such =
      examples.length === 0 ? '' : `, such as ${examples.map((example) => JSON.stringify(example)).join(', ')}`;
    switch (what) {
      case 'segments':
        return (
          `${name} has more than ${segments} values: ${count} events of the others${such} are counted together as ${OTHER}; ` +
          `list the values that matter under limits.keep, raise limits.segments, or slice by another dimension`
        );
      case 'columns':
        return (
          `more than ${columns} columns: ${count} cells of the others${such} are counted but not sketched; ` +
          `keep ids out of the names of features, name the columns that matter under columns, or raise limits.columns`
        );
      case 'categories':
        return (
          `${name} has more than ${CategoryCounts.defaultCapacity} categories: ${count} values are counted as other; ` +
          `if it is an id, set columns.${name} to ignore`
        );
    }
  }
}

export type OverflowWatchSnapshot = readonly (readonly [key: string, lastOver: number])[];

/** The columns with more categories than are counted, unless the baseline's column is like that too. */
export function overflowingCategories(columns: Iterable<ColumnSketch>, baseline: Baseline | null): Overflow[] {
  const overflow: Overflow[] = [];
  for (const { name, categories } of columns) {
    if (categories === null || categories.other === 0) continue;
    const usual = baseline?.columns.find((column) => column.name === name)?.categories?.other ?? 0;
    if (usual === 0) overflow.push({ what: 'categories', name, count: categories.other, examples: [] });
  }
  return overflow;
}
