import { baselineKey, type Baseline } from '@tidemark/monitoring';

/**
 * Baselines on their topic that no control record belongs to: those that detectors learnt, which hold by themselves, and those that a command
 * line of before control records published, which do not hold where one with a control record does.
 */
export class UncontrolledBaselines {
  readonly #newest = new Map<string, Pick<Baseline, 'model' | 'version' | 'id'>>();
  #revision = 0;

  /** Grows with each that comes. */
  get revision(): number {
    return this.#revision;
  }

  /** @param isControlled whether a control record was published with it. */
  take({ model, version, id }: Pick<Baseline, 'model' | 'version' | 'id'>, isControlled: boolean): void {
    const key = baselineKey({ model, version });
    this.#revision++;
    if (isControlled) this.#newest.delete(key);
    else this.#newest.set(key, { model, version, id });
  }

  /** The newest of each model and version. */
  [Symbol.iterator](): Iterator<Pick<Baseline, 'model' | 'version' | 'id'>> {
    return this.#newest.values();
  }
}
