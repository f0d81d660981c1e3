import { basename } from 'node:path';
import type { FileMapping } from '@tidemark/contracts';
import type { LoggedPrediction, Monitor, SketchPartial, StreamKnowledge } from '@tidemark/monitoring';
import { LabelJoiner, outcomesIn, type ArrivedLabel } from '@tidemark/outcomes';
import { DataFile, type FileCell, type Store } from '@tidemark/store';
import { UsageError } from '../exit-codes.js';

/**
 * The ground truth that a file holds, joined with the predictions of a past as the outcomes service joins it. All of it comes after the
 * events.
 */
export class PastLabels {
  readonly #joiner: LabelJoiner;
  readonly #monitor: Monitor;
  readonly #idColumn: string;
  readonly #truthColumn: string;
  /** Each replay is a topic of its own: what an earlier one has counted says nothing here. */
  readonly #source = `replay/${Date.now()}`;
  readonly #now = Date.now();
  #logged = 0;
  #labels = 0;
  #joined = 0;

  /** @throws UsageError where the mapping does not name the columns. */
  constructor(
    private readonly store: Store,
    private readonly path: string,
    { eventId, groundTruth }: FileMapping,
    knowledge: StreamKnowledge & { monitorOf(): Monitor },
  ) {
    this.#monitor = knowledge.monitorOf();
    if (eventId === null || groundTruth === null || this.#monitor.predictionLog === null) {
      throw new UsageError([
        '--ground-truth needs the columns of the event id and the truth, as mapping.event_id and mapping.ground_truth name them, and a prediction_log',
      ]);
    }
    this.#idColumn = eventId;
    this.#truthColumn = groundTruth;
    this.#joiner = new LabelJoiner(outcomesIn(store), knowledge);
  }

  /** What is to be said of labels that met no prediction; empty where all did. */
  get complaint(): string {
    const without = this.#labels - this.#joined;
    return without <= 0 ? '' : `${without} of ${this.#labels} labels in ${basename(this.path)} met no prediction.`;
  }

  /** Keeps predictions for the labels to come. @throws StoreError. */
  async log(predictions: readonly LoggedPrediction[]): Promise<void> {
    const expiresAt = this.#now + this.#monitor.predictionLog!.ttl;
    const rows = predictions.map((prediction) => ({ prediction, offset: this.#logged++, expiresAt }));
    await outcomesIn(this.store).writePredictions(rows);
  }

  /** What the labels say, some thousand at a time. @throws StoreError. */
  async *join(format: string | undefined): AsyncGenerator<readonly SketchPartial[], void, undefined> {
    const file = await DataFile.open(this.path, format);
    try {
      for await (const { columns } of file.rows({ select: [this.#idColumn, this.#truthColumn] })) {
        const [ids, truths] = columns;
        const first = this.#labels;
        const arrived = ids.cells.flatMap((id, row) => this.#labelOf(id, truths.cells[row]));
        if (arrived.length === 0) continue;
        const batch = { source: this.#source, first, end: this.#labels };
        const { partials, joined } = await this.#joiner.join(batch, arrived);
        this.#joined += joined;
        yield partials;
      }
    } finally {
      await file.close();
    }
  }

  /** A number may be a class or a value: which of them it is depends on what the model answers. */
  #labelOf(id: FileCell, cell: FileCell): ArrivedLabel[] {
    if (id === null || cell === null || (typeof cell === 'number' && !Number.isFinite(cell))) return [];
    const offset = this.#labels++;
    const truth = {
      ...{ eventId: String(id), model: this.#monitor.model, version: null, class: String(cell) },
      ...{ value: typeof cell === 'number' ? cell : null, observedAt: this.#now + offset },
      ...{ source: basename(this.path), inclusionProbability: null },
    };
    return [{ truth, offset, sentAt: this.#now, record: Buffer.from(JSON.stringify(truth)) }];
  }
}
