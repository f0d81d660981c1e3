// A detector in a process of its own, as `scale.ts` asks for it, until it is told to stop.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { ConfluentRegistry, topicsOf } from '@tidemark/contracts';
import { aggregatesIn, startDetector, type Service } from '@tidemark/detector';
import type { Monitor } from '@tidemark/monitoring';
import { Store } from '@tidemark/store';
import { OwnBlocks } from './own-blocks.js';
import { KafkaLog, type Consumer, type Log, type OutRecord } from '@tidemark/transport';

export interface DetectorTask {
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  readonly storeUrl: string;
  /** What all topics begin with. */
  readonly prefix: string;
  readonly group: string;
  readonly monitor: Monitor;
}

/** What a detector has to say since it was asked last, but for the takeovers. */
export interface DetectorReport {
  /** Milliseconds for which the event loop had no turn, at most; and without what it waited for a processor. */
  readonly longestBlock: number;
  readonly longestOwnBlock: number;
  /** Partitions that were taken over since the process began: each time that one was. */
  readonly takeovers: number;
  /** The next offset of each partition that it has. */
  readonly positions: readonly (readonly [partition: number, offset: number])[];
  /** Windows of streams that were judged by a baseline. */
  readonly judged: number;
  readonly cpuSeconds: number;
  /** The largest record of a state, and all of those of one commit, in bytes. */
  readonly largestState: number;
  readonly mostState: number;
}

export type DetectorQuestion = 'report' | 'restart' | 'stop';

const task = JSON.parse(process.env.TIDEMARK_SCALE_TASK ?? '') as DetectorTask;
const topics = topicsOf(task.prefix);
const own = new OwnBlocks();
const delay = monitorEventLoopDelay({ resolution: 10 });
let takeovers = 0;
let judged = 0;
let cpuBefore = process.cpuUsage();
let [largestState, mostState] = [0, 0];
let consumer: Consumer | null = null;
let partitions: readonly number[] = [];

const kafka = await KafkaLog.connect({ brokers: task.brokers, clientId: 'scale-detector' });
const registry = new ConfluentRegistry({ url: task.registryUrl });
const server = { kind: 'server', url: task.storeUrl, database: 'tidemark', username: 'default', password: '' } as const;
const store = await Store.open(server);
let service = await start();
delay.enable();
process.send?.('started');
process.on('message', (question: DetectorQuestion) => void answer(question).catch(fail));

async function answer(question: DetectorQuestion): Promise<void> {
  if (question === 'report') process.send?.(report());
  if (question === 'restart') {
    await service.stop();
    service = await start();
    process.send?.('started');
  }
  if (question === 'stop') {
    await service.stop();
    await kafka.close();
    await store.close();
    process.disconnect();
  }
}

/** As the command line does: what passes by itself, as a broker that is slow to answer, is tried again. */
async function start(attempts = 10): Promise<Service> {
  try {
    return await startOnce();
  } catch (error) {
    if (attempts === 1 || !(error instanceof Error && 'retriable' in error && error.retriable === true)) throw error;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return start(attempts - 1);
  }
}

async function startOnce(): Promise<Service> {
  const started = await startDetector({
    ...{ log: counted(kafka), registry, topics, group: task.group, monitors: [task.monitor], now: Date.now },
    store: aggregatesIn(store),
    flushInterval: 5000,
    onFlush: (_, { windows }) => {
      for (const { column, segment, baselineId } of windows) {
        if (column === '' && segment.dimension === '' && baselineId !== null) judged++;
      }
    },
    onSetAside: (_, { error }) => fail(error),
  });
  started.done.catch(fail);
  return started;
}

/** Counts what is taken over, and what states take. */
function counted(log: Log): Log {
  const consume: Log['consume'] = async (settings, handler) => {
    consumer = await log.consume(settings, {
      assigned: (given) => {
        takeovers += given.length;
        partitions = given;
        return handler.assigned(given);
      },
      displaced: async (displacement) => handler.displaced?.(displacement),
      records: (partition, records) => handler.records(partition, records),
      revoked: (given) => handler.revoked(given),
      tick: () => handler.tick(),
    });
    return consumer;
  };
  const transactionalProducer: Log['transactionalProducer'] = async (id) => {
    const producer = await log.transactionalProducer(id);
    return {
      commit: (content) => {
        note(content.records);
        return producer.commit(content);
      },
      close: () => producer.close(),
    };
  };
  return new Proxy(log, {
    get: (target, name) => {
      if (name === 'consume') return consume;
      if (name === 'transactionalProducer') return transactionalProducer;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

function note(records: readonly OutRecord[]): void {
  const sizes = records.filter(({ topic }) => topic === topics.detectorState).map(({ value }) => value?.length ?? 0);
  largestState = Math.max(largestState, ...sizes);
  mostState = Math.max(
    mostState,
    sizes.reduce((sum, size) => sum + size, 0),
  );
}

function report(): DetectorReport {
  const { user, system } = process.cpuUsage(cpuBefore);
  const told = {
    ...{ takeovers, judged, largestState, mostState },
    positions: partitions.map((partition) => [partition, consumer?.position(partition) ?? 0] as const),
    longestBlock: delay.max / 1e6,
    longestOwnBlock: own.take(),
    cpuSeconds: (user + system) / 1e6,
  };
  cpuBefore = process.cpuUsage();
  judged = 0;
  [largestState, mostState] = [0, 0];
  delay.reset();
  return told;
}

function fail(error: unknown): void {
  console.error(error);
  process.exit(1);
}
