import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { KafkaLog } from '@tidemark/transport';
import { freePorts, newFolder, startPart, type RunningPart } from './java-process.js';
import { javaParts } from './java-parts.js';

/** A Kafka of one node, with KRaft, on the loopback interface. */
export interface RunningKafka extends RunningPart {
  readonly brokers: readonly string[];
  /** The folder of its partitions' logs. */
  readonly data: string;
}

/** Overrides of the server's properties, by their names in Kafka's documentation. */
export type KafkaProperties = Readonly<Record<string, string | number>>;

/** Kept small, so that a start takes seconds and transactions across few partitions are not slower than need be. */
const DEFAULTS: KafkaProperties = {
  'process.roles': 'broker,controller',
  'node.id': 1,
  'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
  'controller.listener.names': 'CONTROLLER',
  'inter.broker.listener.name': 'PLAINTEXT',
  'num.partitions': 4,
  'auto.create.topics.enable': 'false',
  'offsets.topic.num.partitions': 4,
  'offsets.topic.replication.factor': 1,
  'transaction.state.log.num.partitions': 4,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'share.coordinator.state.topic.replication.factor': 1,
  'share.coordinator.state.topic.min.isr': 1,
  'group.initial.rebalance.delay.ms': 0,
  'message.max.bytes': 12 * 1024 * 1024,
  'replica.fetch.max.bytes': 12 * 1024 * 1024,
  'group.min.session.timeout.ms': 1000,
  'num.network.threads': 2,
  'num.io.threads': 4,
  'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
  'controlled.shutdown.enable': 'false',
  // A broker that was killed may come back only after its session has ended.
  'broker.heartbeat.interval.ms': 300,
  'broker.session.timeout.ms': 1500,
};

/** `NAME://host:port`, and where it differs what clients are told. */
export interface Listener {
  readonly listen: string;
  readonly advertised: string;
}

/** @param listeners besides the one without encryption, as `NAME://host:port`; properties say how they are secured. */
export async function startKafka(
  overrides: KafkaProperties = {},
  listeners: readonly (string | Listener)[] = [],
): Promise<RunningKafka> {
  const { kafka } = await javaParts();
  const folder = newFolder('kafka');
  const [port, controllerPort] = await freePorts(2);
  const broker = `127.0.0.1:${port}`;
  const more = listeners.map((each) => (typeof each === 'string' ? { listen: each, advertised: each } : each));
  const listen = [
    `PLAINTEXT://${broker}`,
    `CONTROLLER://127.0.0.1:${controllerPort}`,
    ...more.map((each) => each.listen),
  ];
  const properties: KafkaProperties = {
    ...DEFAULTS,
    listeners: listen.join(','),
    'advertised.listeners': [`PLAINTEXT://${broker}`, ...more.map((each) => each.advertised)].join(','),
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'log.dirs': join(folder, 'data'),
    ...overrides,
  };
  const configuration = join(folder, 'server.properties');
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}`);
  writeFileSync(configuration, lines.join('\n') + '\n');
  writeFileSync(join(folder, 'log4j2.properties'), LOG_CONFIGURATION);
  const java = [
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=4',
    `-Dlog4j2.configurationFile=${join(folder, 'log4j2.properties')}`,
    '-cp',
    join(kafka, '*'),
  ];
  await format(java, configuration);
  const part = await startPart({
    name: 'kafka',
    folder,
    javaArguments: ['-Xms256m', '-Xmx768m', ...java, 'kafka.Kafka', configuration],
    startTimeout: 90_000,
    answers: async () => {
      const log = await KafkaLog.connect({ brokers: [broker], clientId: 'start-probe' });
      try {
        // A topic that can be made: the controller has elected itself and the broker is registered.
        await log.ensureTopics([{ topic: 'start-probe', partitions: 1 }]);
      } finally {
        await log.close();
      }
    },
  });
  return { ...part, brokers: [broker], data: join(folder, 'data') };
}

async function format(java: readonly string[], configuration: string): Promise<void> {
  // Any identifier of 16 bytes in base64 does.
  const cluster = Buffer.from('tidemark-testing').toString('base64url');
  const tool = [...java, 'kafka.tools.StorageTool', 'format', '-t', cluster, '-c', configuration];
  await promisify(execFile)('java', ['-Xmx256m', ...tool], { timeout: 60_000 });
}

const LOG_CONFIGURATION = `
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d] %p %m (%c)%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
`;
