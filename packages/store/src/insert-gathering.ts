import type { InsertRow } from './insert-row.js';
import { StoreError } from './store-error.js';

/** Rows that one insert gathers at most. */
const MOST_ROWS = 10_000;
/** The same for tables whose rows hold sketches, some 100 KB of JSON each where they are wide. */
const MOST_SKETCHES = 2_000;

interface Waiting {
  readonly rows: readonly InsertRow[];
  readonly resolve: () => void;
  readonly reject: (fault: unknown) => void;
}

interface Lane {
  readonly table: string;
  readonly most: number;
  waiting: Waiting[];
  rows: number;
  running: boolean;
  lastStart: number;
  timer: NodeJS.Timeout | null;
}

/**
 * Brings small inserts into one table together. Each partition of a topic writes about once a second for itself; sixty-four of
 * them in a process would be sixty-four inserts a second into one table, and as many parts, which ClickHouse then has to merge.
 * Here a table gets one insert at a time, and the next no sooner than `spacing` after the one before, with all rows that have
 * come meanwhile. Who inserts waits until the insert with its rows has been acknowledged: nothing is less durable for it.
 *
 * What is held is what callers wait for: they are as many as there are partitions, each with at most a flush of its own.
 */
export class InsertGathering {
  readonly #lanes = new Map<string, Lane>();

  /**
   * @param send writes rows that have the same columns; settles when they are acknowledged.
   * @param spacing milliseconds between the starts of two inserts into one table; 0: as soon as the one before has ended.
   */
  constructor(
    private readonly send: (table: string, rows: readonly InsertRow[]) => Promise<void>,
    private readonly spacing: number,
  ) {}

  /** Settles as the insert that holds the rows does. @throws what it throws: of rows that are refused, those alone. */
  async insert(table: string, rows: readonly InsertRow[]): Promise<void> {
    if (rows.length === 0) return;
    const lane = this.#laneOf(table, rows[0]);
    // Worth an insert of its own.
    if (rows.length >= lane.most / 2) return this.send(table, rows);
    await new Promise<void>((resolve, reject) => {
      lane.waiting.push({ rows, resolve, reject });
      lane.rows += rows.length;
      this.#schedule(lane);
    });
  }

  #laneOf(table: string, row: InsertRow): Lane {
    // Rows of one table may state other columns: those of a label that waits, and of one that has been settled.
    const key = `${table} ${Object.keys(row).join()}`;
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      const most = /^(pane|baseline)_/.test(table) ? MOST_SKETCHES : MOST_ROWS;
      lane = { table, most, waiting: [], rows: 0, running: false, lastStart: -Infinity, timer: null };
      this.#lanes.set(key, lane);
    }
    return lane;
  }

  #schedule(lane: Lane): void {
    if (lane.running || lane.waiting.length === 0) return;
    const wait = lane.rows >= lane.most ? 0 : lane.lastStart + this.spacing - performance.now();
    if (wait <= 0) void this.#start(lane);
    else lane.timer ??= setTimeout(() => void this.#start(lane), wait);
  }

  async #start(lane: Lane): Promise<void> {
    if (lane.timer !== null) clearTimeout(lane.timer);
    Object.assign(lane, { running: true, lastStart: performance.now(), timer: null });
    const gathered: Waiting[] = [];
    const all: InsertRow[] = [];
    for (let next = lane.waiting.at(0); next !== undefined && all.length < lane.most; next = lane.waiting.at(0)) {
      gathered.push(next);
      for (const row of next.rows) all.push(row);
      lane.waiting.shift();
    }
    lane.rows -= all.length;
    try {
      await this.send(lane.table, all);
      for (const { resolve } of gathered) resolve();
    } catch (fault) {
      if (gathered.length === 1 || !(fault instanceof StoreError) || fault.code !== 'bad-query') {
        for (const { reject } of gathered) reject(fault);
      } else await this.#sendApart(lane.table, gathered);
    }
    lane.running = false;
    this.#schedule(lane);
  }

  /** One caller's rows were refused: the others' are not to suffer for it. Rows that went in with them are replaced by themselves. */
  async #sendApart(table: string, gathered: readonly Waiting[]): Promise<void> {
    for (const { rows, resolve, reject } of gathered) await this.send(table, rows).then(resolve, reject);
  }
}
