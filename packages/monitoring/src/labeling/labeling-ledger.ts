import type { LabelingSettings } from '../model/monitor.js';

/** A share of events is spent day by day, as budgets are by their own period. */
const DAY = 24 * 3_600_000;
/** So much of a period's allowance may be spent before its time has come. */
const BURST = 0.25;
/** A share may be ahead of its events by what it gives for so many. */
const EVENTS_AHEAD = 1000;
/** Probabilities are lowered once less than this share of the allowance is left. */
const RESERVE = 0.2;
/** What is asked for of a budget while nobody knows how many events there are. */
const FIRST_SHARE = 0.01;
/** Of a period of which less than this was seen, nothing is concluded. */
const LEAST_SEEN = 0.05;
/** The share of unlike events that is reckoned with before any were seen, and at the least. */
const USUAL_RARE = 0.02;
const LEAST_RARE = 0.01;
/** Events over which the share of unlike ones is averaged. */
const MEMORY = 5000;

/** All that a ledger must know after a restart. */
export interface LedgerState {
  /** Milliseconds of a period. A budget of other periods begins anew. */
  readonly per: number;
  /** The number of the period since 1970. */
  readonly period: number;
  /** Milliseconds since the epoch: the first event ever, and the greatest event time. */
  readonly since: number;
  readonly latest: number;
  /** Events of the period so far, and the expected number of requests made of them. */
  readonly events: number;
  readonly spent: number;
  /** How many events the period before had; null: not known. */
  readonly before: number | null;
  /** The running share of events unlike the baseline. */
  readonly rare: number;
}

/**
 * What is spent of the labelling budget of one stream in one source partition. Its figures follow from the events before, in the order of
 * the partition, so the probabilities that it gives are known when an event comes, and are the same when the log is read again.
 */
export class LabelingLedger {
  readonly #per: number;
  #period: number;
  #since: number;
  #latest: number;
  #events: number;
  #spent: number;
  #before: number | null;
  #rare: number;

  constructor(
    private readonly settings: LabelingSettings,
    /** Partitions that share the budget evenly. */
    private readonly partitions: number,
    /** Events a millisecond, over all partitions, in the baseline; null: not known. */
    private readonly baselineRate: number | null,
    before: LedgerState | null,
  ) {
    this.#per = settings.budget?.per ?? DAY;
    const state = before?.per === this.#per ? before : null;
    this.#period = state?.period ?? -1;
    this.#since = state?.since ?? Number.MAX_SAFE_INTEGER;
    this.#latest = state?.latest ?? 0;
    this.#events = state?.events ?? 0;
    this.#spent = state?.spent ?? 0;
    this.#before = state?.before ?? null;
    this.#rare = state?.rare ?? USUAL_RARE;
  }

  get state(): LedgerState {
    return {
      per: this.#per,
      ...{ period: this.#period, since: this.#since, latest: this.#latest, events: this.#events },
      ...{ spent: this.#spent, before: this.#before, rare: this.#rare },
    };
  }

  /** The share of events that the budget is for, 0 to 1: what an event of no distinction is chosen with. */
  get share(): number {
    const { budget, share } = this.settings;
    if (budget === null) return share;
    const expected = this.#expectedEvents();
    return expected === null ? FIRST_SHARE : Math.min(1, this.#limit(budget.count) / Math.max(1, expected));
  }

  /** How many times as often as any an event unlike the baseline is chosen for that, so that their part of the budget is kept. */
  get rareFactor(): number {
    return 1 / Math.max(LEAST_RARE, this.#rare);
  }

  /** Notes an event before it is decided on. @param rare 1: it is unlike the baseline. */
  arrive(eventTime: number, rare: number): void {
    const period = Math.floor(eventTime / this.#per);
    if (period > this.#period) this.#turn(period);
    if (eventTime < this.#since) this.#since = eventTime;
    if (eventTime > this.#latest) this.#latest = eventTime;
    this.#events++;
    this.#rare += (rare - this.#rare) / MEMORY;
  }

  /**
   * The probability that the budget allows where another was planned, and notes it as spent. It is lowered as the allowance comes to its
   * end, by degrees and never to 0: a period's expected requests stay below the budget whatever the traffic, and every event has its chance.
   */
  spend(planned: number): number {
    const allowance = this.#allowance();
    // Below 0 where the monitor has been given a smaller budget since.
    const left = Math.max(0, allowance - this.#spent);
    const allowed = planned * Math.min(1, left / (RESERVE * allowance), left / (2 * planned));
    this.#spent += allowed;
    return allowed;
  }

  #allowance(): number {
    const { budget, share } = this.settings;
    if (budget === null) return share * (this.#events + EVENTS_AHEAD);
    return this.#limit(budget.count) * Math.min(1, this.#passed + BURST);
  }

  /** The share of the period that has passed, 0 to 1. */
  get #passed(): number {
    return this.#latest / this.#per - this.#period;
  }

  /**
   * What this partition may expect to spend in a period. Less than its part of the budget by two standard deviations of all partitions' sum
   * (Poisson's at the most), so that the count itself goes beyond the budget in a period of forty, and then by little.
   */
  #limit(budget: number): number {
    return Math.max(budget - 2 * Math.sqrt(budget), budget / 2) / this.partitions;
  }

  /**
   * How many events the period will have: as many as the one before (else as the baseline's rate gives), and ever more as those so far
   * suggest; by the logarithms' mean, with the root of the time passed as weight. Null: nobody knows.
   */
  #expectedEvents(): number | null {
    const usual =
      this.#before ?? (this.baselineRate === null ? null : (this.baselineRate * this.#per) / this.partitions);
    // Counted from the first event where that came within the period.
    const seen = this.#latest - Math.max(this.#since, this.#period * this.#per);
    if (seen < LEAST_SEEN * this.#per) return usual;
    const suggested = (this.#events * this.#per) / seen;
    if (usual === null || usual <= 0) return suggested;
    return suggested ** Math.sqrt(this.#passed) * usual ** (1 - Math.sqrt(this.#passed));
  }

  #turn(period: number): void {
    const seen = Math.min(1, this.#period + 1 - this.#since / this.#per);
    const known = period === this.#period + 1 && seen >= LEAST_SEEN;
    this.#before = known ? this.#events / seen : null;
    this.#period = period;
    this.#events = this.#spent = 0;
  }
}
