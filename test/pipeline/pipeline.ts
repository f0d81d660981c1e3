import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultMonitor, RecordWriter, topicsOf, type SchemaRegistry } from '@tidemark/contracts';
import { aggregatesIn, startDetector } from '@tidemark/detector';
import { baselineKey, type Monitor } from '@tidemark/monitoring';
import { startSketcher } from '@tidemark/sketcher';
import { migrate, Store } from '@tidemark/store';
import type { Log, OutRecord } from '@tidemark/transport';
import { baselinesOf, START, type Message } from './stream.js';

const MINUTE = 60_000;

/** The monitor of the test streams: panes of a minute, windows of five, sliced by country. */
export const MONITOR: Monitor = {
  ...defaultMonitor(),
  segments: [['country']],
  windows: [{ size: 5 * MINUTE, slide: 5 * MINUTE, origin: 0 }],
};

export interface PipelineOptions {
  /** A log for each service and for the test, so that they share nothing but the brokers. */
  readonly openLog: () => Promise<Log>;
  readonly registry: SchemaRegistry;
  readonly sketchers: number;
  readonly partitions: number;
  readonly prefix: string;
}

/** What a run left in the store and in the dead letters' topic. */
export interface PipelineResult {
  /** Aggregates by stream, segment, column and pane, summed over parts. */
  readonly aggregates: readonly Record<string, unknown>[];
  readonly deadLetters: readonly Buffer[];
}

/**
 * Runs messages through sketchers, a detector and an embedded store, until every pane of them is closed.
 *
 * @param extra further records of the event topic, written among the messages. @param deadLetters how many there must be.
 */
export async function runPipeline(
  messages: readonly Message[],
  options: PipelineOptions,
  extra: readonly Omit<OutRecord, 'topic'>[] = [],
): Promise<PipelineResult> {
  const { openLog, registry, partitions } = options;
  const topics = topicsOf(options.prefix);
  const log = await openLog();
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-pipeline-'));
  const store = await Store.open({ kind: 'embedded', path: folder, database: 'tidemark' });
  const logs = [log];
  const another = async () => {
    const opened = await openLog();
    logs.push(opened);
    return opened;
  };
  try {
    await migrate(store);
    await log.ensureTopics([
      { topic: topics.events, partitions, maxMessageBytes: 12 << 20 },
      { topic: topics.partials, partitions },
      { topic: topics.driftEvents, partitions: 1 },
      { topic: topics.deadLetters, partitions: 1, maxMessageBytes: 12 << 20 },
      { topic: topics.baselines, partitions: 1, compacted: true },
      { topic: topics.monitors, partitions: 1, compacted: true },
      { topic: topics.labelingState, partitions: 1, compacted: true },
      { topic: topics.detectorState, partitions, compacted: true },
    ]);
    const producer = await log.producer();
    const writer = await RecordWriter.open(registry, ['Baseline']);
    const baselines = await baselinesOf(MONITOR);
    await producer.send(
      baselines.map((baseline) => ({
        topic: topics.baselines,
        key: baselineKey(baseline),
        value: writer.encode('Baseline', baseline),
      })),
    );

    const common = {
      registry,
      monitors: [MONITOR].map((monitor) => ({ ...monitor, model: '*' })),
      topics,
      now: Date.now,
    };
    const watermarks = new Array<number>(partitions).fill(-Infinity);
    const detector = await startDetector({
      ...common,
      log: await another(),
      store: aggregatesIn(store),
      group: `${options.prefix}detector`,
      flushInterval: 200,
      onFlush: (partition, _, { watermark }) => (watermarks[partition] = watermark),
    });
    const sketchers = [];
    for (let index = 0; index < options.sketchers; index++) {
      const settings = { group: `${options.prefix}sketcher`, commitInterval: 200, idleTimeout: 60_000 };
      sketchers.push(await startSketcher({ ...common, ...settings, log: await another() }));
    }

    const batch = 500;
    for (let at = 0; at < messages.length; at += batch) {
      const records = messages.slice(at, at + batch).map((message) => ({ topic: topics.events, ...message }));
      await producer.send(records);
    }
    for (const record of extra) await producer.send([{ topic: topics.events, ...record }]);
    // An event of each model long after its others, in each partition, closes all of its panes before it; those of the model `end` move the time
    // of partitions whose models have no events there.
    const end = START + 600 * MINUTE;
    const closing = ['end', 'churn', 'fraud'].flatMap((model) =>
      Array.from({ length: partitions }, (_, partition) => {
        const event_id = `${model}-end-${partition}`;
        const event = { event_id, model, version: 'end', event_time: end, features: { x: 1 } };
        return { topic: topics.events, partition, key: null, value: Buffer.from(JSON.stringify(event)) };
      }),
    );
    await producer.send(closing);

    const services = [detector, ...sketchers];
    const failed = Promise.race(
      services.map((service) => service.done.then(() => Promise.reject(new Error('stopped')))),
    );
    // Each partition of the partials has its own models: all of them must have come to the end.
    while (Math.min(...watermarks) < end)
      await Promise.race([failed, new Promise((resolve) => setTimeout(resolve, 50))]);
    for (const service of services) await service.stop();
    failed.catch(() => undefined);

    const deadLetters: Buffer[] = [];
    const follower = await log.follow(topics.deadLetters, ({ value }) => void deadLetters.push(value!));
    await follower.stop();
    return { aggregates: await aggregatesOf(store), deadLetters };
  } finally {
    await Promise.all(logs.map((each) => each.close()));
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function aggregatesOf(store: Store): Promise<Record<string, unknown>[]> {
  return store.query(
    `SELECT model, version, role, segment_dimension, segment_value, column, toString(pane_start) AS pane, bin_layout,
       sum(events) AS events, sum(values) AS values, sum(nulls) AS nulls, sum(nans) AS nans, sum(type_errors) AS type_errors,
       sum(out_of_range) AS out_of_range, sumForEach(bins) AS bins, any(baseline_id) AS baseline,
       min(min) AS least, max(max) AS greatest, sumMap(categories) AS categories, arraySum(maxForEach(distinct_registers)) AS registers
     FROM tidemark.pane_columns WHERE version != 'end'
     GROUP BY model, version, role, segment_dimension, segment_value, column, pane, bin_layout
     ORDER BY model, version, role, segment_dimension, segment_value, column, pane, bin_layout`,
  );
}
