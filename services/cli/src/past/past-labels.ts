import { basename } from 'node:path';
import type { FileMapping } from '@tidemark/contracts';
import {
  lastWindowStart,
  shortestWindow,
  type LoggedPrediction,
  type Monitor,
  type SketchPartial,
  type StreamKnowledge,
  type WindowSettings,
} from '@tidemark/monitoring';
import { LabelJoiner, outcomesIn, type ArrivedLabel } from '@tidemark/outcomes';
import { DataFile, type FileCell, type Store } from '@tidemark/store';
import { UsageError } from '../exit-codes.js';
import { timeOf } from '../files/row-events.js';
import { SharedClasses } from '../files/shared-classes.js';

/** What a row of the file says. */
interface FileLabel {
  readonly eventId: string;
  readonly class: string;
  readonly value: number | null;
  /** Milliseconds since the epoch; null where the row does not say. */
  readonly observedAt: number | null;
  readonly inclusionProbability: number | null;
  /** Of two labels of one event the later row holds where neither says when it was observed. */
  readonly row: number;
}

/** A label whose prediction has been made, and when it comes, milliseconds since the epoch. */
interface DueLabel extends FileLabel {
  readonly due: number;
}

/**
 * The ground truth that a file holds, joined with the predictions of a past as the outcomes service joins it, and when it would have come:
 * at the time that a row states, else when the window of its prediction is over.
 */
export class PastLabels {
  readonly #joiner: LabelJoiner;
  readonly #window: WindowSettings;
  /** Each replay is a topic of its own: what an earlier one has counted says nothing here. */
  readonly #source = `replay/${Date.now()}`;
  readonly #now = Date.now();
  /** By the id of their event. */
  readonly #known = new Map<string, FileLabel[]>();
  /** The events of which a prediction has been made. */
  readonly #met = new Set<string>();
  #due: DueLabel[] = [];
  #logged = 0;
  #labels = 0;
  #labelsMet = 0;
  #sent = 0;
  readonly #refused: string[] = [];
  readonly #classes: SharedClasses;

  private constructor(
    private readonly store: Store,
    private readonly path: string,
    private readonly monitor: Monitor,
    knowledge: StreamKnowledge,
  ) {
    this.#window = monitor.quality?.window ?? shortestWindow(monitor);
    this.#classes = new SharedClasses(basename(path), monitor.quality?.positive ?? null);
    this.#joiner = new LabelJoiner(outcomesIn(store), knowledge);
  }

  /** Reads the file; all of its labels stay in memory. @throws UsageError where the mapping, or the file, lacks the columns. @throws StoreError. */
  static async open(
    store: Store,
    path: string,
    { eventId, groundTruth, missing, dateOrder }: FileMapping,
    knowledge: StreamKnowledge & { monitorOf(): Monitor },
    format: string | undefined,
  ): Promise<PastLabels> {
    const monitor = knowledge.monitorOf();
    if (eventId === null || groundTruth === null || monitor.predictionLog === null) {
      throw new UsageError([
        '--ground-truth needs the columns of the event id and the truth, as mapping.event_id and mapping.ground_truth name them, and a prediction_log',
      ]);
    }
    const file = await DataFile.open(path, format, {
      ...{ kinds: new Map([[eventId, 'string']]), times: [OBSERVED_AT], dateOrder },
      ...(missing === null ? {} : { missing }),
    });
    try {
      const labels = new PastLabels(store, path, monitor, knowledge);
      await labels.#read(file, eventId, groundTruth);
      return labels;
    } finally {
      await file.close();
    }
  }

  /** What is to be said of labels that count for nothing, a sentence each; none where all count. */
  get complaints(): string[] {
    const without = this.#labels - this.#labelsMet;
    const name = basename(this.path);
    return [
      ...(without <= 0 ? [] : [`${without} of ${this.#labels} labels in ${name} met no prediction.`]),
      ...(this.#refused.length === 0
        ? []
        : [`${this.#refused.length} labels in ${name} are not taken: ${this.#refused[0]}.`]),
    ];
  }

