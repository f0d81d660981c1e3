import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { baselineKey, baselineOf, type Baseline } from '@tidemark/monitoring';
import { ColumnSketch } from '@tidemark/sketches';
import {
  eventOf,
  expectedTotals,
  GROUP,
  Installation,
  MINUTE,
  PARTIALS_PARTITIONS,
  SOURCE_PARTITIONS,
  START,
  totalsOf,
  until,
} from './installation.js';

/** A baseline of the feature `n` with the given edges. */
function baselineWith(edges: readonly number[], createdAt: number): Baseline {
  const sketch = ColumnSketch.empty('n', 'numeric', {
    type: 'numeric',
    min: 0,
    max: 1000,
    edges: Float64Array.from(edges),
  });
  for (let n = 0; n < 1000; n++) sketch.addNumber(n);
  const identity = { model: 'm', version: '1', createdAt, source: 'test', periodStart: null, periodEnd: null };
  return baselineOf(identity, 1000, [sketch]);
}

describe('A commit of the sketcher', () => {
  it('writes partials by segment, and the watermark to every partition of the partials after them', async () => {
    const installation = await new Installation().open();
    const events = Array.from({ length: 1000 }, (_, n) => eventOf(n));
    await installation.publishEvents(events, 2);
    const sketcher = await installation.start();
    await installation.drained();
    await sketcher.stop();

    const records = await installation.partials();
    assert.deepEqual(totalsOf(records), expectedTotals(1000));
    const ofAustria = records.flatMap((record) =>
      'partial' in record && record.partial.pane.segment.value === 'AT' ? [record.partial.events] : [],
    );
    assert.equal(
      ofAustria.reduce((sum, count) => sum + count, 0),
      334,
      'the segment holds its own events',
    );
    for (let partition = 0; partition < PARTIALS_PARTITIONS; partition++) {
      const marks = records.flatMap((record) =>
        record.partition === partition && 'watermark' in record && record.watermark.sourcePartition === 2
          ? [record]
          : [],
      );
      const greatest = Math.max(...marks.map(({ watermark }) => watermark.watermark));
      assert.equal(greatest, START + 999 * 100);
      assert.equal(marks[0].watermark.sourcePartitions, SOURCE_PARTITIONS);
      const before = marks.find(({ watermark }) => watermark.watermark === greatest)?.offset ?? -1;
      const partials = records.filter((record) => record.partition === partition && 'partial' in record);
      assert.ok(
        partials.every(({ offset }) => offset < before),
        'what a watermark closes has been written before it',
      );
    }
    await installation.log.close();
  });

  it('says in each partition of the partials how far those models have come whose partials it has', async () => {
    const installation = await new Installation().open();
    const models = Array.from({ length: 20 }, (_, n) => `m${n}`);
    const events = models.map((model, n) => ({ ...eventOf(n), model }));
    await installation.publishEvents(events, 1);
    const before = Date.now();
    const sketcher = await installation.start();
    await installation.drained();
    await sketcher.stop();

    const records = await installation.partials();
    const said = new Map<string, readonly [partition: number, watermark: number]>();
    for (const record of records) {
      if (!('watermark' in record)) continue;
      const { reader } = record.watermark;
      assert.ok(reader !== undefined && reader.since >= before && reader.clock >= reader.since);
      assert.deepEqual([reader.idleTimeout, reader.partialsPartitions], [60_000, PARTIALS_PARTITIONS]);
      for (const { model, watermark } of reader.models) said.set(model, [record.partition, watermark]);
    }
    assert.deepEqual([...said.keys()].sort(), [...models].sort());
    for (const record of records) {
      if (!('partial' in record)) continue;
      const { stream } = record.partial.pane;
      assert.deepEqual(said.get(stream.model), [record.partition, START + Number(stream.model.slice(1)) * 100]);
    }
    assert.ok(new Set([...said.values()].map(([partition]) => partition)).size > 1);
    await installation.log.close();
  });

  it('announces partitions that never had a record, so that windows need not wait to hear of them', async () => {
    const installation = await new Installation().open();
    const sketcher = await installation.start();
    await until(() => installation.log.committedContents.length >= SOURCE_PARTITIONS);
    await sketcher.stop();
    const records = await installation.partials();
    const heard = records.flatMap((record) => ('watermark' in record ? [record.watermark] : []));
    assert.deepEqual([...new Set(heard.map(({ sourcePartition }) => sourcePartition))].sort(), [0, 1, 2, 3]);
    assert.ok(heard.every(({ watermark }) => watermark === -Infinity));
    await installation.log.close();
  });

  it('keeps what it cannot read with its bytes, key, place and reason, and counts the rest exactly', async () => {
    const installation = await new Installation().open();
    const good = installation.encode('InferenceEvent', eventOf(0));
    const faulty: readonly (readonly [reason: string, value: Buffer | null])[] = [
      ['bad_magic', Buffer.from([7, 1, 2, 3])],
      ['unknown_schema', Buffer.concat([Buffer.from([0, 0, 0, 99, 99]), good.subarray(5)])],
      ['truncated', good.subarray(0, good.length - 3)],
      ['wrong_type', Buffer.from(JSON.stringify({ event_id: 'x', model: 'm', version: '1', event_time: true }))],
      ['empty', Buffer.alloc(0)],
    ];
    const records = faulty.flatMap(([reason, value], index) => [
      { value: installation.encode('InferenceEvent', eventOf(index)), partition: 1 },
      { value, key: reason, partition: 1 },
    ]);
    await installation.publish(records);
    const commits: string[] = [];
    const sketcher = await installation.start({
      onCommit: (_, { deadLetters }) => commits.push(...deadLetters.map(({ reason }) => reason)),
    });
    await installation.drained();
    await sketcher.stop();

    const letters = await installation.deadLetters();
    assert.deepEqual(
      letters.map(({ topic, partition, offset, key, reason }) => ({ topic, partition, offset, key, reason })),
      faulty.map(([reason], index) => ({
        topic: installation.topics.events,
        partition: 1,
        offset: String(2 * index + 1),
        key: Buffer.from(reason),
        reason,
      })),
    );
    letters.forEach(({ value, valueBytes, detail, rejectedBy, timestamp }, index) => {
      assert.deepEqual(value, faulty[index][1], 'the original bytes');
      assert.equal(valueBytes, faulty[index][1]?.length);
      assert.notEqual(detail, '');
      assert.equal(rejectedBy, 'sketcher');
      assert.ok(timestamp > 0);
    });
    assert.deepEqual(
      commits,
      letters.map(({ reason }) => reason),
      'the report of the commit tells of them',
    );
    assert.deepEqual(totalsOf(await installation.partials()), expectedTotals(faulty.length));
    await installation.log.close();
  });

  it('is one transaction: broken off, nothing of it is seen and the offset stays', async () => {
    const installation = await new Installation().open();
    await installation.publishEvents(Array.from({ length: 100 }, (_, n) => eventOf(n)));
    await installation.publish([{ value: Buffer.from('no event'), key: 'k' }]);
    installation.log.beforeCommit = () => {
      throw new Error('the power fails');
    };
    const broken = await installation.start();
    await assert.rejects(broken.done, /the power fails/);
    assert.deepEqual(await installation.recordsOf(installation.topics.partials), []);
    assert.deepEqual(await installation.recordsOf(installation.topics.deadLetters), []);
    assert.deepEqual(await installation.log.committed(GROUP, installation.topics.events), new Map());

    installation.log.beforeCommit = () => undefined;
    const sketcher = await installation.start();
    await installation.drained();
    await sketcher.stop();
    assert.deepEqual(totalsOf(await installation.partials()), expectedTotals(100));
    assert.equal((await installation.deadLetters()).length, 1);
    // Whatever wrote a partial or a dead letter moved the offset in the same transaction, and told how far time has come.
    for (const { records, consumed } of installation.log.committedContents) {
      const topics = records.map(({ topic }) => topic);
      assert.equal(records.filter(({ partition }) => partition !== undefined).length, PARTIALS_PARTITIONS);
      if (topics.length > PARTIALS_PARTITIONS) assert.equal(consumed?.offsets.size, 1);
    }
    await installation.log.close();
  });

  it('goes on telling of an idle partition, and for how long it has been idle', async () => {
    const installation = await new Installation().open();
    let now = START + MINUTE;
    await installation.publishEvents([eventOf(0)], 0);
    const sketcher = await installation.start({ now: () => now, idleTimeout: 30_000 });
    const commits = () => installation.log.committedContents.length;
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(commits(), 0, 'the commit interval has not passed on its clock');
    now += 1000;
    await until(() => commits() === SOURCE_PARTITIONS);
    now += 20_000;
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(commits(), SOURCE_PARTITIONS, 'nothing to say before the timeout');
    now += 20_000;
    await until(() => commits() === 2 * SOURCE_PARTITIONS);
    now += 10_000;
    await until(() => commits() === 3 * SOURCE_PARTITIONS);
    await sketcher.stop();

    const records = await installation.partials();
    const told = records.flatMap((record) =>
      'watermark' in record && record.partition === 0 && record.watermark.sourcePartition === 0
        ? [record.watermark]
        : [],
    );
    assert.deepEqual(
      told.slice(0, 3).map(({ idleFor }) => idleFor),
      [0, 41_000, 51_000],
    );
    assert.ok(told.every(({ watermark }) => watermark === START));
    await installation.log.close();
  });

  it('counts in the bins of a new baseline as soon as it is published', async () => {
    const installation = await new Installation().open();
    const first = baselineWith([250, 500, 750], START);
    const second = baselineWith([100, 900], START + 1);
    for (const baseline of [first, second]) installation.book.add(baseline);
    const publishBaseline = async (baseline: Baseline) => {
      const producer = await installation.log.producer();
      const value = installation.encode('Baseline', baseline);
      await producer.send([{ topic: installation.topics.baselines, key: baselineKey(baseline), value }]);
    };
    await publishBaseline(first);
    await installation.publishEvents(
      Array.from({ length: 500 }, (_, n) => eventOf(n)),
      0,
    );
    const sketcher = await installation.start();
    await installation.drained();
    await publishBaseline(second);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await installation.publishEvents(
      Array.from({ length: 500 }, (_, n) => eventOf(n + 500)),
      0,
    );
    await installation.drained();
    await sketcher.stop();

    const bins = new Map<string | null, number[]>();
    for (const record of await installation.partials()) {
      if (!('partial' in record) || record.partial.pane.segment.dimension !== '') continue;
      const counts = [...(record.partial.columns.find(({ name }) => name === 'n')?.bins ?? [])];
      const sum = bins.get(record.partial.baselineId);
      bins.set(record.partial.baselineId, sum === undefined ? counts : sum.map((count, bin) => count + counts[bin]));
    }
    assert.deepEqual(
      bins,
      new Map([
        [first.id, [250, 250, 0, 0]],
        [second.id, [0, 400, 100]],
      ]),
    );
    await installation.log.close();
  });
});
