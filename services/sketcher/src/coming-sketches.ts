import { CellTag, paneStart, type EventBatch, type Monitor, type StreamKnowledge } from '@tidemark/monitoring';

/** What a batch will open: its columns in each pane that it touches, and once more in each segment there. */
interface Groups {
  readonly monitor: Monitor;
  /** By the pane's start. */
  readonly panes: Map<number, Pane>;
}

/** Of each entry of the monitor's `segments` the values that were met, as the ids of the batch's dictionaries. */
type Pane = readonly Set<number | string>[];

/**
 * A bound, from above, on how many sketches the rows of batches will open that are not folded yet. A record chooses its own time and its
 * own segments, so that a mebibyte of records may open sketches by the gigabyte where it is folded at once.
 */
export class ComingSketches {
  readonly #batches = new Map<EventBatch, Groups>();
  #count = 0;

  constructor(private readonly knowledge: Pick<StreamKnowledge, 'monitorOf'>) {}

  get count(): number {
    return this.#count;
  }

  /** Takes a row in that a batch was given. */
  note(batch: EventBatch, row: number): void {
    let groups = this.#batches.get(batch);
    if (groups === undefined) {
      groups = { monitor: this.knowledge.monitorOf(batch.stream), panes: new Map() };
      this.#batches.set(batch, groups);
    }
    const { monitor, panes } = groups;
    const sketches = 1 + batch.columns.size;
    const start = paneStart(batch.eventTimes[row], monitor.pane);
    let pane = panes.get(start);
    if (pane === undefined) {
      panes.set(start, (pane = monitor.segments.map(() => new Set<number | string>())));
      this.#count += sketches;
    }
    for (let slice = 0; slice < pane.length; slice++) {
      const value = valueOf(batch, row, monitor.segments[slice]);
      if (value === null || pane[slice].has(value)) continue;
      pane[slice].add(value);
      this.#count += sketches;
    }
  }

  /** Forgets all rows: the batches have been folded. */
  clear(): void {
    this.#batches.clear();
    this.#count = 0;
  }
}

/** What tells the row's segment from others; null where it lacks a dimension and is in none. */
function valueOf(batch: EventBatch, row: number, dimensions: readonly string[]): number | string | null {
  let value: number | string | null = null;
  for (const dimension of dimensions) {
    const cells = batch.segments.get(dimension);
    if (cells?.tag(row) !== CellTag.string) return null;
    const id = cells.values[row];
    value = value === null ? id : `${value}|${id}`;
  }
  return value;
}
