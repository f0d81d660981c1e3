import type { Monitor, Stream } from '@tidemark/monitoring';
import { documentHash, monitorKey, type AppliedMonitor } from '../records/monitor-record.js';
import { monitorFor, parseMonitor } from './monitor-file.js';

/** A monitor that a service holds, and where it has it from. */
export interface MonitorInForce {
  readonly monitor: Monitor;
  /** applied: through the log, by `tidemark apply`; file: beside the service. */
  readonly source: 'applied' | 'file';
  /** Of an applied one; 0 of a file. */
  readonly revision: number;
  /** A hash of its document, of a file its settings; 16 hexadecimal digits. */
  readonly hash: string;
}

/**
 * The monitors that a service holds: those that were applied through the log, and those of files beside it. An applied one goes before a
 * file of the same model and version; which is in force for a stream is decided as among files, the most particular first.
 */
export class MonitorBook {
  readonly #files: ReadonlyMap<string, MonitorInForce>;
  /** Removed ones too, so that an older revision does not bring them back. */
  readonly #applied = new Map<string, { readonly revision: number; readonly held: MonitorInForce | null }>();
  #monitors: readonly Monitor[];

  constructor(files: readonly Monitor[] = []) {
    this.#files = new Map(
      files.map((monitor) => [
        monitorKey(monitor),
        { monitor, source: 'file', revision: 0, hash: documentHash(JSON.stringify(monitor)) },
      ]),
    );
    this.#monitors = files;
  }

  /**
   * Takes in a monitor from the log; one of an older revision than what is held is left out.
   *
   * @returns whether what is held has changed. @throws ContractsError `invalid-record` where its document is not to be read here; what
   * was held stays.
   */
  take(applied: Pick<AppliedMonitor, 'model' | 'version' | 'revision' | 'document' | 'hash'>): boolean {
    const key = monitorKey(applied);
    const { revision, document, hash } = applied;
    if ((this.#applied.get(key)?.revision ?? 0) >= revision) return false;
    let held: MonitorInForce | null = null;
    if (document !== null) {
      const { monitor } = parseMonitor(document, `revision ${revision} of the monitor of ${applied.model}`);
      held = { monitor, source: 'applied', revision, hash };
    }
    this.#applied.set(key, { revision, held });
    this.#monitors = this.inForce.map(({ monitor }) => monitor);
    return true;
  }

  /** The monitor in force for a stream; the default one where none names it. */
  of(stream: Stream): Monitor {
    return monitorFor(this.#monitors, stream);
  }

  /** Every monitor held, applied ones first. */
  get inForce(): MonitorInForce[] {
    const files = [...this.#files].filter(([key]) => !this.#isApplied(key)).map(([, file]) => file);
    return [...[...this.#applied.values()].flatMap(({ held }) => held ?? []), ...files];
  }

  /** Files that are not in force, as a monitor of the same model and version was applied. */
  get overruled(): MonitorInForce[] {
    return [...this.#files].filter(([key]) => this.#isApplied(key)).map(([, file]) => file);
  }

  #isApplied(key: string): boolean {
    return (this.#applied.get(key)?.held ?? null) !== null;
  }
}
