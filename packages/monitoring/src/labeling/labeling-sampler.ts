import { foldString, hashHigh, type Answer } from '@tidemark/sketches';
import type { Baseline } from '../model/baseline.js';
import { BatchAnswers } from '../sketching/batch-answers.js';
import { CellTag, type EventBatch } from '../sketching/event-batch.js';
import { LabelingLedger, type LedgerState } from './labeling-ledger.js';
import type { LabelingReason, LabelingRequest } from './labeling-request.js';
import type { LabelingSettings, Monitor } from '../model/monitor.js';
import { RareValues } from './rare-values.js';
import { Strata } from './strata.js';
import { streamId, type Stream } from '../model/stream.js';
import { Uncertainty } from './uncertainty.js';
import { PREDICTION_PREFIX } from '../model/prediction-columns.js';
import type { StreamKnowledge } from '../model/stream-knowledge.js';

/** With more streams than this, the ledgers of those whose last event is longest ago are forgotten. */
const MOST_LEDGERS = 512;

/** What a sampler must know after a restart, a part a stream. */
export type LabelingSnapshot = readonly { readonly stream: Stream; readonly ledger: LedgerState }[];

/** How one stream is sampled, as long as its monitor and its baseline stay. */
interface StreamSampling {
  readonly monitor: Monitor;
  readonly settings: LabelingSettings;
  readonly baseline: Baseline | null;
  readonly strata: Strata;
  readonly uncertainty: Uncertainty | null;
  readonly rare: RareValues | null;
  readonly ledger: LabelingLedger;
}

/**
 * Chooses the events of one source partition that somebody is to label: Poisson sampling (Hájek 1958). An event is chosen when the hash of
 * its id, uniform on [0, 1), is below its inclusion probability, so the same event is chosen on every reading of the log. The probability
 * is the share that the budget is for times the sum of three parts: of the strata, of the model's uncertainty and of unlikeness to the baseline.
 * Labels weighed by one divided by it give unbiased totals (Horvitz and Thompson 1952), whatever the parts.
 *
 * A shadow's events are not chosen: the champion's of the same request are.
 */
export class LabelingSampler {
  readonly #streams = new Map<string, StreamSampling>();
  readonly #restored = new Map<string, LedgerState>();
  #requests: LabelingRequest[] = [];
  #changed = false;

  /** @param partitions how many source partitions share a stream's budget. */
  constructor(
    private readonly knowledge: StreamKnowledge,
    private readonly partitions: number,
    snapshot: LabelingSnapshot = [],
  ) {
    for (const { stream, ledger } of snapshot) this.#restored.set(streamId(stream), ledger);
  }

  /** How many requests the next drain gives. */
  get pending(): number {
    return this.#requests.length;
  }

  take(batch: EventBatch): void {
    const sampling = this.#samplingOf(batch.stream);
    if (sampling === null || batch.rows === 0) return;
    this.#changed = true;
    const answers = BatchAnswers.of(batch);
    const rare = sampling.rare?.rows(batch);
    for (let row = 0; row < batch.rows; row++) {
      sampling.ledger.arrive(batch.eventTimes[row], rare?.[row] ?? 0);
      const answer = answers?.at(row) ?? null;
      if (answer !== null) this.#decide(sampling, batch, row, answer, rare?.[row] === 1);
    }
  }

  /** The requests since the last drain, in the order of their events. */
  drain(): LabelingRequest[] {
    const requests = this.#requests;
    this.#requests = [];
    return requests;
  }

