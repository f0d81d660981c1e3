import type { Batch, Consumer as Client, ConsumerGroupJoinEvent, EachBatchPayload, Kafka } from 'kafkajs';
import type { Consumer, ConsumerHandler, ConsumerSettings } from '../port.js';
import { TransportError } from '../transport-error.js';
import { GroupEntry } from './group-entry.js';
import type { GroupMember, GroupMemberships } from './group-memberships.js';
import { GroupPresence } from './group-presence.js';
import { joiningWhen, type Joining } from './joining-assigner.js';
import { transportError } from './kafka-errors.js';
import { isInLog, type KafkaOffsets } from './kafka-offsets.js';
import { recordsFrom } from './kafka-records.js';
import { persistently } from './persistently.js';
import { TopicWatch } from './topic-watch.js';

/**
 * How long a member that was killed keeps its partitions: what recovery takes is mostly this. No broker allows less unless it is told
 * to (group.min.session.timeout.ms). A member that was only slow is fenced, joins again and reads again what it had not committed.
 */
const SESSION_TIMEOUT = 6000;
const HEARTBEAT_INTERVAL = 1000;
/** How long others wait for us to write what we read before the group goes on without us. */
const REBALANCE_TIMEOUT = 60_000;

export interface KafkaConsumerSettings extends ConsumerSettings {
  /** Whether offsets may be missing from the topic, as in a compacted one. */
  readonly sparse?: boolean;
  /** Called when a position has moved, also past records that nobody is to see. */
  readonly onProgress?: () => void;
}

/**
 * A member of a consumer group. All calls of the handler stand in one queue. A join pauses all partitions on the spot, before
 * the client can fetch, and each is resumed once the handler has said where it begins; the next join waits until the handler
 * has let go. Batches are taken only where they go on from the position we keep, whatever the client had in flight.
 */
export class KafkaConsumer implements Consumer, GroupMember {
  readonly done: Promise<void>;
  /** The next offset to hand over, by partition that is ours. */
  readonly #positions = new Map<number, number>();
  /** Partitions that were sought anew as a batch was not what the position called for. */
  readonly #sought = new Set<number>();
  readonly #client: Client;
  readonly #entry = new GroupEntry();
  readonly #watch: TopicWatch;
  readonly #presence = new GroupPresence(SESSION_TIMEOUT);
  #queue: Promise<void> = Promise.resolve();
  #held: readonly number[] = [];
  #memberId: string | null = null;
  #takingOver = 0;
  #lettingGo = false;
  #ticking = false;
  #ending: Promise<void> | null = null;
  #failed = false;
  #settle!: { resolve: () => void; reject: (error: Error) => void };
  readonly #timer: NodeJS.Timeout;

