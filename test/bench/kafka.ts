import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfluentRegistry, topicsOf, type SchemaRegistry } from '@tidemark/contracts';
import { KafkaLog, type Log } from '@tidemark/transport';
import { realParts, type RealParts } from '../real/real-parts.js';
import type { ChildProgress, ChildTask } from './kafka-child.js';
import { compareRates, printVerdict, type Measured } from './rates.js';
import { makeTopics, publishBaseline } from './topics.js';
import { Traffic, TRAFFIC } from './traffic.js';

const EVENTS = 400_000;
const PARTITIONS = 4;
/** Of which the client makes a batch for each partition. */
const RECORDS_A_SEND = 1000;
/** Longer than any of it takes: whatever does not come is not waited for. */
const PATIENCE = 180_000;
const CHILD = fileURLToPath(new URL('./kafka-child.js', import.meta.url));

/** Events a second from a real Kafka: through the sketcher alone, and through the whole pipeline into an embedded store. */
export async function benchKafka(print: (line: string) => void): Promise<void> {
  let parts: RealParts;
  try {
    parts = await realParts();
  } catch (error) {
    print(`kafka: not run. ${error instanceof Error ? error.message : String(error)}`);
    return;
  }
  const log = await KafkaLog.connect({ brokers: parts.brokers, clientId: 'bench' });
  try {
    const bench = new KafkaBench(parts, log, new ConfluentRegistry({ url: parts.registryUrl }));
    const bytes = await bench.load();
    print(
      `kafka: ${EVENTS} events of ${bytes} B in ${PARTITIONS} partitions of a real Kafka, uncompressed; ${TRAFFIC}; each service in a process of its own that commits each second, the broker on the same machine; median of 3 rounds (least to greatest)`,
    );
    const [sketcher] = await compareRates(
      [
        { name: 'sketcher, all events', run: () => bench.sketcher(false) },
        { name: 'sketcher, and 5 segments', run: () => bench.sketcher(true) },
        { name: 'whole pipeline, all events', run: () => bench.pipeline() },
        { name: 'kafkajs and avsc, an object an event', run: () => bench.reading('decode') },
        { name: 'kafkajs alone', run: () => bench.reading('read') },
      ],
      { rounds: 3, warmUps: 0 },
      print,
    );
    print("  the pipeline's processor time is its sketcher's and its detector's; the broker's is in none of these");
    printVerdict(sketcher, print);
  } finally {
    await log.close();
    await parts.release();
  }
}

class KafkaBench {
  readonly #events = `bench-${randomBytes(4).toString('hex')}-events`;
  #runs = 0;

  constructor(
    private readonly parts: RealParts,
    private readonly log: Log,
    private readonly registry: SchemaRegistry,
  ) {}

