import {
  ALL_EVENTS,
  BatchAnswers,
  CellTag,
  qualityReferenceOf,
  lastWindowStart,
  segmentId,
  writtenAs,
  type CellVector,
  type EventBatch,
  type QualityReference,
  type QualitySettings,
  type Segment,
} from '@tidemark/monitoring';
import { QualitySketch, type Truth } from '@tidemark/sketches';
import { GROUND_TRUTH } from './row-events.js';
import { SharedClasses } from './shared-classes.js';

/** So many of the last windows are kept apart, and so many segments: those that come first. */
const MOST_WINDOWS = 512;
const MOST_SEGMENTS = 1000;

/** Gathers how good the answers of a file's rows were, in all, by window and by segment, where the file has their ground truth. */
export class FileQuality {
  readonly #classes: SharedClasses;
  readonly #whole = QualitySketch.empty();
  readonly #windows = new Map<number, QualitySketch>();
  readonly #segments = new Map<string, { readonly segment: Segment; readonly sketch: QualitySketch }>();

  /** @param source the file's name. @param timed whether the rows have times; else there are no windows. @param segmentsOf the segments that a row is in. */
  constructor(
    source: string,
    private readonly settings: QualitySettings,
    private readonly timed: boolean,
    private readonly segmentsOf: (batch: EventBatch, row: number) => readonly Segment[],
  ) {
    this.#classes = new SharedClasses(source, settings.positive);
  }

  add(batch: EventBatch): void {
    const truths = batch.columns.get(GROUND_TRUTH);
    const answers = truths === undefined ? null : BatchAnswers.of(batch);
    if (truths === undefined || answers === null) return;
    for (let row = 0; row < batch.rows; row++) {
      const answer = answers.at(row);
      const truth = truthAt(truths, row);
      if (answer === null || truth === null) continue;
      this.#classes.addAnswer(answer);
      this.#classes.addTruth(truth);
      const sketches = this.segmentsOf(batch, row).flatMap((segment) => this.#segmentOf(segment));
      if (this.timed) sketches.push(this.#windowAt(batch.eventTimes[row]));
      const written = writtenAs(answer, truth);
      for (const sketch of sketches) {
        sketch.addPrediction(answer);
        sketch.addOutcome(answer, written, 1, 1);
      }
    }
  }

  /** Null where no row had a ground truth. @throws UsageError where the truths have no class in common with the answers. */
  build(): QualityReference | null {
    if (this.#whole.labels === 0) return null;
    this.#classes.check();
    const windows = [...this.#windows].map(([start, sketch]) => ({ start, sketch })).sort((a, b) => a.start - b.start);
    return qualityReferenceOf(this.#whole, windows, this.settings.positive, [...this.#segments.values()]);
  }

  #segmentOf(segment: Segment): QualitySketch[] {
    if (segment === ALL_EVENTS) return [this.#whole];
    const id = segmentId(segment);
    let known = this.#segments.get(id);
    if (known === undefined) {
      if (this.#segments.size >= MOST_SEGMENTS) return [];
      this.#segments.set(id, (known = { segment, sketch: QualitySketch.empty() }));
    }
    return [known.sketch];
  }

  #windowAt(time: number): QualitySketch {
    const start = lastWindowStart(time, this.settings.window);
    let sketch = this.#windows.get(start);
    if (sketch === undefined) {
      this.#windows.set(start, (sketch = QualitySketch.empty()));
      if (this.#windows.size > MOST_WINDOWS) this.#windows.delete(Math.min(...this.#windows.keys()));
    }
    return sketch;
  }
}

/** A number may be a class or a value: which of them it is depends on what the model answers. */
function truthAt(truths: CellVector, row: number): Truth | null {
  switch (truths.tag(row)) {
    case CellTag.number: {
      const value = truths.values[row];
      return Number.isFinite(value) ? { class: String(value), value } : null;
    }
    case CellTag.string:
      return { class: truths.string(row)!, value: null };
    case CellTag.boolean:
      return { class: String(truths.values[row] === 1), value: null };
    default:
      return null;
  }
}
