import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ConfluentRegistry, defaultMonitor, RecordWriter, topicsOf, type Topics } from '@tidemark/contracts';
import { baselineKey } from '@tidemark/monitoring';
import { KafkaLog, type OutRecord, type Producer } from '@tidemark/transport';
import { baselinesOf } from '../pipeline/stream.js';
import type { RunningKafka } from '../real/kafka.js';
import type { RunningRegistry } from '../real/registry.js';
import { ClickHouseTap } from './clickhouse-tap.js';
import { FrontProcess } from './front-process.js';
import { Gate } from './gate.js';
import type { KafkaTap } from './kafka-tap.js';
import { ABANDONED } from './labels.js';
import { Replica, type ServiceName } from './replica.js';
import type { Trap } from './trap.js';

export const PARTITIONS = 4;
/** Short panes and windows, as the stream's time flies. */
const MONITOR_FILE = `
model: '*'
pane: 10s
windows: [30s, 2m]
allowed_lateness: 5s
segments: [country]
decision:
  minimum_events: 30
baseline:
  first_windows: 2
  events: 200
---
model: ${ABANDONED}
prediction_log:
  orphan_after: 1s
`;
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
  readonly monitorFile?: string;
  /** Whether the services' ways to Kafka and ClickHouse have taps. */
  readonly tapped?: boolean;
}

/** One installation: topics of its own on a shared Kafka, a store of its own, and the services as processes. */
export class Rig {
  readonly topics: Topics;
  readonly replicas: Replica[] = [];
  readonly environment: Readonly<Record<string, string>>;

  private constructor(
    readonly parts: RigParts,
    readonly prefix: string,
    readonly folder: string,
    readonly log: KafkaLog,
    readonly producer: Producer,
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
    const { monitorFile = MONITOR_FILE, tapped = false } = options;
    const prefix = `${name}-${process.pid}-${++installations}-`;
    const folder = mkdtempSync(join(tmpdir(), `tidemark-faults-${prefix}`));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'monitor.yaml'), monitorFile);
    const log = await KafkaLog.connect({ brokers: parts.kafka.brokers, clientId: 'faults' });
    const front = await FrontProcess.start(join(folder, 'store'));
    const gate = await Gate.before(parts.registry.url);
    const tap = await ClickHouseTap.before(front.url);
    const rig = new Rig(parts, prefix, folder, log, await log.producer(), front, gate, tap, tapped);
    await promisify(execFile)(process.execPath, [COMMAND, 'migrate'], { env: { ...process.env, ...rig.environment } });
    await rig.#makeTopics();
    return rig;
  }

  /** The registry, past the gate. */
  get registry(): ConfluentRegistry {
    return new ConfluentRegistry({ url: this.parts.registry.url });
  }

  start(service: ServiceName, name: string): Replica {
    const environment = service === 'outcomes' ? { ...this.environment, ...OUTCOMES } : this.environment;
    const replica = new Replica(service, name, environment, this.folder);
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

  /** Writes records, however long the brokers are gone. What was in doubt is written again: what counts is what the topic holds. */
  async publish(records: readonly OutRecord[]): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.producer.send(records);
      } catch (error) {
        if (attempt === 20) throw error;
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
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
    await this.log.close().catch(() => undefined);
    if (!keep) rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
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
