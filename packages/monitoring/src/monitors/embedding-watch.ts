import type { EmbeddingSketch } from '@tidemark/sketches';
import { LONGEST_SCAN } from '@tidemark/statistics';
import type { Steps } from '@tidemark/statistics';
import { binsIdOf, type Baseline } from '../model/baseline.js';
import { calibrationFrom, DecisionModel, describeCalibration } from '../evidence/decision-model.js';
import type { DriftEvent, Finding } from '../model/drift-event.js';
import type { IncidentBoard } from '../incidents/incident-board.js';
import type { Monitor } from '../model/monitor.js';
import { phaseOf } from '../model/pane-time.js';
import { ALL_EVENTS, type Stream } from '../model/stream.js';
import { EmbeddingJudge, type EmbeddingCounts } from '../evidence/embeddings/embedding-judge.js';
import { keptLongFit } from '../evidence/kept-fits.js';
import { quoted, tableOf } from '../incidents/event-query.js';
import type { ClosedWindow } from '../windows/window-series.js';
import { hashId } from '../model/hash-id.js';
import { reaches } from '../model/severity.js';
import type { IncidentChange } from '../model/incident.js';
import type { Horizon } from '../windows/horizon.js';

interface Entry {
  readonly name: string;
  readonly horizon: number;
  readonly phase: number;
  windows: readonly EmbeddingCounts[];
}

const ASPECTS: Readonly<Record<string, string>> = {
  'mean-shift': 'location',
  covariance: 'spread',
  mmd: 'shape',
  dimension: 'range',
};
const SENTENCES: Readonly<Record<string, string>> = {
  'mean-shift': 'the mean moved',
  covariance: 'the covariance changed',
  mmd: 'the distribution changed',
};

interface EventWindow {
  readonly start: number;
  readonly size: number;
  readonly events: number;
}

/** Notices that the vectors of a stream are distributed otherwise than in its baseline: one incident a column. */
export class EmbeddingWatch {
  readonly #judges = new Map<string, { readonly baselineId: string; readonly judge: EmbeddingJudge | null }>();
  readonly #entries = new Map<string, Entry>();
  readonly #over = new Map<string, number>();
  #baselineId = '';

  constructor(
    private readonly stream: Stream,
    private readonly monitor: Monitor,
    private readonly board: IncidentBoard,
  ) {}

