import { createHash } from 'node:crypto';
import type { Baseline } from '@tidemark/monitoring';

/**
 * The baselines that this process has read, by the bytes of their records, as long as anybody has them: a service that starts anew in the
 * process reads the same records, and finds what was fitted to the baselines, which is kept by baseline.
 */
class ReadBaselines {
  readonly #known = new Map<string, WeakRef<Baseline>>();
  readonly #gone = new FinalizationRegistry<string>((hash) => {
    if (this.#known.get(hash)?.deref() === undefined) this.#known.delete(hash);
  });

  /** Null where it was not read, or nobody has it any more. */
  of(record: Buffer): Baseline | null {
    return this.#known.get(hashOf(record))?.deref() ?? null;
  }

  add(record: Buffer, baseline: Baseline): void {
    const hash = hashOf(record);
    this.#known.set(hash, new WeakRef(baseline));
    this.#gone.register(baseline, hash);
  }
}

export const baselinesRead = new ReadBaselines();

function hashOf(record: Buffer): string {
  return createHash('sha256').update(record).digest('base64');
}
