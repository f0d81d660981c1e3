import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { ConfluentRegistry, topicsOf } from '@tidemark/contracts';
import { ControlPublisher } from '@tidemark/control';
import { ALL_EVENTS, baselineOf, BaselineWindowsBuilder, countWidth, type Baseline } from '@tidemark/monitoring';
import { FollowedKnowledge } from '@tidemark/runtime';
import { ColumnSketch, deriveNumericLayout } from '@tidemark/sketches';
import { KafkaLog, type LogRecord } from '@tidemark/transport';
import { realParts, type RealParts } from './real-parts.js';

const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
/** As many as a monitor allows, and as many windows as a baseline keeps however wide it is. */
const COLUMNS = 2000;
const WINDOWS = 512;

describe('A baseline of 2,000 columns and 512 windows', { timeout: 180_000 }, () => {
  let parts: RealParts;
  before(async () => {
    parts = await realParts();
  });
  after(() => parts.release());

  test('is published to a topic that takes records of 8 MiB, and read as it was', async () => {
    const topics = topicsOf(`t${randomBytes(4).toString('hex')}-`);
    const registry = new ConfluentRegistry({ url: parts.registryUrl });
    const log = await KafkaLog.connect({ brokers: parts.brokers, clientId: 'wide-baseline' });
    after(() => log.close());
    await log.ensureTopics([
      { topic: topics.partials, partitions: 1 },
      { topic: topics.baselines, partitions: 1, compacted: true, maxMessageBytes: 8 << 20 },
      { topic: topics.monitors, partitions: 1, compacted: true },
    ]);
    const baseline = wideBaseline();
    const publisher = await ControlPublisher.open({ log, registry, topics, now: Date.now });
    after(() => publisher.close());
    await publisher.publishBaseline(baseline, { by: 'test', at: START, comment: '' });

    const unreadable: string[] = [];
    const knowledge = new FollowedKnowledge([]);
    const followed = knowledge.baselineTopic({
      ...{ topic: topics.baselines, registry, now: Date.now },
      onUnreadable: (_: LogRecord, reason: string) => void unreadable.push(reason),
    });
    const follower = await log.follow(topics.baselines, followed.onRecord);
    await follower.stop();
    assert.deepEqual(unreadable, []);
    const read = knowledge.baselineOf({ model: 'wide', version: '1', role: 'champion' });
    assert.equal(read?.id, baseline.id);
    assert.equal(read.windows?.segments[0].windows.length, WINDOWS);
    assert.deepEqual(read.windows?.segments[0].windows[99], baseline.windows?.segments[0].windows[99]);
  });
});

function wideBaseline(): Baseline {
  const values = Float64Array.from({ length: 1000 }, (_, at) => (at * 7919) % 1009);
  const columns = Array.from({ length: COLUMNS }, (_, at) => {
    const bare = ColumnSketch.empty(`column_${at}`, 'numeric', null);
    bare.addNumbers(values, values.length);
    const column = ColumnSketch.empty(bare.name, 'numeric', deriveNumericLayout(bare.digest!));
    column.merge(bare);
    return column;
  });
  const window = { size: 5 * MINUTE, slide: 5 * MINUTE, origin: 0 };
  const builder = new BaselineWindowsBuilder(window, columns);
  for (let at = 0; at < WINDOWS; at++) {
    const counts = columns.map((column, of) => {
      return Float64Array.from({ length: countWidth(column) }, (_, bin) => (at * 31 + of * 17 + bin * 101) % 300);
    });
    builder.add(ALL_EVENTS, { start: START + at * window.size, events: 3000, columns: counts });
  }
  const identity = {
    model: 'wide',
    version: '*',
    createdAt: START,
    source: 'test',
    periodStart: START,
    periodEnd: START,
  };
  return baselineOf(identity, 3000 * WINDOWS, columns, builder.build());
}
