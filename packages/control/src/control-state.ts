import { monitorKey, RecordReader, type AppliedMonitor, type SchemaRegistry, type Topics } from '@tidemark/contracts';
import type { Control, MuteControl } from '@tidemark/monitoring';
import type { Log, LogRecord } from '@tidemark/transport';
import { ControlError } from './control-error.js';

/** A mute as it was published. */
export type KeptMute = Extract<Control, MuteControl>;

/** The key of a mute in the compacted topic of monitors. */
export function muteKey(id: string): string {
  return `mute ${id}`;
}

/** What the compacted topic of monitors holds: the monitor of each model and version with its revisions, and the mutes. */
export class ControlState {
  readonly #monitors = new Map<string, AppliedMonitor>();
  readonly #mutes = new Map<string, KeptMute>();
  /** Why the newest record of a key cannot be read here. */
  readonly #unreadable = new Map<string, string>();

  /** Reads the whole topic, as it is now. @throws ContractsError or TransportError where the registry or the log fails. */
  static async read(log: Log, registry: SchemaRegistry, topics: Topics, now: () => number): Promise<ControlState> {
    const state = new ControlState();
    const reader = new RecordReader(registry, { names: ['Monitor', 'Control'] });
    const follower = await log.follow(topics.monitors, (record) => state.#take(record, reader, now()));
    await follower.stop();
    // A follower that ended early has not given all that there is.
    await follower.done;
    return state;
  }

  /** By model and version; removed ones too, whose document is null. */
  get monitors(): AppliedMonitor[] {
    return [...this.#monitors.values()].sort((a, b) => compare(a.model, b.model) || compare(a.version, b.version));
  }

  /** The oldest first; those that are over are among them until somebody publishes another. */
  get mutes(): KeptMute[] {
    return [...this.#mutes.values()].sort((a, b) => a.at - b.at || compare(a.id, b.id));
  }

  /**
   * The monitor of a model and version with its revisions, removed or not; null where there never was one.
   *
   * @throws ControlError `unreadable` where a newer version of the program has written it.
   */
  monitor(model: string, version: string): AppliedMonitor | null {
    const key = monitorKey({ model, version });
    this.#check(key, `The monitor of ${model}, version ${version},`);
    return this.#monitors.get(key) ?? null;
  }

  /** @throws ControlError `unknown` where there is no such mute. */
  mute(id: string): KeptMute {
    this.#check(muteKey(id), `The mute ${id}`);
    const mute = this.#mutes.get(id);
    if (mute === undefined) throw new ControlError('unknown', `There is no mute ${id}.`);
    return mute;
  }

  async #take({ key, value }: LogRecord, reader: RecordReader, now: number): Promise<void> {
    const name = key?.toString() ?? '';
    const read = value === null ? null : await reader.read(value, now);
    this.#unreadable.delete(name);
    if (read === null) this.#forget(name);
    else if (!read.ok) this.#unreadable.set(name, `${read.reason}: ${read.detail}`);
    else if (read.name === 'Monitor') this.#monitors.set(name, read.record);
    else if (read.name === 'Control' && read.record.kind === 'mute') this.#mutes.set(read.record.id, read.record);
  }

  #forget(name: string): void {
    this.#monitors.delete(name);
    for (const id of this.#mutes.keys()) if (muteKey(id) === name) this.#mutes.delete(id);
  }

  #check(key: string, what: string): void {
    const reason = this.#unreadable.get(key);
    if (reason === undefined) return;
    const hint = 'A newer version of tidemark may have written it: use that version.';
    throw new ControlError('unreadable', `${what} cannot be read (${reason}). ${hint}`);
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