  /** Keeps predictions for their labels. @throws StoreError. */
  async log(predictions: readonly LoggedPrediction[]): Promise<void> {
    const expiresAt = this.#now + this.monitor.predictionLog!.ttl;
    const rows = predictions.map((prediction) => ({ prediction, offset: this.#logged++, expiresAt }));
    await outcomesIn(this.store).writePredictions(rows);
    for (const { answer, eventId, eventTime } of predictions) {
      this.#classes.addAnswer(answer);
      const labels = this.#known.get(eventId);
      if (labels === undefined) continue;
      if (!this.#met.has(eventId)) this.#labelsMet += labels.length;
      this.#met.add(eventId);
      const windowEnd = lastWindowStart(eventTime, this.#window) + this.#window.size;
      // Again for each prediction of the event, of which several versions may have made one: a label counts once for each.
      for (const label of labels) this.#due.push({ ...label, due: Math.max(label.observedAt ?? windowEnd, eventTime) });
    }
  }

  /** What the labels say that have come by a time, milliseconds since the epoch. @throws StoreError. @throws UsageError where they have no class in common with the answers. */
  async take(time: number): Promise<readonly SketchPartial[]> {
    const come = this.#due.filter(({ due }) => due <= time).sort((a, b) => a.due - b.due || a.row - b.row);
    if (come.length === 0) return [];
    this.#due = this.#due.filter(({ due }) => due > time);
    for (const label of come) this.#classes.addTruth(label);
    this.#classes.check();
    const first = this.#sent;
    const arrived = come.map((label) => this.#arrived(label));
    const { partials, refused } = await this.#joiner.join({ source: this.#source, first, end: this.#sent }, arrived);
    for (const { fault } of refused) this.#refused.push(fault.detail);
    return partials;
  }

  async #read(file: DataFile, idColumn: string, truthColumn: string): Promise<void> {
    const select = [idColumn, truthColumn, OBSERVED_AT, INCLUSION_PROBABILITY].filter(
      (name) => name === idColumn || name === truthColumn || file.columns.some((column) => column.name === name),
    );
    const faults: string[] = [];
    let row = 0;
    for await (const { columns, rows } of file.rows({ select })) {
      const cells = new Map(columns.map((column) => [column.name, column.cells]));
      for (let at = 0; at < rows; at++) {
        const cell = (name: string): FileCell => cells.get(name)?.[at] ?? null;
        const label = labelOf(cell(idColumn), cell(truthColumn), cell(OBSERVED_AT), cell(INCLUSION_PROBABILITY), ++row);
        if (typeof label === 'string') faults.push(`${basename(this.path)}: row ${row}: ${label}`);
        else if (label !== null) this.#keep(label);
      }
    }
    if (faults.length > 0) throw new UsageError(faults.slice(0, 20));
  }

  #keep(label: FileLabel): void {
    this.#labels++;
    const others = this.#known.get(label.eventId);
    if (others === undefined) this.#known.set(label.eventId, [label]);
    else others.push(label);
  }

  #arrived({ eventId, class: named, value, due, inclusionProbability }: DueLabel): ArrivedLabel {
    const offset = this.#sent++;
    const truth = {
      ...{ eventId, model: this.monitor.model, version: null, class: named, value },
      ...{ observedAt: due, source: basename(this.path), inclusionProbability },
    };
    return { truth, offset, sentAt: this.#now, record: Buffer.from(JSON.stringify(truth)) };
  }
}

/** The columns of a sheet that say when a label became known, and with which probability its event was chosen to be labelled. */
const OBSERVED_AT = 'observed_at';
const INCLUSION_PROBABILITY = 'inclusion_probability';

/** The label of a row; null where it has none, and what is wrong of one that cannot be used. A number may be a class or a value: which of them it is depends on what the model answers. */
function labelOf(
  id: FileCell,
  truth: FileCell,
  observed: FileCell,
  probability: FileCell,
  row: number,
): FileLabel | string | null {
  if (id === null || truth === null || truth === '' || (typeof truth === 'number' && !Number.isFinite(truth))) {
    return null;
  }
  const observedAt = timeOf(observed);
  if (observed !== null && observedAt === null) return `observed_at '${observed}' is no time`;
  const inclusionProbability = probability === null ? null : Number(probability);
  if (inclusionProbability !== null && !(inclusionProbability > 0 && inclusionProbability <= 1))
    return `inclusion_probability '${probability}' is not above 0 and up to 1`;
  const value = typeof truth === 'number' ? truth : null;
  return { eventId: String(id), class: String(truth), value, observedAt, inclusionProbability, row };
}
