import type { DriftEvent, LabelBatch, LabelledEvents, LabelJoin } from '@tidemark/monitoring';
import {
  readLabelledEvents,
  readRequestedLabels,
  readTopicIds,
  revisitWaitingLabels,
  settleWaitingLabels,
  writeDriftEvents,
  writeLabelJoins,
  writeLabels,
  writePredictions,
  writeTopicId,
  writeWaitingLabels,
  type KnownTopic,
  type LabelRow,
  type PredictionRow,
  type RequestedLabel,
  type RevisitedLabel,
  type Store,
  type WaitingLabel,
} from '@tidemark/store';

/** What the service asks of ClickHouse. Writes are keyed: the same rows again overwrite themselves. */
export interface OutcomeStore {
  /** The database that holds the tables. */
  readonly database: string;
  /** The topics that there were under a name. */
  readTopicIds(topic: string): Promise<KnownTopic[]>;
  writeTopicId(topic: string, known: KnownTopic): Promise<void>;
  writePredictions(rows: readonly PredictionRow[]): Promise<void>;
  /** The requests that there are for some events of a model, one a version. */
  readRequestedLabels(model: string, eventIds: readonly string[]): Promise<RequestedLabel[]>;
  writeLabels(batch: LabelBatch, rows: readonly LabelRow[]): Promise<void>;
  /** What is known of the events of labels that have been written. */
  readLabelledEvents(batch: LabelBatch): Promise<LabelledEvents>;
  writeLabelJoins(batch: LabelBatch, met: LabelJoin['met'], expiresAt: number): Promise<void>;
  writeWaitingLabels(batch: Pick<LabelBatch, 'source'>, labels: readonly WaitingLabel[]): Promise<void>;
  revisitWaitingLabels(batch: Pick<LabelBatch, 'source'>, after: number, most: number): Promise<RevisitedLabel[]>;
  settleWaitingLabels(
    batch: Pick<LabelBatch, 'source'>,
    labels: readonly WaitingLabel[],
    fate: 'joined' | 'orphaned',
  ): Promise<void>;
  writeDriftEvents(events: readonly DriftEvent[]): Promise<void>;
}

/** The prediction log and the labels in ClickHouse. */
export function outcomesIn(store: Store): OutcomeStore {
  return {
    database: store.database,
    readTopicIds: (topic) => readTopicIds(store, topic),
    writeTopicId: (topic, known) => writeTopicId(store, topic, known),
    writePredictions: (rows) => writePredictions(store, rows),
    readRequestedLabels: (model, eventIds) => readRequestedLabels(store, model, eventIds),
    writeLabels: (batch, rows) => writeLabels(store, batch, rows),
    readLabelledEvents: (batch) => readLabelledEvents(store, batch),
    writeLabelJoins: (batch, met, expiresAt) => writeLabelJoins(store, batch, met, expiresAt),
    writeWaitingLabels: (batch, labels) => writeWaitingLabels(store, batch, labels),
    revisitWaitingLabels: (batch, after, most) => revisitWaitingLabels(store, batch, after, most),
    settleWaitingLabels: (batch, labels, fate) => settleWaitingLabels(store, batch, labels, fate),
    writeDriftEvents: (events) => writeDriftEvents(store, events),
  };
}
