import { readFileSync } from 'node:fs';

const INTERVAL = 10;

/**
 * The longest block of the event loop by its own doing: without the time for which the thread waited for a processor, which on a machine that
 * does other work is most of it. Linux says how long that was; elsewhere nothing is subtracted.
 */
export class OwnBlocks {
  #longest = 0;
  #at = performance.now();
  #waited = waitedForProcessor();

  constructor() {
    setInterval(() => {
      const [now, waited] = [performance.now(), waitedForProcessor()];
      this.#longest = Math.max(this.#longest, now - this.#at - (waited - this.#waited) - INTERVAL);
      [this.#at, this.#waited] = [now, waited];
    }, INTERVAL).unref();
  }

  /** Milliseconds, since it was asked last. */
  take(): number {
    const longest = this.#longest;
    this.#longest = 0;
    return longest;
  }
}

/** Milliseconds for which the main thread was ready to run and did not. */
function waitedForProcessor(): number {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}