  /** Fills the topic that all runs read. @returns the bytes of an event. */
  async load(): Promise<number> {
    await makeTopics(this.log, { ...topicsOf(`${this.#events}-`), events: this.#events }, PARTITIONS);
    const traffic = await Traffic.open(this.registry);
    const producer = await this.log.producer();
    const send = (values: readonly Buffer[]): Promise<void> =>
      producer.send(values.map((value, i) => ({ topic: this.#events, partition: i % PARTITIONS, key: null, value })));
    let bytes = 0;
    for (let at = 0; at < EVENTS; at += RECORDS_A_SEND) {
      const messages = traffic.next(RECORDS_A_SEND);
      bytes = messages[0].length;
      await send(messages);
    }
    await send(Array.from({ length: PARTITIONS }, () => traffic.closing()));
    await producer.close();
    return bytes;
  }

  /** From the first batch to the last. */
  async reading(part: 'read' | 'decode'): Promise<Measured> {
    const child = new Child(this.#task(part));
    try {
      await child.reached(EVENTS + PARTITIONS);
    } finally {
      await child.stop();
    }
    return between(child.progress[0], child.progress[child.progress.length - 1]);
  }

  /** From the first commit to the last, as the group's committed offsets tell. */
  async sketcher(sliced: boolean): Promise<Measured> {
    const task = await this.#newTopics(sliced);
    const child = new Child(task);
    try {
      const { first, last } = await this.#committed(child, task.group);
      const cpu = between(child.progress[0], child.progress[child.progress.length - 1]);
      // The child's own account starts with the very commit that was seen first, or one soon after it.
      const cpuSeconds = (cpu.cpuSeconds * (last.events - first.events)) / cpu.events;
      return { events: last.events - first.events, seconds: (last.at - first.at) / 1000, cpuSeconds };
    } finally {
      await child.stop();
    }
  }

  /** From the sketcher's first commit until the store has every event in its panes. */
  async pipeline(): Promise<Measured> {
    const task = await this.#newTopics(false);
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
    const detector = new Child({ ...task, part: 'detector', group: `${task.prefix}detector`, folder });
    let sketcher: Child | null = null;
    try {
      await detector.started;
      sketcher = new Child(task);
      await Promise.race([detector.reached(EVENTS), sketcher.failed]);
      const [first] = sketcher.progress;
      const end = detector.progress[detector.progress.length - 1];
      if (end.events !== EVENTS) throw new Error(`The panes in the store count ${end.events} of ${EVENTS} events`);
      const [{ cpuSeconds: before }] = detector.progress;
      const sketching = between(first, sketcher.progress[sketcher.progress.length - 1]);
      const cpuSeconds = sketching.cpuSeconds + end.cpuSeconds - before;
      return { events: EVENTS - first.events, seconds: (end.at - first.at) / 1000, cpuSeconds };
    } finally {
      await sketcher?.stop();
      await detector.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  }

  async #newTopics(sliced: boolean): Promise<ChildTask> {
    const task = { ...this.#task('sketcher'), sliced };
    const topics = { ...topicsOf(task.prefix), events: this.#events };
    await makeTopics(this.log, topics, PARTITIONS);
    await publishBaseline(this.log, this.registry, topics);
    return task;
  }

  #task(part: ChildTask['part']): ChildTask {
    const { brokers, registryUrl } = this.parts;
    const prefix = `${this.#events}-${++this.#runs}-`;
    const group = `${prefix}${part}`;
    return { part, brokers, registryUrl, events: this.#events, prefix, group, sliced: false, folder: '' };
  }

  async #committed(child: Child, group: string) {
    let first: Committed | null = null;
    for (const deadline = Date.now() + PATIENCE; Date.now() < deadline;) {
      const offsets = await Promise.race([child.failed, this.log.committed(group, this.#events)]);
      // Offsets count the events before them: nothing but events is in the topic.
      const last = { at: Date.now(), events: [...offsets.values()].reduce((sum, offset) => sum + offset, 0) };
      if (last.events > 0) first ??= last;
      if (first !== null && last.events === EVENTS + PARTITIONS) return { first, last };
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`The sketcher did not commit ${EVENTS} events within ${PATIENCE} ms`);
  }
}

interface Committed {
  readonly at: number;
  readonly events: number;
}

function between(first: ChildProgress, last: ChildProgress): Measured {
  return {
    events: last.events - first.events,
    seconds: (last.at - first.at) / 1000,
    cpuSeconds: last.cpuSeconds - first.cpuSeconds,
  };
}

/** A part of the bench in its own process. */
class Child {
  readonly progress: ChildProgress[] = [];
  readonly started: Promise<void>;
  /** Rejects when it ends without having been told to; never resolves. */
  readonly failed: Promise<never>;
  readonly #process: ChildProcess;
  readonly #exited: Promise<void>;
  #stopping = false;

  constructor(private readonly task: ChildTask) {
    const environment = { ...process.env, TIDEMARK_BENCH_TASK: JSON.stringify(task) };
    this.#process = fork(CHILD, { env: environment, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#exited = new Promise((resolve) => this.#process.once('exit', () => resolve()));
    this.failed = this.#exited.then(() =>
      this.#stopping ? new Promise<never>(() => undefined) : Promise.reject(new Error(`The ${task.part} ended`)),
    );
    this.failed.catch(() => undefined);
    this.started = Promise.race([
      this.failed,
      new Promise<void>((resolve) =>
        this.#process.on('message', (message: ChildProgress | 'started') => {
          if (message === 'started') resolve();
          else this.progress.push(message);
        }),
      ),
    ]);
    this.started.catch(() => undefined);
  }

  /** Until it has told of so many events. */
  async reached(events: number): Promise<void> {
    for (const deadline = Date.now() + PATIENCE; Date.now() < deadline;) {
      if ((this.progress[this.progress.length - 1]?.events ?? 0) >= events) return;
      await Promise.race([this.failed, new Promise((resolve) => setTimeout(resolve, 25))]);
    }
    throw new Error(`The ${this.task.part} did not come to ${events} events within ${PATIENCE} ms`);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#process.connected) this.#process.send('stop');
    const patience = setTimeout(() => this.#process.kill('SIGKILL'), 20_000);
    await this.#exited;
    clearTimeout(patience);
  }
}
