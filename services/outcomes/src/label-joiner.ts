import { isolateFaults, type GroundTruth } from '@tidemark/contracts';
import {
  isLogged,
  joinLabels,
  OutcomeSketcher,
  type JoinedOutcome,
  type Label,
  type LabelBatch,
  type SketchPartial,
  type StreamKnowledge,
} from '@tidemark/monitoring';
import { StoreError } from '@tidemark/store';
import { weighLabels, type RefusedLabel } from './label-weights.js';
import type { OutcomeStore } from './outcome-store.js';
import type { ArrivedLabel } from './arrived-label.js';

/** A message of the topic of partials. */
export interface PartialMessage {
  readonly key: string;
  readonly value: Buffer;
}

/** What came of a batch of labels. */
export interface JoinedBatch {
  readonly partials: readonly SketchPartial[];
  /** The same, encoded. */
  readonly messages: readonly PartialMessage[];
  /** Predictions whose label counts now and did not before. */
  readonly joined: number;
  /** The same by model. */
  readonly joinedOf: ReadonlyMap<string, number>;
  /** Predictions whose label was replaced by another that says something else. */
  readonly corrected: number;
  /** Labels whose prediction is not in the log yet. */
  readonly waiting: number;
  /** Labels that are not taken. */
  readonly refused: readonly RefusedLabel[];
  /** Labels of events that are not logged: those left out of a sample, or whose model has no log. */
  readonly unlogged: number;
}

export const NOTHING_JOINED: JoinedBatch = {
  ...{ refused: [], partials: [], messages: [], joined: 0, corrected: 0, waiting: 0, unlogged: 0 },
  joinedOf: new Map(),
};

/**
 * Joins batches of labels with their predictions, all in the store: whatever is kept here is kept no longer than a batch. Each
 * step may be repeated, alone or after others, until the batch is committed; what comes of it stays the same but for predictions
 * that have come meanwhile.
 */
export class LabelJoiner {
  constructor(
    private readonly store: OutcomeStore,
    private readonly knowledge: StreamKnowledge,
    private readonly encode: (partial: SketchPartial) => readonly Buffer[] = () => [],
    /** What is kept of a label that waits, to be sent again; all of its record unless stated. */
    private readonly waitingRecordOf: (label: ArrivedLabel) => Buffer = ({ record }) => record,
  ) {}

  /**
   * What fails over a label's own content, be it as it is written, counted or encoded, is found by halves, and that label refused. Its outcome
   * is counted with neither sign, now or when it is corrected: what it fails for is in it.
   *
   * @throws StoreError; when it does, repeat the whole.
   */
  async join(batch: LabelBatch, arrived: readonly ArrivedLabel[]): Promise<JoinedBatch> {
    const kept = arrived.flatMap((each) => {
      const settings = this.#logOf(each.truth);
      return settings === null || !isLogged(each.truth.eventId, settings.share) ? [] : [{ ...each, settings }];
    });
    const unlogged = arrived.length - kept.length;
    const { weighed, refused } = await weighLabels(this.store, kept);
    const write = async (labels: typeof weighed) => {
      const rows = labels.map((each) => ({ label: labelOf(each), expiresAt: startOf(each) + each.settings.ttl }));
      await this.store.writeLabels(batch, rows);
      return { labels, expiresAt: Math.max(...rows.map(({ expiresAt }) => expiresAt)) };
    };
    const written = await isolateFaults(weighed, write, undefined, isOfStore);
    const logged = written.results.flatMap(({ labels }) => labels);
    const faulty: RefusedLabel[] = [...refused, ...written.faulty.map(({ item: label, fault }) => ({ label, fault }))];
    if (logged.length === 0) return { ...NOTHING_JOINED, unlogged, refused: faulty };
    const { outcomes, met, waiting } = joinLabels(await this.store.readLabelledEvents(batch), batch);
    const expiresAt = Math.max(...written.results.map((each) => each.expiresAt));
    await this.store.writeLabelJoins(batch, met, expiresAt);
    const byOffset = new Map(logged.map((each) => [each.offset, each]));
    await this.store.writeWaitingLabels(
      batch,
      waiting.flatMap(({ model, eventId, version, offset }) => {
        const each = byOffset.get(offset);
        if (each === undefined) return [];
        const waitsUntil = startOf(each) + each.settings.orphanAfter;
        const { origin } = each;
        return [
          {
            ...{ model, eventId, version, offset, record: this.waitingRecordOf(each), waitsUntil },
            ...(origin === undefined ? {} : { origin }),
          },
        ];
      }),
    );
    const folded = await isolateFaults(outcomes, (some) => this.#fold(some));
    for (const { item, fault } of folded.faulty) {
      const label = byOffset.get(item.offset);
      // What is taken back had been refused when it came.
      if (item.sign === 1 && label !== undefined) faulty.push({ label, fault });
    }
    const joinedOf = new Map<string, number>();
    for (const { prediction } of met) {
      const { model } = prediction.stream;
      joinedOf.set(model, (joinedOf.get(model) ?? 0) + 1);
    }
    return {
      partials: folded.results.flatMap(({ partials }) => partials),
      messages: folded.results.flatMap(({ messages }) => messages),
      joined: met.length,
      joinedOf,
      corrected: (outcomes.length - met.length) / 2,
      waiting: waiting.length,
      unlogged,
      refused: faulty,
    };
  }

  #fold(outcomes: readonly JoinedOutcome[]) {
    const sketcher = new OutcomeSketcher(this.knowledge);
    sketcher.fold(outcomes);
    const partials = sketcher.drain();
    const messages = partials.flatMap((partial): PartialMessage[] =>
      this.encode(partial).map((value) => ({ key: partial.pane.stream.model, value })),
    );
    return { partials, messages };
  }

  #logOf({ model, version }: GroundTruth) {
    return this.knowledge.monitorOf({ model, version: version ?? '*', role: 'champion' }).predictionLog;
  }
}

/** Whether it is the store that failed, not what it was given. */
function isOfStore(error: unknown): boolean {
  return error instanceof StoreError || (error instanceof Error && 'retriable' in error);
}

function labelOf({ truth, offset, origin }: ArrivedLabel): Label {
  const { model, eventId, version, observedAt, inclusionProbability } = truth;
  return {
    ...{ model, eventId, observedAt, offset },
    ...(origin === undefined ? {} : { origin }),
    version: version === '' ? null : version,
    truth: { class: truth.class, value: truth.value },
    inclusionProbability: inclusionProbability ?? 1,
  };
}

/** From when on a label's time runs: a function of the record, and sound where the producer's clock is not. */
function startOf({ truth, sentAt }: ArrivedLabel): number {
  return Math.max(sentAt, truth.observedAt);
}