  *observe(closed: ClosedWindow, horizon: Horizon, baseline: Baseline): Steps<DriftEvent[]> {
    const ripe = closed.ripe.find(({ segment }) => segment.dimension === '');
    if (ripe === undefined) return [];
    this.#useBaseline(binsIdOf(baseline));
    const phase = phaseOf(closed.start, this.monitor.windows[horizon.index]);
    const events: DriftEvent[] = [];
    for (const sketch of ripe.aggregate.vectors) {
      yield;
      const { name } = sketch;
      if (sketch.count < this.monitor.decision.minimumEvents) continue;
      const window = { start: closed.start, size: horizon.size, events: sketch.count };
      const usual = dimensionOf(baseline, name);
      if (usual !== null && usual !== sketch.dimension) {
        events.push(...this.#observeDimension(sketch, usual, window, horizon, baseline));
        continue;
      }
      const judge = yield* this.#judgeOf(name, sketch.dimension, horizon, baseline);
      if (judge === null) continue;
      const counts = judge.countsOf({ start: ripe.from, events: sketch.count, sketch });
      const windows = this.#push({ name, horizon: horizon.index, phase }, counts);
      const fresh = windows.filter(({ start }) => start >= (this.#over.get(name) ?? -Infinity));
      if (fresh.length === 0) continue;
      const shown = judge.judge(fresh);
      const change = this.board.observe(ALL_EVENTS, name, horizon.index, shown);
      if (change === null) continue;
      if (change.status === 'resolved') this.#over.set(name, closed.start + horizon.size);
      events.push(this.#event(name, window, change, shown.findings, baseline, judge));
    }
    return events;
  }

  /** Vectors of another dimension are those of another embedder: nothing else needs to be compared. */
  #observeDimension(
    { name, dimension }: EmbeddingSketch,
    usual: number,
    window: EventWindow,
    horizon: Horizon,
    baseline: Baseline,
  ): DriftEvent[] {
    const values = { windowValue: dimension, baselineValue: usual };
    const finding: Finding = { metric: 'dimension', severity: 'major', effect: 1, ...values, pValue: 0 };
    const shown = { findings: [finding], lingers: true, since: window.start };
    const change = this.board.observe(ALL_EVENTS, name, horizon.index, shown);
    if (change === null) return [];
    const known = { events: baseline.rows, windows: Infinity };
    return [this.#event(name, window, change, shown.findings, baseline, known)];
  }

  snapshot(): EmbeddingWatchSnapshot {
    return { baselineId: this.#baselineId, entries: [...this.#entries.values()], over: [...this.#over] };
  }

  restore({ baselineId, entries, over }: EmbeddingWatchSnapshot): void {
    this.#useBaseline(baselineId);
    for (const entry of entries) this.#entries.set(keyOf(entry), { ...entry });
    for (const [name, time] of over) this.#over.set(name, time);
  }

  /** Figures are distances from one baseline: those from another say nothing, unless it is the same one renewed, which has moved but little. */
  #useBaseline(id: string): void {
    if (this.#baselineId === id) return;
    this.#baselineId = id;
    this.#entries.clear();
    this.#over.clear();
  }

  #push(succession: Omit<Entry, 'windows'>, counts: EmbeddingCounts): readonly EmbeddingCounts[] {
    const key = keyOf(succession);
    const windows = [...(this.#entries.get(key)?.windows ?? []), counts].slice(-LONGEST_SCAN);
    this.#entries.set(key, { ...succession, windows });
    return windows;
  }

  *#judgeOf(name: string, dimension: number, { index }: Horizon, baseline: Baseline): Steps<EmbeddingJudge | null> {
    const key = `${index}/${dimension}/${name}`;
    const known = this.#judges.get(key);
    if (known?.baselineId === baseline.id) return known.judge;
    const { windows, segments, decision } = this.monitor;
    const model = DecisionModel.of(baseline, windows[index], decision, windows.length, segments.length > 0);
    const own = baseline.windows?.vectors.find((each) => each.name === name);
    const alike = own?.windows.filter(({ sketch }) => sketch.dimension === dimension) ?? [];
    const { perWindowOfEmbedding: alpha, perWindow } = model;
    const settings = { window: windows[index], settings: decision, alpha, perWindow };
    const judge = yield* keptLongFit(baseline, 'vectors', [name, dimension, settings], () =>
      EmbeddingJudge.of({ windows: alike, size: baseline.windows?.size ?? 0, ...settings }),
    );
    this.#judges.set(key, { baselineId: baseline.id, judge });
    return judge;
  }

  #event(
    name: string,
    window: EventWindow,
    { incident, status }: IncidentChange,
    findings: readonly Finding[],
    baseline: Baseline,
    known: Pick<EmbeddingJudge, 'events' | 'windows'>,
  ): DriftEvent {
    const resolved = status === 'resolved';
    const what = findings.map(sentenceOf).join(', ');
    const caution = describeCalibration(calibrationFrom(known.windows));
    return {
      id: hashId([incident.id, status, incident.severity, window.start, window.size]),
      incidentId: incident.id,
      status,
      signal: 'data-drift',
      severity: incident.severity,
      notify: reaches(incident.severity, this.monitor.decision.notifyFrom),
      stream: this.stream,
      segment: ALL_EVENTS,
      column: name,
      findings,
      ...{ baselineEvents: known.events, windowEvents: window.events },
      ...{ windowStart: window.start, windowEnd: window.start + window.size },
      since: incident.since,
      baselineId: baseline.id,
      aspects: resolved ? [] : findings.map(({ metric }) => ASPECTS[metric]),
      ...{ contributions: [], segments: [], correlations: [], muted: '' },
      summary: `${name}: ${resolved ? 'as in the baseline again' : [what, ...(caution === '' ? [] : [caution])].join('; ')}`,
      query: embeddingQuery(this.stream, name, incident.since),
    };
  }
}

export interface EmbeddingWatchSnapshot {
  readonly baselineId: string;
  readonly entries: readonly Entry[];
  readonly over: readonly (readonly [name: string, time: number])[];
}

/** The dimension that a column has in a baseline; null where the baseline does not know it. */
function dimensionOf({ windows }: Baseline, name: string): number | null {
  return windows?.vectors.find((each) => each.name === name)?.windows.at(-1)?.sketch.dimension ?? null;
}

function sentenceOf({ metric, effect, windowValue, baselineValue }: Finding): string {
  if (metric === 'dimension')
    return `vectors of ${windowValue} numbers, where they had ${baselineValue}: another embedder`;
  return `${SENTENCES[metric]} (${effect.toFixed(2)})`;
}

function keyOf({ name, horizon, phase }: Omit<Entry, 'windows'>): string {
  return `${horizon}/${phase}/${name}`;
}

/** SQL that shows where the mean of a column of vectors was, hour by hour; for a person to paste. */
function embeddingQuery({ model, version, role }: Stream, name: string, since: number): string {
  return (
    'SELECT toStartOfHour(pane_start) AS hour, sum(vectors) AS n, ' +
    'arrayMap(sum -> round(sum / n / 1024, 3), sumForEach(projection_sums)) AS mean_projections ' +
    `FROM ${tableOf('pane_vectors')} WHERE model = ${quoted(model)} AND version = ${quoted(version)} AND role = ${quoted(role)} ` +
    `AND column = ${quoted(name)} AND pane_start >= fromUnixTimestamp64Milli(${Math.round(since)}) - INTERVAL 1 DAY GROUP BY hour ORDER BY hour`
  );
}