  /** What a successor must know; null where it has not changed since it was last asked for. */
  snapshot(): LabelingSnapshot | null {
    if (!this.#changed) return null;
    this.#changed = false;
    const known = [...this.#streams].map(([id, { ledger }]) => [id, ledger.state] as const);
    const all = [...new Map([...this.#restored, ...known])];
    if (all.length > MOST_LEDGERS) {
      all.sort(([, a], [, b]) => b.latest - a.latest);
      for (const [id] of all.splice(MOST_LEDGERS)) {
        this.#streams.delete(id);
        this.#restored.delete(id);
      }
    }
    return all.map(([id, ledger]) => ({ stream: streamOf(id), ledger }));
  }

  #decide(sampling: StreamSampling, batch: EventBatch, row: number, answer: Answer, rare: boolean): void {
    const { settings, strata, uncertainty, ledger, baseline } = sampling;
    const { share } = ledger;
    const unsure = uncertainty === null ? 0 : settings.uncertain;
    const drifted = sampling.rare === null ? 0 : settings.drifted;
    const parts: Record<LabelingReason, number> = {
      uniform: share * (1 - unsure - drifted) * strata.factor(batch, row, answer),
      uncertain: uncertainty === null ? 0 : share * unsure * uncertainty.relative(answer),
      drifted: rare ? share * drifted * ledger.rareFactor : 0,
    };
    const sum = parts.uniform + parts.uncertain + parts.drifted;
    const inclusionProbability = ledger.spend(Math.min(1, sum));
    const eventId = batch.eventIds[row];
    const place = unitHash(batch.stream.model, eventId);
    if (!(place < inclusionProbability)) return;
    // Each part has its stretch of the interval in which the hash is chosen: that in which it lies is what the event was chosen for.
    const at = (place / inclusionProbability) * sum;
    const reason = at < parts.uniform ? 'uniform' : at < parts.uniform + parts.uncertain ? 'uncertain' : 'drifted';
    this.#requests.push({
      ...{ eventId, stream: batch.stream, eventTime: batch.eventTimes[row], answer, inclusionProbability, reason },
      stratum: strata.describe(batch, row, answer),
      ...{
        baselineId: baseline?.id ?? null,
        segments: segmentsOf(batch, row),
        features: featuresOf(batch, row),
      },
    });
  }

  #samplingOf(stream: Stream): StreamSampling | null {
    const monitor = this.knowledge.monitorOf(stream);
    const settings = monitor.labeling;
    if (settings === null || stream.role === 'shadow') return null;
    const id = streamId(stream);
    const baseline = this.knowledge.baselineOf(stream);
    const known = this.#streams.get(id);
    if (known !== undefined && known.monitor === monitor && known.baseline?.id === baseline?.id) return known;
    const state = known?.ledger.state ?? this.#restored.get(id) ?? null;
    const sampling = {
      ...{ monitor, settings, baseline },
      strata: Strata.of(baseline, settings.strata),
      uncertainty: baseline === null ? null : Uncertainty.of(baseline),
      rare: baseline === null ? null : RareValues.of(baseline),
      ledger: new LabelingLedger(settings, this.partitions, rateOf(baseline), state),
    };
    this.#restored.delete(id);
    this.#streams.set(id, sampling);
    return sampling;
  }
}

/** Uniform on [0, 1) over ids: where an event lies among those of its model. */
function unitHash(model: string, eventId: string): number {
  return (hashHigh(...foldString(`labeling\u0000${model}\u0000${eventId}`)) >>> 0) / 2 ** 32;
}

/** Events a millisecond of the baseline's period; null where it has none. */
function rateOf(baseline: Baseline | null): number | null {
  if (baseline === null || baseline.periodStart === null || baseline.periodEnd === null) return null;
  const length = baseline.periodEnd - baseline.periodStart;
  return length > 0 ? baseline.rows / length : null;
}

function streamOf(id: string): Stream {
  const [model, version, role] = id.split('\u0000');
  return { model, version, role: role as Stream['role'] };
}

function segmentsOf(batch: EventBatch, row: number): Record<string, string> {
  const segments: [string, string][] = [];
  for (const [dimension, cells] of batch.segments) {
    const value = cells.string(row);
    if (value !== undefined) segments.push([dimension, value]);
  }
  return Object.fromEntries(segments);
}

function featuresOf(batch: EventBatch, row: number): Record<string, number | string | boolean | null> {
  const features: [string, number | string | boolean | null][] = [];
  for (const [name, cells] of batch.columns) {
    if (name.startsWith(PREDICTION_PREFIX)) continue;
    const value = cells.values[row];
    const tag = cells.tag(row);
    if (tag === CellTag.null) features.push([name, null]);
    else if (tag === CellTag.number) features.push([name, value]);
    else if (tag === CellTag.string) features.push([name, cells.dictionary[value]]);
    else if (tag === CellTag.boolean) features.push([name, value === 1]);
  }
  return Object.fromEntries(features);
}
