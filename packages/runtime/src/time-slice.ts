import { setImmediate } from 'node:timers/promises';

/** Milliseconds of work after which everything else in the process gets its turn. */
const BUDGET = 50;

/**
 * What a loop may spend of the event loop's time in one go. A consumer's heartbeats, probes and timers wait for whoever computes
 * without a pause; a group gives the partitions of a member that is silent for six seconds to another.
 */
export class TimeSlice {
  #since = performance.now();

  /** @param budget milliseconds. */
  constructor(private readonly budget = BUDGET) {}

  /** Whether it is time to yield: `if (slice.spent) await slice.yield()` costs a loop no promise a turn. */
  get spent(): boolean {
    return performance.now() - this.#since > this.budget;
  }

  /** Lets all else have its turn, and begins a new slice. */
  async yield(): Promise<void> {
    await setImmediate();
    this.#since = performance.now();
  }
}
