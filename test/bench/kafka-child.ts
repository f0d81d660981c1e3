// One part of the Kafka bench, in a process of its own: whatever the environment names, until it is told to stop.
import { ConfluentRegistry, schemaOf, topicsOf } from '@tidemark/contracts';
import { startSketcher } from '@tidemark/sketcher';
import { migrate, Store } from '@tidemark/store';
import { KafkaLog } from '@tidemark/transport';
import avro from 'avsc';
import { Kafka, logLevel } from 'kafkajs';
import { startCountingDetector } from './counting-detector.js';
import { benchMonitor } from './traffic.js';

/** What a child is to run. */
export interface ChildTask {
  /** `read`: kafkajs alone; `decode`: kafkajs and avsc, an object an event; else the services. */
  readonly part: 'read' | 'decode' | 'sketcher' | 'detector';
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  /** The topic of events; that of all others begins with `prefix`. */
  readonly events: string;
  readonly prefix: string;
  readonly group: string;
  /** Whether the monitor slices by a dimension of five values. */
  readonly sliced: boolean;
  /** Of the embedded store. */
  readonly folder: string;
}

/** How far a child has come: told after every batch, commit or flush. */
export interface ChildProgress {
  readonly events: number;
  /** Milliseconds by the clock, comparable between processes. */
  readonly at: number;
  /** Seconds of processor time since the process began. */
  readonly cpuSeconds: number;
}

type Stop = () => Promise<void>;

const task = JSON.parse(process.env.TIDEMARK_BENCH_TASK ?? '') as ChildTask;
const { brokers, registryUrl, group, prefix } = task;
const topics = { ...topicsOf(prefix), events: task.events };

function tell(events: number): void {
  const { user, system } = process.cpuUsage();
  process.send?.({ events, at: Date.now(), cpuSeconds: (user + system) / 1e6 } satisfies ChildProgress);
}

/** The same fetches as the sketcher's, and nothing done with them but what `part` says. */
async function startReading(decoding: boolean): Promise<Stop> {
  const type = avro.Type.forSchema(schemaOf('InferenceEvent'));
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({
    groupId: group,
    maxWaitTimeInMs: 100,
    maxBytesPerPartition: 2 << 20,
    maxBytes: 32 << 20,
  });
  await consumer.connect();
  await consumer.subscribe({ topic: topics.events, fromBeginning: true });
  let events = 0;
  await consumer.run({
    autoCommit: false,
    eachBatch: ({ batch: { messages } }) => {
      for (const { value } of messages) if (!decoding || type.fromBuffer(value!.subarray(5)) !== null) events++;
      tell(events);
      return Promise.resolve();
    },
  });
  return () => consumer.disconnect();
}

async function startService(): Promise<Stop> {
  const log = await KafkaLog.connect({ brokers, clientId: `bench-${task.part}` });
  const registry = new ConfluentRegistry({ url: registryUrl });
  const common = { log, registry, topics, group, monitors: [benchMonitor(task.sliced)], now: Date.now };
  if (task.part === 'sketcher') {
    let events = 0;
    const onCommit = (_: number, { records }: { readonly records: number }): void => tell((events += records));
    const sketcher = await startSketcher({ ...common, commitInterval: 1000, idleTimeout: 60_000, onCommit });
    sketcher.done.catch(fail);
    return () => sketcher.stop().then(() => log.close());
  }
  const store = await Store.open({ kind: 'embedded', path: task.folder, database: 'tidemark' });
  await migrate(store);
  tell(0);
  const detector = await startCountingDetector({ ...common, store, onStored: tell });
  detector.done.catch(fail);
  return () =>
    detector
      .stop()
      .then(() => log.close())
      .then(() => store.close());
}

function fail(error: unknown): void {
  console.error(error);
  process.exit(1);
}

const stop = await (task.part === 'read' || task.part === 'decode'
  ? startReading(task.part === 'decode')
  : startService());
process.send?.('started');
process.once('message', () => {
  void stop().then(() => process.disconnect(), fail);
});
