import { baselineKey } from '../baselines/baseline-book.js';
import type { Baseline } from '../model/baseline.js';
import type { BaselineSettings, Monitor, Mute } from '../model/monitor.js';
import type { Stream } from '../model/stream.js';
import type { BaselineControl, Control, MonitorControl, MuteControl } from './control.js';
import type { StreamKnowledge } from '../model/stream-knowledge.js';

/** What the detector is told of streams by those who run it; what came through the log goes before it. */
export interface DetectorKnowledge {
  /** The monitor of a file beside the service, or the default one. */
  monitorOf(stream: Stream): Monitor;
  /**
   * The baseline in force, or null where none is known.
   *
   * @param settings of the monitor in force. @param named the baseline that the log has put in force, by `baselineKey`.
   */
  baselineOf(stream: Stream, settings: BaselineSettings, named: ReadonlyMap<string, string>): Baseline | null;
  /** The monitor of a document; null where this version cannot read it. Without it, applied monitors are passed over. */
  readMonitor?(document: string): Monitor | null;
}

/** A monitor that the log has put in force. */
export type ControlledMonitor = Omit<MonitorControl, 'kind'> & {
  /** As the newest document says that could be read; null: there is none, or it was removed. */
  readonly monitor: Monitor | null;
};

type AppliedMute = Omit<MuteControl, 'kind'> & { readonly id: string };

/**
 * What the control records have put in force up to a position of the log: monitors, mutes and baselines. A monitor that was applied goes
 * before that of a file, where both are of the same model and version; the most particular is in force.
 */
export class ControlsInForce implements StreamKnowledge {
  readonly #monitors = new Map<string, ControlledMonitor>();
  readonly #mutes = new Map<string, AppliedMute>();
  /** Ids of baselines, by `baselineKey`. */
  readonly #baselines = new Map<string, string>();
  #revision = 0;

  constructor(private readonly beside: DetectorKnowledge) {}

  /** Grows whenever the snapshot may have changed. */
  get revision(): number {
    return this.#revision;
  }

  /** Every monitor that was applied and not removed. */
  get appliedMonitors(): ControlledMonitor[] {
    return [...this.#monitors.values()].filter(({ document }) => document !== null);
  }

  monitorOf(stream: Stream): Monitor {
    const { model, version } = stream;
    const file = this.beside.monitorOf(stream);
    const applied = [this.#monitor(model, version), this.#monitor(model, '*'), this.#monitor('*', '*')];
    const best = applied.find((monitor) => monitor !== null);
    return best !== undefined && particularity(best) >= particularity(file) ? best : file;
  }

  baselineOf(stream: Stream): Baseline | null {
    return this.beside.baselineOf(stream, this.monitorOf(stream).baseline, this.#baselines);
  }

  /** The mutes of a stream that came through the log, beside those of its monitor. */
  mutesOf({ model, version }: Stream): Mute[] {
    const about = (mute: AppliedMute): boolean =>
      (mute.model === '*' || mute.model === model) && (mute.version === '*' || mute.version === version);
    return [...this.#mutes.values()].filter(about).map(({ mute }) => mute);
  }

  /** Takes in a monitor; an older revision than the one in force is passed over. @returns whether anything has changed. */
  takeMonitor({ model, version, revision, hash, document }: MonitorControl): boolean {
    const key = keyOf(model, version);
    const before = this.#monitors.get(key);
    if (before !== undefined && before.revision >= revision) return false;
    this.#revision++;
    // Where a newer version of the program has written the document, what was in force stays until this one can read it.
    const monitor = document === null ? null : (this.#read(document) ?? before?.monitor ?? null);
    this.#monitors.set(key, { model, version, revision, hash, document, monitor });
    return true;
  }

  takeMute({ id, model, version, mute }: Extract<Control, MuteControl>): void {
    this.#revision++;
    this.#mutes.set(id, { id, model, version, mute });
  }

  takeBackMute(id: string): void {
    if (this.#mutes.delete(id)) this.#revision++;
  }

  /** Takes in a baseline that was published, learnt or renewed. */
  takeBaseline(baseline: Pick<BaselineControl, 'model' | 'version' | 'baselineId'>): void {
    this.#revision++;
    this.#baselines.set(baselineKey(baseline), baseline.baselineId);
  }

  /** The id of the baseline that the log has put in force for a model and version; null where it names none. */
  namedBaseline(of: Pick<Baseline, 'model' | 'version'>): string | null {
    return this.#baselines.get(baselineKey(of)) ?? null;
  }

  /** Forgets mutes that came once and are over. @param time that every stream has passed, milliseconds since the epoch. */
  forgetMutesBefore(time: number): void {
    for (const [id, { mute }] of this.#mutes) {
      if (mute.every !== null || mute.to > time) continue;
      this.#mutes.delete(id);
      this.#revision++;
    }
  }

  snapshot(): ControlsSnapshot {
    return {
      monitors: [...this.#monitors.values()],
      mutes: [...this.#mutes.values()],
      baselines: [...this.#baselines],
    };
  }

  restore({ monitors, mutes, baselines }: ControlsSnapshot): void {
    for (const applied of monitors) {
      // Settings that are new since have their defaults; where an older version reads the state, it goes on with what is stored.
      const monitor = applied.document === null ? null : (this.#read(applied.document) ?? applied.monitor);
      this.#monitors.set(keyOf(applied.model, applied.version), { ...applied, monitor });
    }
    for (const mute of mutes) this.#mutes.set(mute.id, mute);
    for (const [key, id] of baselines) this.#baselines.set(key, id);
  }

  #monitor(model: string, version: string): Monitor | null {
    return this.#monitors.get(keyOf(model, version))?.monitor ?? null;
  }

  #read(document: string): Monitor | null {
    return this.beside.readMonitor?.(document) ?? null;
  }
}

/** What the control records have put in force. */
export interface ControlsSnapshot {
  readonly monitors: readonly ControlledMonitor[];
  readonly mutes: readonly AppliedMute[];
  readonly baselines: readonly (readonly [key: string, id: string])[];
}

function particularity({ model, version }: Monitor): number {
  return model === '*' ? 0 : version === '*' ? 1 : 2;
}

function keyOf(model: string, version: string): string {
  return JSON.stringify([model, version]);
}