  private constructor(
    kafka: Kafka,
    private readonly offsets: KafkaOffsets,
    private readonly settings: KafkaConsumerSettings,
    private readonly handler: ConsumerHandler,
  ) {
    this.#watch = new TopicWatch(() => persistently(() => offsets.topicId(settings.topic)));
    this.#client = kafka.consumer({
      groupId: settings.group,
      partitionAssigners: [joiningWhen(() => this.#joining())],
      sessionTimeout: SESSION_TIMEOUT,
      rebalanceTimeout: REBALANCE_TIMEOUT,
      heartbeatInterval: HEARTBEAT_INTERVAL,
      // Also how long the client sleeps while all is paused, and so what a join or a stop may wait for it.
      maxWaitTimeInMs: 100,
      maxBytesPerPartition: 2 << 20,
      // With the limit of what an answer may inflate to, sixty-four times this, a bound of the memory that answers take.
      maxBytes: 8 << 20,
      allowAutoTopicCreation: false,
      retry: {
        initialRetryTime: 50,
        multiplier: 1.5,
        maxRetryTime: 1000,
        retries: 60,
        restartOnFailure: () => Promise.resolve(this.#ending === null),
      },
    });
    this.done = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    // Whoever waits for `done` sees the rejection; nobody having to is no crash.
    this.done.catch(() => undefined);
    this.#timer = setInterval(() => this.#tick(), settings.tickInterval);
  }

  static async start(
    kafka: Kafka,
    offsets: KafkaOffsets,
    settings: KafkaConsumerSettings,
    handler: ConsumerHandler,
    memberships?: GroupMemberships,
  ): Promise<KafkaConsumer> {
    const consumer = new KafkaConsumer(kafka, offsets, settings, handler);
    memberships?.add(consumer);
    consumer.done.catch(() => undefined).finally(() => memberships?.remove(consumer));
    try {
      await consumer.#start();
    } catch (error) {
      const failure = transportError(error, `reading ${settings.topic}`);
      consumer.#entry.failed();
      consumer.#fail(failure);
      throw failure;
    }
    return consumer;
  }

  get group(): string {
    return this.settings.group;
  }

  get topic(): string {
    return this.settings.topic;
  }

  get memberId(): string | null {
    return this.#memberId;
  }

  get topicId(): string | null {
    return this.#watch.topicId;
  }

  get held(): readonly number[] {
    return this.#held;
  }

  get isTakingOver(): boolean {
    return this.#takingOver > 0;
  }

  position(partition: number): number | undefined {
    return this.#positions.get(partition);
  }

  get outsideFor(): number {
    return this.#presence.outsideFor;
  }

  async stop(): Promise<void> {
    this.#ending ??= this.#end(async () => {
      this.#pauseAll();
      await this.#enqueue(() => this.#letGo());
    });
    await this.#ending;
  }

  async #start(): Promise<void> {
    const { topic } = this.settings;
    const { GROUP_JOIN, HEARTBEAT, FETCH_START, FETCH, START_BATCH_PROCESS, CRASH } = this.#client.events;
    this.#client.on(GROUP_JOIN, (event) => this.#joined(event));
    this.#client.on(HEARTBEAT, () => this.#presence.heartbeatAnswered());
    this.#client.on(FETCH_START, ({ payload }) => this.#watch.fetching(payload.nodeId));
    this.#client.on(FETCH, ({ payload }) => this.#watch.fetched((payload as { readonly nodeId?: number }).nodeId!));
    this.#client.on(START_BATCH_PROCESS, ({ payload }) => {
      // Control records and aborted transactions alone: such a batch is given to nobody, but reading goes on after it.
      if (payload.batchSize === 0) this.#passOver(payload.partition, Number(payload.firstOffset), payload.lastOffset);
    });
    this.#client.on(CRASH, ({ payload }) => {
      this.#entry.failed();
      this.#presence.left();
      if (payload.restart) this.#entry.begin();
      else if (this.#ending === null) this.#fail(transportError(payload.error, `reading ${topic}`));
    });
    await this.#client.connect();
    await this.#client.subscribe({ topic, fromBeginning: true });
    this.#entry.begin();
    await this.#client.run({ autoCommit: false, eachBatch: (payload) => this.#onBatch(payload) });
  }

  #joined({ payload }: ConsumerGroupJoinEvent): void {
    this.#entry.joined();
    this.#presence.joined();
    if (this.#ending !== null) return;
    this.#memberId = payload.memberId;
    const partitions = payload.memberAssignment[this.settings.topic] ?? [];
    if (partitions.length === 0) return;
    // The client calls us before it fetches again: nothing is read until the handler has said from where.
    this.#client.pause([{ topic: this.settings.topic, partitions }]);
    this.#takingOver++;
    void this.#enqueue(() => this.#takeOver(partitions)).finally(() => this.#takingOver--);
  }

  async #takeOver(partitions: readonly number[]): Promise<void> {
    if (this.#ending !== null) return;
    const { topic, group } = this.settings;
    this.#held = partitions;
    await this.#watch.begin();
    const given = await this.handler.assigned(partitions);
    // Read after the handler has fenced whoever could still have committed.
    const starts = await this.offsets.starts(group, topic, partitions, given);
    for (const start of starts) {
      const { partition } = start;
      const offset = isInLog(start) ? start.position : start.begin;
      if (offset !== start.position) await this.handler.displaced?.(start);
      this.#positions.set(partition, offset);
      this.#client.seek({ topic, partition, offset: String(offset) });
    }
    this.#client.resume([{ topic, partitions: [...partitions] }]);
    this.settings.onProgress?.();
  }

  /** Whether the group may be joined: nothing is held. Where something is, sees to it that it is let go. */
  #joining(): Joining {
    this.#presence.left();
    if (this.#failed) return 'never';
    if (this.#held.length === 0 && this.#takingOver === 0) return this.#ending === null ? 'now' : 'never';
    if (!this.#lettingGo) {
      this.#lettingGo = true;
      void this.#enqueue(() => this.#letGo()).finally(() => (this.#lettingGo = false));
    }
    return 'later';
  }

  async #letGo(): Promise<void> {
    const partitions = this.#held;
    if (partitions.length === 0) return;
    try {
      await this.handler.revoked(partitions);
    } catch (error) {
      // Another owner was faster, and reads again what we could not write.
      if (!(error instanceof TransportError && error.code === 'fenced')) throw error;
    } finally {
      this.#held = [];
      this.#positions.clear();
      this.#sought.clear();
    }
  }

  async #onBatch(payload: EachBatchPayload): Promise<void> {
    // The membership is kept alive for as long as the handler takes. A heartbeat's failure is passed on after the batch.
    let fault: unknown = null;
    const beating = setInterval(() => {
      payload.heartbeat().catch((error: unknown) => (fault ??= error));
    }, HEARTBEAT_INTERVAL);
    try {
      await this.#enqueue(() => this.#deliver(payload.batch));
    } finally {
      clearInterval(beating);
    }
    payload.resolveOffset(payload.batch.lastOffset());
    if (fault instanceof Error && this.#ending === null) throw fault;
  }

  async #deliver(batch: Batch): Promise<void> {
    const { partition } = batch;
    const position = this.#positions.get(partition);
    if (position === undefined || this.#ending !== null) return;
    if (await this.#watch.isAnew()) return this.#beginAnew();
    if (!(await this.#isInPlace(batch, position))) return;
    const start = this.#positions.get(partition) ?? position;
    const records = recordsFrom(batch, start);
    if (records.length > 0) await this.handler.records(partition, records);
    this.#positions.set(partition, Math.max(start, Number(batch.lastOffset()) + 1));
    this.settings.onProgress?.();
  }

  /** The topic was made anew: no position is one of it, be it large enough for that. */
  async #beginAnew(): Promise<void> {
    const { topic } = this.settings;
    const ranges = await this.offsets.ranges(topic);
    for (const [partition, position] of this.#positions) {
      const range = ranges.get(partition) ?? { begin: 0, end: 0 };
      if (position > 0) await this.handler.displaced?.({ partition, position, ...range });
      this.#positions.set(partition, range.begin);
      this.#client.seek({ topic, partition, offset: String(range.begin) });
    }
  }

  /**
   * Whether a batch was fetched from the position. Where not, it was in flight across a rebalance, and the place is sought once; if the log
   * then again goes on elsewhere, the position is no longer in it, and reading goes on from the log's beginning.
   */
  async #isInPlace({ topic, partition, ...batch }: Batch, position: number): Promise<boolean> {
    // Known to the client, though not to its types.
    const fetched = Number((batch as { readonly fetchedOffset?: string }).fetchedOffset);
    if (fetched === position) {
      this.#sought.delete(partition);
      return true;
    }
    let offset = position;
    if (this.#sought.delete(partition)) {
      const range = (await this.offsets.ranges(topic)).get(partition) ?? { begin: 0, end: Infinity };
      const displacement = { partition, position, ...range };
      if (!isInLog(displacement)) {
        await this.handler.displaced?.(displacement);
        this.#positions.set(partition, (offset = range.begin));
        if (fetched === offset) return true;
      }
    }
    this.#sought.add(partition);
    this.#client.seek({ topic, partition, offset: String(offset) });
    return false;
  }

  #passOver(partition: number, first: number, last: string): void {
    const position = this.#positions.get(partition);
    if (position === undefined || (first !== position && this.settings.sparse !== true)) return;
    this.#positions.set(partition, Math.max(position, Number(last) + 1));
    this.settings.onProgress?.();
  }

  #tick(): void {
    if (this.#ticking || this.#ending !== null || this.#positions.size === 0) return;
    this.#ticking = true;
    // Partitions may have gone by the time it is this call's turn.
    void this.#enqueue(() => (this.#positions.size > 0 ? this.handler.tick() : Promise.resolve())).finally(
      () => (this.#ticking = false),
    );
  }

  /** Runs an action after all before it. The first that fails stops the consumer, and no other runs after it. */
  #enqueue(action: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(async () => {
      if (this.#failed) return;
      try {
        await action();
      } catch (error) {
        this.#fail(error instanceof Error ? error : new TransportError('failed', String(error)));
      }
    });
    return this.#queue;
  }

  #fail(error: Error): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#settle.reject(error);
    this.#ending ??= this.#end(() => Promise.resolve(this.#pauseAll()));
  }

  async #end(before: () => Promise<void>): Promise<void> {
    clearInterval(this.#timer);
    await before();
    await this.#entry.leave(() => this.#client.disconnect());
    this.#settle.resolve();
  }

  #pauseAll(): void {
    try {
      this.#client.pause([{ topic: this.settings.topic }]);
    } catch {
      // Not in a group (yet): there is nothing to pause.
    }
  }
}
