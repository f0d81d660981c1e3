import { randomUUID } from 'node:crypto';
import {
  ContractsError,
  RecordWriter,
  topicsOf,
  type GroundTruth,
  type InferenceEvent,
  type SchemaRegistry,
  type Topics,
} from '@tidemark/contracts';
import { KafkaLog, type KafkaSettings, type Log, type OutRecord, type Producer } from '@tidemark/transport';
import { registryOf, type RegistryOptions } from './registry-settings.js';

/** An event to publish; its id is made up and its time is now unless stated. */
export type ClientEvent = Omit<InferenceEvent, 'eventId' | 'eventTime'> &
  Partial<Pick<InferenceEvent, 'eventId' | 'eventTime'>>;

/** What turned out to be true of a prediction; it became known now unless stated. At least one of class and value is given. */
export type ClientGroundTruth = Pick<GroundTruth, 'eventId' | 'model'> & Partial<GroundTruth>;

export interface ClientOptions {
  /** Put before the topics' names, as in the services' TIDEMARK_TOPIC_PREFIX. */
  readonly topicPrefix?: string;
  /** Events and labels that wait to be sent; 10,000 unless stated. Further ones are dropped and counted: a model goes on serving. */
  readonly maxBuffered?: number;
  /** Milliseconds between batches; 100 unless stated. */
  readonly flushInterval?: number;
  /** Hears of a batch that could not be sent; its events and labels are lost. What it throws is passed over: the next batch goes out. */
  readonly onError?: (error: unknown, events: number) => void;
}

export interface ConnectOptions extends ClientOptions, RegistryOptions {
  readonly kafka: KafkaSettings;
}

const MOST_A_BATCH = 1000;

/**
 * Publishes inference events, and what turned out to be true of them, without ever holding up the service that makes them: an event or a label is
 * only put in a bounded buffer, and batches go out behind its back.
 *
 * @example
 * const tidemark = await TidemarkClient.connect({ kafka: { brokers: ['localhost:9094'], clientId: 'loans' }, registryUrl });
 * const eventId = tidemark.publish({ model: 'loans', version: '3', features: { income: 52000 }, prediction: { score: 0.83 } });
 * if (eventId !== null) tidemark.publishGroundTruth({ model: 'loans', eventId, class: 'repaid' });
 * await tidemark.close();
 */
export class TidemarkClient {
  #buffer: OutRecord[] = [];
  #dropped = 0;
  #sending: Promise<void> = Promise.resolve();
  #closing: Promise<void> | null = null;
  readonly #timer: NodeJS.Timeout;
  readonly #topics: Topics;

  private constructor(
    private readonly writer: RecordWriter,
    private readonly producer: Producer,
    private readonly options: ClientOptions,
    private readonly release: () => Promise<void>,
  ) {
    this.#topics = topicsOf(options.topicPrefix);
    this.#timer = setInterval(() => void this.flush(), options.flushInterval ?? 100);
    // A service that is done otherwise may end; `close` sends what is left.
    this.#timer.unref();
  }

  /** @throws TransportError or ContractsError where Kafka or the registry cannot be reached; TypeError where no registry is given. */
  static async connect(options: ConnectOptions): Promise<TidemarkClient> {
    const registry = registryOf(options);
    const log = await KafkaLog.connect(options.kafka);
    try {
      return await TidemarkClient.on(log, registry, options, () => log.close());
    } catch (error) {
      await log.close();
      throw error;
    }
  }

  /** A client on a log that is already there, as the one within a process. */
  static async on(
    log: Log,
    registry: SchemaRegistry,
    options: ClientOptions = {},
    release: () => Promise<void> = () => Promise.resolve(),
  ): Promise<TidemarkClient> {
    const writer = await RecordWriter.open(registry, ['InferenceEvent', 'GroundTruth']);
    return new TidemarkClient(writer, await log.producer(), options, release);
  }

  /** Events and labels dropped because the buffer was full, or the client closed. Lost batches are not in it: see `onError`. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Takes an event.
   *
   * @returns its id, by which ground truth can name it; null: it was dropped, as the buffer is full or the client closed
   * @throws ContractsError `invalid-record` where a field has a type that the schema does not take.
   */
  publish(event: ClientEvent): string | null {
    if (!this.#hasRoom()) return null;
    const eventId = event.eventId ?? randomUUID();
    const value = this.writer.encode('InferenceEvent', { ...event, eventId, eventTime: event.eventTime ?? Date.now() });
    this.#put({ topic: this.#topics.events, key: eventId, value });
    return eventId;
  }

  /**
   * Takes what turned out to be true of an event. Sent again it counts once; observed later and otherwise, it replaces the first.
   *
   * @returns the event's id; null: it was dropped, as the buffer is full or the client closed
   * @throws ContractsError `invalid-record` where it says nothing, its probability is none, or a field has a type that the schema does not take.
   */
  publishGroundTruth({ eventId, model, ...truth }: ClientGroundTruth): string | null {
    if (!this.#hasRoom()) return null;
    const { version = null, class: name = null, value: number = null, source = null } = truth;
    const { observedAt = Date.now(), inclusionProbability = null } = truth;
    const complaint = complaintAbout({ class: name, value: number, inclusionProbability });
    if (complaint !== null) throw new ContractsError('invalid-record', `The GroundTruth of ${eventId} ${complaint}`);
    const record = { eventId, model, version, class: name, value: number, source, observedAt, inclusionProbability };
    this.#put({ topic: this.#topics.groundTruth, key: eventId, value: this.writer.encode('GroundTruth', record) });
    return eventId;
  }

  /** Resolves when everything published before has been sent, or lost and reported. */
  flush(): Promise<void> {
    this.#sending = this.#sending.then(async () => {
      while (this.#buffer.length > 0) {
        const batch = this.#buffer.splice(0, MOST_A_BATCH);
        try {
          await this.producer.send(batch);
        } catch (error) {
          this.#report(error, batch.length);
        }
      }
    });
    return this.#sending;
  }

  /** Sends what is left and lets go of the connections; further events and labels are dropped. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  /** Whether one more can be taken; what cannot is counted. */
  #hasRoom(): boolean {
    if (this.#closing === null && this.#buffer.length < (this.options.maxBuffered ?? 10_000)) return true;
    this.#dropped++;
    return false;
  }

  #put(record: OutRecord): void {
    this.#buffer.push(record);
    if (this.#buffer.length >= MOST_A_BATCH) void this.flush();
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
    await this.producer.close();
    await this.release();
  }

  #report(error: unknown, events: number): void {
    try {
      this.options.onError?.(error, events);
    } catch {
      // A listener's fault ends neither the sending nor the service that publishes.
    }
  }
}

/** What the schema cannot say, and a reader would refuse. */
function complaintAbout({
  class: name,
  value,
  inclusionProbability: probability,
}: Pick<GroundTruth, 'class' | 'value' | 'inclusionProbability'>): string | null {
  if (name === null && value === null) return 'has neither class nor value';
  if (typeof value === 'number' && !Number.isFinite(value)) return `has a value of ${value}`;
  if (typeof probability === 'number' && !(probability > 0 && probability <= 1))
    return `has an inclusionProbability of ${probability}, which is not above 0 and up to 1`;
  return null;
}
