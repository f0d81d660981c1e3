import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ConfluentRegistry, defaultMonitor, RecordWriter, topicsOf, type Topics } from '@tidemark/contracts';
import { baselineKey } from '@tidemark/monitoring';
import { KafkaLog, type OutRecord } from '@tidemark/transport';
import { baselinesOf } from '../pipeline/stream.js';
import type { RunningKafka } from '../real/kafka.js';
import type { RunningRegistry } from '../real/registry.js';
import { ClickHouseTap } from './clickhouse-tap.js';
import { clientOf, CodecProducer, EVERY_CODEC } from './codec-producers.js';
import { Expectations, type NamedStream } from './expectations.js';
import { FAILING_STREAM, FAILING_STREAM_FILE } from './failing-stream.js';
import { FrontProcess } from './front-process.js';
import { Gate } from './gate.js';
import type { KafkaTap } from './kafka-tap.js';
import { monitorFile } from './monitor-documents.js';
import { Replica, type ServiceName } from './replica.js';
import type { Trap } from './trap.js';

export const PARTITIONS = 4;
/** The sketcher that comes and goes. */
export const VISITOR = 'visitor';
/** The engine behind the front takes one statement after another, and a batch of labels asks for eight of them. */
const OUTCOMES = { TIDEMARK_COMMIT_INTERVAL: '2s' };
const COMMAND = fileURLToPath(new URL('../../../services/cli/dist/src/main.js', import.meta.url));

/** So many have been opened in this process, each with topics of its own. */
let installations = 0;

export interface RigParts {
  readonly kafka: RunningKafka;
  readonly registry: RunningRegistry;
  /** A way to Kafka on which requests can be held up. */
  readonly tap: KafkaTap;
}

export interface RigOptions {
  /** The monitor file. */
  readonly monitors?: string;
  /** The codecs that records are written with, by their numbers; every one unless stated. */
  readonly codecs?: readonly number[];
  /** Whether the services' ways to Kafka and ClickHouse have taps. */
  readonly tapped?: boolean;
}

/** One installation: topics of its own on a shared Kafka, a store of its own, and the services as processes. */
export class Rig {
  readonly topics: Topics;
  readonly replicas: Replica[] = [];
  readonly expectations = new Expectations();
  readonly environment: Readonly<Record<string, string>>;

  private constructor(
    readonly parts: RigParts,
    readonly prefix: string,
    readonly folder: string,
    private client: KafkaLog,
    private readonly producer: CodecProducer,
    readonly front: FrontProcess,
    readonly gate: Gate,
    readonly clickHouseTap: ClickHouseTap,
    tapped: boolean,
  ) {
    this.topics = topicsOf(prefix);
    this.environment = {
      TIDEMARK_BROKERS: tapped ? parts.tap.address : parts.kafka.brokers.join(','),
      TIDEMARK_REGISTRY_URL: gate.urlOf(parts.registry.url),
      TIDEMARK_CLICKHOUSE_URL: tapped ? clickHouseTap.url : front.url,
      TIDEMARK_MONITORS: join(folder, 'monitor.yaml'),
      TIDEMARK_TOPIC_PREFIX: prefix,
      TIDEMARK_PARTITIONS: String(PARTITIONS),
      TIDEMARK_IDLE_TIMEOUT: '20s',
      // One machine, several services.
      TIDEMARK_HTTP_PORT: '0',
    };
  }

