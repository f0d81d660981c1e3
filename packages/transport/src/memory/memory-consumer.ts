import type { Consumer, ConsumerHandler, ConsumerSettings } from '../port.js';
import { TransportError } from '../transport-error.js';
import type { GroupMember, MemoryGroup } from './memory-group.js';
import type { MemoryTopic } from './memory-topic.js';

const MOST_RECORDS = 2000;

/** A member of a group that reads a topic within the process; see ConsumerHandler for what it promises. */
export class MemoryConsumer implements Consumer, GroupMember {
  /** Joining waits for nobody outside of this process. */
  readonly outsideFor = 0;
  readonly done: Promise<void>;
  readonly #positions = new Map<number, number>();
  #granted: readonly number[] | null = null;
  #release: (() => void) | null = null;
  #wake: () => void = () => undefined;
  #stopping = false;
  #left = false;
  #nextTick = 0;

  constructor(
    private readonly settings: ConsumerSettings,
    private readonly handler: ConsumerHandler,
    private readonly topic: MemoryTopic,
    private readonly group: MemoryGroup,
  ) {
    this.done = this.#run();
    // Whoever waits for `done` sees the rejection; nobody having to is no crash.
    this.done.catch(() => undefined);
  }

  position(partition: number): number | undefined {
    return this.#positions.get(partition);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake();
    await this.done.catch(() => undefined);
  }

  release(): Promise<void> {
    if (this.#left) return Promise.resolve();
    return new Promise((resolve) => {
      this.#release = resolve;
      this.#wake();
    });
  }

  take(partitions: readonly number[]): void {
    this.#granted = partitions;
    this.#wake();
  }

  async #run(): Promise<void> {
    const joined = this.group.join(this);
    try {
      while (!this.#stopping) {
        await this.#rebalance();
        const read = await this.#deliver();
        if (Date.now() >= this.#nextTick) {
          this.#nextTick = Date.now() + this.settings.tickInterval;
          if (this.#positions.size > 0) await this.handler.tick();
        }
        // Even a consumer that always has more to read lets timers and other consumers have their turn.
        await (read ? new Promise((resolve) => setImmediate(resolve)) : this.#pause());
      }
      await this.#letGo();
    } finally {
      this.#left = true;
      this.#positions.clear();
      this.#release?.();
      await joined;
      await this.group.leave(this);
    }
  }

  async #rebalance(): Promise<void> {
    if (this.#release !== null) {
      await this.#letGo();
      const released = this.#release;
      this.#release = null;
      released();
    }
    const granted = this.#granted;
    if (granted === null) return;
    this.#granted = null;
    if (granted.length === 0) return;
    const starts = await this.handler.assigned(granted);
    for (const partition of granted) {
      const range = this.topic.range(partition);
      const position = starts.get(partition) ?? this.group.committed.get(partition) ?? range.begin;
      const displaced = position < range.begin || position > range.end;
      if (displaced) await this.handler.displaced?.({ partition, position, ...range });
      this.#positions.set(partition, displaced ? range.begin : position);
    }
  }

  async #letGo(): Promise<void> {
    if (this.#positions.size === 0) return;
    try {
      await this.handler.revoked([...this.#positions.keys()]);
    } catch (error) {
      if (!(error instanceof TransportError && error.code === 'fenced')) throw error;
    }
    this.#positions.clear();
  }

  async #deliver(): Promise<boolean> {
    let read = false;
    for (const [partition, position] of this.#positions) {
      const records = this.topic.read(partition, position, MOST_RECORDS);
      if (records.length === 0) continue;
      read = true;
      await this.handler.records(partition, records);
      this.#positions.set(partition, records[records.length - 1].offset + 1);
      if (this.#release !== null || this.#stopping) break;
    }
    return read;
  }

  /** Until there is more to read, a tick is due, or the group wants something. */
  async #pause(): Promise<void> {
    if (this.#release !== null || this.#granted !== null || this.#stopping) return;
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      this.topic.changed,
      new Promise<void>((resolve) => (this.#wake = resolve)),
      new Promise<void>((resolve) => (timer = setTimeout(resolve, Math.max(1, this.#nextTick - Date.now())))),
    ]);
    clearTimeout(timer);
  }
}
