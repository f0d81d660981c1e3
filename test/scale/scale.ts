import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfluentRegistry, RecordWriter, topicsOf, type Topics } from '@tidemark/contracts';
import { baselineKey, type Baseline, type Monitor } from '@tidemark/monitoring';
import { migrate, Store } from '@tidemark/store';
import { KafkaLog, partitionOf, type OutRecord, type Producer } from '@tidemark/transport';
import { closedAt, closingBaseline, closingMonitor, windowOf, type Shape } from '../bench/closing.js';
import { FrontProcess } from '../faults/front-process.js';
import type { RealParts } from '../real/real-parts.js';
import { DetectorProcess } from './detector-process.js';
import type { DetectorTask } from './detector-child.js';

export interface ScaleOptions {
  readonly models: number;
  readonly detectors: number;
  /** Of the partials. */
  readonly partitions: number;
  /** Windows that close of every model before the detectors are started anew, and after it. */
  readonly closes: number;
  readonly shape: Shape;
}

/** What a close of all models' windows took. */
export interface Close {
  readonly name: string;
  /** From the watermark's record until every detector has committed it. */
  readonly seconds: number;
  /** Of all detectors together. */
  readonly cpuSeconds: number;
  /** Milliseconds for which a detector's event loop had no turn, at most; and without what it waited for a processor. */
  readonly longestBlock: number;
  readonly longestOwnBlock: number;
  /** Partitions that changed hands, or came back. */
  readonly takeovers: number;
  /** Models whose window was judged by its baseline. */
  readonly judged: number;
  readonly largestState: number;
  readonly mostState: number;
}

const PATIENCE = 20 * 60_000;

/** Closes windows of many models on a real Kafka, with detectors in processes of their own. */
export class Scale {
  readonly #topics: Topics;
  readonly #ends = new Map<number, number>();
  readonly #detectors: DetectorProcess[] = [];
  #takeovers = 0;
  #window = 0;

  private constructor(
    private readonly options: ScaleOptions,
    private readonly task: DetectorTask,
    private readonly log: KafkaLog,
    private readonly producer: Producer,
    private readonly writer: RecordWriter,
    private readonly baseline: Baseline,
    private readonly front: FrontProcess,
    private readonly folder: string,
  ) {
    this.#topics = topicsOf(task.prefix);
  }

  /** Makes topics, tables and a baseline for each model, and starts the detectors. */
  static async open(parts: RealParts, options: ScaleOptions): Promise<Scale> {
    const prefix = `scale${randomBytes(4).toString('hex')}-`;
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-scale-'));
    const front = await FrontProcess.start(join(folder, 'store'));
    const server = { kind: 'server', url: front.url, database: 'tidemark', username: 'default', password: '' } as const;
    const store = await Store.open(server);
    await migrate(store);
    await store.close();
    const log = await KafkaLog.connect({ brokers: parts.brokers, clientId: 'scale' });
    const topics = topicsOf(prefix);
    const { partitions } = options;
    await log.ensureTopics([
      { topic: topics.partials, partitions },
      { topic: topics.driftEvents, partitions: 1 },
      { topic: topics.deadLetters, partitions: 1 },
      { topic: topics.baselines, partitions: 1, compacted: true, maxMessageBytes: 8 << 20 },
      { topic: topics.monitors, partitions: 1, compacted: true },
      { topic: topics.detectorState, partitions, compacted: true, maxMessageBytes: 8 << 20 },
    ]);
    const registry = new ConfluentRegistry({ url: parts.registryUrl });
    const writer = await RecordWriter.open(registry, ['Baseline', 'SketchPartial', 'SourceWatermark']);
    const monitor: Monitor = closingMonitor(options.shape);
    const baseline = closingBaseline(monitor, 'm', 1, options.shape);
    const { brokers, registryUrl } = parts;
    const task = { brokers, registryUrl, storeUrl: front.url, prefix, group: `${prefix}detectors`, monitor };
    const producer = await log.producer();
    const scale = new Scale(options, task, log, producer, writer, baseline, front, folder);
    await scale.#publishBaselines();
    for (let at = 0; at < options.detectors; at++) scale.#detectors.push(await DetectorProcess.start(task));
    await scale.#settled();
    return scale;
  }