  /** @param name for people; topics and folders of equal names differ all the same. */
  static async open(parts: RigParts, name: string, options: RigOptions = {}): Promise<Rig> {
    const { monitors = monitorFile(), codecs = EVERY_CODEC, tapped = false } = options;
    const prefix = `${name}-${process.pid}-${++installations}-`;
    const folder = mkdtempSync(join(tmpdir(), `tidemark-faults-${prefix}`));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'monitor.yaml'), monitors);
    const log = await connect(parts);
    const producer = await CodecProducer.connect(parts.kafka.brokers, codecs);
    const front = await FrontProcess.start(join(folder, 'store'));
    const gate = await Gate.before(parts.registry.url);
    const tap = await ClickHouseTap.before(front.url);
    const rig = new Rig(parts, prefix, folder, log, producer, front, gate, tap, tapped);
    await rig.command('migrate');
    await rig.#makeTopics();
    await rig.#publishBaselines();
    return rig;
  }

  /** The registry, past the gate. */
  get registry(): ConfluentRegistry {
    return new ConfluentRegistry({ url: this.parts.registry.url });
  }

  get log(): KafkaLog {
    return this.client;
  }

  /** Runs a command of the command line against this installation. */
  async command(...words: readonly string[]): Promise<void> {
    await promisify(execFile)(process.execPath, [COMMAND, ...words], { env: { ...process.env, ...this.environment } });
  }

  start(service: ServiceName, name: string): Replica {
    const own = { sketcher: {}, detector: this.#failing, outcomes: OUTCOMES }[service];
    const replica = new Replica(service, name, { ...this.environment, ...own }, this.folder);
    this.replicas.push(replica);
    return replica;
  }

  of(service: ServiceName): Replica[] {
    return this.replicas.filter((replica) => replica.service === service);
  }

  /** Has every request of the services' that is of note looked at; only where there are taps. */
  setTrap(trap: Trap | null): void {
    this.parts.tap.trap = this.clickHouseTap.trap = trap;
  }

  /** Writes records with every codec in turn, however long the brokers are gone. */
  publish(records: readonly OutRecord[]): Promise<void> {
    return this.producer.send(records);
  }

  /** Has every window of a stream fail that a detector is to judge; null: of none any more. */
  failStream(stream: NamedStream | null): void {
    const file = this.#failing[FAILING_STREAM_FILE];
    if (stream === null) rmSync(file, { force: true });
    else writeFileSync(file, JSON.stringify(stream));
  }

  /** What the instances of a service have logged. */
  linesOf(service: ServiceName): Record<string, unknown>[] {
    const files = this.of(service).map(({ name }) => join(this.folder, `${name}.log`));
    return files
      .filter((file) => existsSync(file))
      .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Gives the services another monitor file, and restarts all of them. @returns once all have ended; they start again by themselves. */
  async restartWith(monitors: string): Promise<void> {
    writeFileSync(join(this.folder, 'monitor.yaml'), monitors);
    await Promise.all(this.replicas.filter(({ name }) => name !== VISITOR).map((replica) => replica.restart()));
  }

  /** Publishes monitors to the services that run. */
  async apply(monitors: string): Promise<void> {
    const file = join(this.folder, 'applied.yaml');
    writeFileSync(file, monitors);
    await this.persistently('apply', file, '--by', 'faults');
  }

  /** As `command`, however long the brokers are gone. */
  async persistently(...words: readonly string[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.command(...words);
      } catch (error) {
        if (attempt === 10) throw error;
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    }
  }

  /** Makes a topic anew. Its client may not make topics again that it knew, so it is a new one. */
  async makeAnew(topic: string): Promise<void> {
    const admin = clientOf(this.parts.kafka.brokers).admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [topic] });
    while ((await admin.listTopics()).includes(topic)) await new Promise((resolve) => setTimeout(resolve, 100));
    await admin.disconnect();
    await this.client.close().catch(() => undefined);
    this.client = await connect(this.parts);
    await this.#makeTopics();
  }

  /** Every record of a topic by now. */
  async read(
    topic: string,
    onRecord: (record: Parameters<Parameters<KafkaLog['follow']>[1]>[0]) => Promise<void> | void,
  ) {
    const follower = await this.log.follow(topic, onRecord);
    await follower.stop();
  }

  async close(keep: boolean): Promise<void> {
    for (const replica of this.replicas) replica.abandon();
    this.setTrap(null);
    await this.gate.shut();
    this.clickHouseTap.close();
    await this.front.stop();
    await this.producer.close().catch(() => undefined);
    await this.client.close().catch(() => undefined);
    if (!keep) rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  /** What a detector is started with, so that it can be made to fail. */
  get #failing(): Readonly<Record<string, string>> & { readonly [FAILING_STREAM_FILE]: string } {
    return {
      NODE_OPTIONS: `--import ${FAILING_STREAM}`,
      [FAILING_STREAM_FILE]: join(this.folder, 'failing-stream.json'),
    };
  }

  async #makeTopics(): Promise<void> {
    const { topics } = this;
    await this.log.ensureTopics([
      { topic: topics.events, partitions: PARTITIONS, maxMessageBytes: 12 << 20 },
      { topic: topics.groundTruth, partitions: PARTITIONS, maxMessageBytes: 12 << 20 },
      { topic: topics.partials, partitions: PARTITIONS },
      { topic: topics.driftEvents, partitions: 1 },
      { topic: topics.deadLetters, partitions: 1, maxMessageBytes: 12 << 20 },
      { topic: topics.baselines, partitions: 1, compacted: true, maxMessageBytes: 8 << 20 },
      { topic: topics.monitors, partitions: 1, compacted: true, maxMessageBytes: 8 << 20 },
      { topic: topics.labelingState, partitions: 1, compacted: true, maxMessageBytes: 8 << 20 },
      { topic: topics.detectorState, partitions: PARTITIONS, compacted: true, maxMessageBytes: 8 << 20 },
    ]);
  }

  async #publishBaselines(): Promise<void> {
    const { topics } = this;
    const writer = await RecordWriter.open(this.registry, ['Baseline']);
    await this.publish(
      (await baselinesOf(defaultMonitor())).map((baseline) => ({
        topic: topics.baselines,
        key: baselineKey(baseline),
        value: writer.encode('Baseline', baseline),
      })),
    );
  }
}

function connect({ kafka }: RigParts): Promise<KafkaLog> {
  return KafkaLog.connect({ brokers: kafka.brokers, clientId: 'faults' });
}
