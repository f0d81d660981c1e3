import { RecordWriter, type SchemaRegistry, type Topics } from '@tidemark/contracts';
import { baselineKey } from '@tidemark/monitoring';
import type { Log } from '@tidemark/transport';
import { benchBaseline } from './traffic.js';

export async function makeTopics(log: Log, topics: Topics, partitions: number): Promise<void> {
  await log.ensureTopics([
    { topic: topics.events, partitions },
    { topic: topics.partials, partitions },
    { topic: topics.driftEvents, partitions: 1 },
    { topic: topics.deadLetters, partitions: 1 },
    { topic: topics.baselines, partitions: 1, compacted: true },
    { topic: topics.monitors, partitions: 1, compacted: true },
    { topic: topics.labelingState, partitions: 1, compacted: true },
    { topic: topics.detectorState, partitions, compacted: true },
  ]);
}

/** Puts the benches' baseline where the services find it when they start. */
export async function publishBaseline(log: Log, registry: SchemaRegistry, topics: Topics): Promise<void> {
  const baseline = await benchBaseline(registry);
  const writer = await RecordWriter.open(registry, ['Baseline']);
  const producer = await log.producer();
  const value = writer.encode('Baseline', baseline);
  await producer.send([{ topic: topics.baselines, key: baselineKey(baseline), value }]);
  await producer.close();
}