  /** Publishes a window of every model, and waits until all have closed and been committed. */
  async close(name: string): Promise<Close> {
    const at = this.#window++;
    const { models, partitions, shape } = this.options;
    const partials = windowOf('m', this.baseline, at, 7 + at, shape);
    const named = new Map<number, string[]>();
    for (let model = 0; model < models; model++) {
      const stream = { model: `m${model}`, version: '1', role: 'champion' } as const;
      const partition = partitionOf(Buffer.from(stream.model), partitions);
      named.set(partition, [...(named.get(partition) ?? []), stream.model]);
      const baselineId = idOf(this.baseline, model);
      await this.#send(
        partials.map((partial) => {
          const value = { ...partial, baselineId, pane: { ...partial.pane, stream } };
          return {
            topic: this.#topics.partials,
            partition,
            key: null,
            value: this.writer.encode('SketchPartial', value),
          };
        }),
      );
    }
    await this.#taken();
    const watermark = closedAt(at);
    const source = { sourcePartition: 0, sourcePartitions: 1, watermark, idleFor: 0 };
    const reader = { clock: watermark, since: watermark, idleTimeout: 60_000, partialsPartitions: partitions };
    const started = performance.now();
    await this.#send(
      Array.from({ length: partitions }, (_, partition) => {
        const own = (named.get(partition) ?? []).map((model) => ({ model, watermark }));
        const value = this.writer.encode('SourceWatermark', { ...source, reader: { ...reader, models: own } });
        return { topic: this.#topics.partials, partition, key: null, value };
      }),
    );
    await this.#committed();
    const seconds = (performance.now() - started) / 1000;
    return { name, seconds, ...(await this.#reports()) };
  }

  /** Starts all detectors anew, in the same process or in another one. @returns seconds until all partitions are theirs again. */
  async restart(where: 'in-process' | 'new-process'): Promise<number> {
    const started = performance.now();
    if (where === 'in-process') await Promise.all(this.#detectors.map((detector) => detector.restart()));
    else {
      for (const [at, detector] of this.#detectors.entries()) {
        await detector.stop();
        this.#detectors[at] = await DetectorProcess.start(this.task);
      }
    }
    const settled = await this.#settled();
    return (settled - started) / 1000;
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.#detectors.map((detector) => detector.stop()));
    await this.log.close();
    await this.front.stop();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  async #publishBaselines(): Promise<void> {
    for (let at = 0; at < this.options.models; at++) {
      const baseline = { ...this.baseline, model: `m${at}`, id: idOf(this.baseline, at) };
      const value = this.writer.encode('Baseline', baseline);
      await this.producer.send([{ topic: this.#topics.baselines, key: baselineKey(baseline), value }]);
    }
  }

  async #send(records: readonly OutRecord[]): Promise<void> {
    await this.producer.send(records);
    for (const { partition = 0 } of records) this.#ends.set(partition, (this.#ends.get(partition) ?? 0) + 1);
  }

  /** Until the detectors have taken in all that was sent. */
  async #taken(): Promise<void> {
    await this.#until(async () => {
      const reports = await Promise.all(this.#detectors.map((each) => each.report()));
      return [...this.#ends].every(([partition, end]) => {
        return reports.some(({ positions }) => positions.some((each) => each[0] === partition && each[1] >= end));
      });
    });
  }

  /** Until the group has committed all that was sent: nothing is open, and all has been written. */
  async #committed(): Promise<void> {
    await this.#until(async () => {
      const offsets = await this.log.committed(this.task.group, this.#topics.partials);
      return [...this.#ends].every(([partition, end]) => (offsets.get(partition) ?? 0) >= end);
    });
  }

  async #until(done: () => Promise<boolean>): Promise<void> {
    for (const deadline = Date.now() + PATIENCE; !(await done());) {
      if (Date.now() > deadline) throw new Error('The detectors did not come to the end of the partials');
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** Until no partition has changed hands for a while. @returns when the last one did. */
  async #settled(): Promise<number> {
    let [known, since] = [-1, performance.now()];
    for (;;) {
      const takeovers = (await Promise.all(this.#detectors.map((each) => each.report()))).reduce(
        (sum, each) => sum + each.takeovers,
        0,
      );
      if (takeovers !== known) [known, since] = [takeovers, performance.now()];
      else if (known >= this.options.partitions && performance.now() - since > 3000) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    this.#takeovers = known;
    return since;
  }

  async #reports() {
    const all = await Promise.all(this.#detectors.map((each) => each.report()));
    const sum = (figure: (of: (typeof all)[number]) => number): number =>
      all.reduce((total, each) => total + figure(each), 0);
    const takeovers = sum((each) => each.takeovers);
    const told = {
      cpuSeconds: sum((each) => each.cpuSeconds),
      longestBlock: Math.max(...all.map((each) => each.longestBlock)),
      longestOwnBlock: Math.max(...all.map((each) => each.longestOwnBlock)),
      takeovers: takeovers - this.#takeovers,
      judged: sum((each) => each.judged),
      largestState: Math.max(...all.map((each) => each.largestState)),
      mostState: Math.max(...all.map((each) => each.mostState)),
    };
    this.#takeovers = takeovers;
    return told;
  }
}

function idOf({ id }: Baseline, model: number): string {
  return `${id}-${model}`;
}
