import type { Baseline } from './baseline.js';
import { compareColumns, type Comparison } from './comparison.js';
import type { DriftEvent, Finding } from './drift-event.js';
import { judge } from './findings.js';
import type { IncidentBoard } from './incident-board.js';
import { incidentEvent } from './incident-event.js';
import { worst } from './incidents.js';
import type { DecisionSettings, Severity } from './monitor.js';
import type { WindowRow } from './rows.js';
import { segmentId, type Segment, type Stream } from './stream.js';
import type { ClosedWindow } from './window-series.js';
import { windowRows } from './window-rows.js';

/** Which of the monitor's windows a window is one of, and its size in milliseconds. */
export interface Horizon {
  readonly index: number;
  readonly size: number;
}

/** Compares closed windows of one stream with its baseline, and tells what becomes of the incidents they bear on. */
export class WindowJudge {
  constructor(
    private readonly stream: Stream,
    private readonly settings: DecisionSettings,
    private readonly board: IncidentBoard,
  ) {}

  judge(
    closed: ClosedWindow,
    horizon: Horizon,
    baseline: Baseline | null,
  ): { rows: WindowRow[]; events: DriftEvent[] } {
    const severities = new Map<string, Severity>();
    const identityOf = (segment: Segment) => ({
      stream: this.stream,
      segment,
      windowStart: closed.start,
      windowSize: horizon.size,
      baseline,
    });
    const events: DriftEvent[] = [];
    for (const [comparison, findings] of this.#findingsOf(closed, baseline)) {
      const { segment } = comparison;
      const column = comparison.baseline.name;
      if (findings.length > 0) severities.set(`${segmentId(segment)}\u0001${column}`, worst(findings));
      const change = this.board.observe(segment, column, horizon.index, closed.start, findings);
      if (change !== null) events.push(incidentEvent(change, identityOf(segment), comparison, findings, this.settings));
    }
    const rows = closed.segments.flatMap(({ segment, aggregate }) =>
      windowRows(
        identityOf(segment),
        aggregate,
        (column) => severities.get(`${segmentId(segment)}\u0001${column}`) ?? null,
      ),
    );
    return { rows, events };
  }

  /** Every comparison of the window, those of all events first, with what holds of it beside all the others. */
  #findingsOf(closed: ClosedWindow, baseline: Baseline | null): [Comparison, Finding[]][] {
    if (baseline === null) return [];
    const ripe = [...closed.ripe].sort(
      (a, b) => Number(a.segment.dimension !== '') - Number(b.segment.dimension !== ''),
    );
    const results = ripe
      .flatMap(({ segment, aggregate }) => compareColumns(segment, aggregate, baseline))
      .map((comparison): [Comparison, Finding[]] => [comparison, []]);
    const flat = results.flatMap((result) => result[0].hypotheses.map((hypothesis) => ({ result, hypothesis })));
    const judged = judge(
      flat.map(({ hypothesis }) => hypothesis),
      this.settings,
      (index) => {
        const [{ segment, baseline: column }] = flat[index].result;
        return this.board.isOpen(segment, column.name) ? 'open' : 'opening';
      },
    );
    judged.forEach((finding, index) => {
      if (finding !== undefined) flat[index].result[1].push(finding);
    });
    for (const [, findings] of results) findings.sort((a, b) => rank(b) - rank(a));
    return results;
  }
}

/** Severity first; among equals a fault before the distribution that it distorts. */
function rank({ severity, metric }: Finding): number {
  return { minor: 0, moderate: 2, major: 4 }[severity] + (metric === 'psi' ? 0 : 1);
}
