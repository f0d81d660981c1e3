import { EventBatches, type FileMapping } from '@tidemark/contracts';
import {
  LabelingSampler,
  PartitionSketcher,
  predictionsOf,
  type LoggedPrediction,
  type StreamKnowledge,
} from '@tidemark/monitoring';
import type { DataFile } from '@tidemark/store';
import { RowEvents } from '../files/row-events.js';
import type { PastStep } from './past-step.js';

/** The past that a file holds, in the order of its events' times. */
export class FilePast {
  readonly #rowEvents: RowEvents;

  /**
   * @param name what the file is called. @throws UsageError naming every column that the mapping has and the file has not.
   */
  constructor(
    private readonly file: DataFile,
    name: string,
    private readonly mapping: FileMapping,
    private readonly knowledge: StreamKnowledge,
  ) {
    const columns = file.columns.map((column) => column.name);
    this.#rowEvents = new RowEvents(mapping, columns, name);
  }

  /** What is to be said of rows that are no events; empty where all are. */
  get complaint(): string {
    const { faulty } = this.#rowEvents;
    return faulty === 0 ? '' : `${faulty} rows were left out: their ${this.mapping.eventTime} is no time.`;
  }

  /** A step for some thousand rows, sketched with what is known when it is asked for. @throws StoreError. */
  async *steps(onRows: (rows: number) => void): AsyncGenerator<PastStep, void, undefined> {
    const sketcher = new PartitionSketcher(this.knowledge);
    const sampler = new LabelingSampler(this.knowledge, 1);
    const batches = new EventBatches();
    let rows = 0;
    for await (const batch of this.file.rows({ orderBy: this.mapping.eventTime })) {
      this.#rowEvents.add(batch, batches);
      const predictions: LoggedPrediction[] = [];
      for (const events of batches) {
        const logged = predictionsOf(events, this.knowledge.monitorOf(events.stream));
        for (const { prediction } of logged) predictions.push(prediction);
        sketcher.fold(events);
        sampler.take(events);
      }
      batches.clear();
      yield { partials: sketcher.drain(), requests: sampler.drain(), predictions, watermark: sketcher.watermark };
      rows += batch.rows;
      onRows(rows);
    }
  }
}
