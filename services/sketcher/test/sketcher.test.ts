import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ContractsError, type SchemaRegistry } from '@tidemark/contracts';
import { TransportError } from '@tidemark/transport';
import type { CommitReport } from '../src/index.js';
import { eventOf, expectedTotals, GROUP, Installation, totalsOf, until } from './installation.js';

describe('A sketcher', () => {
  it('loses and doubles nothing while others come and go', async () => {
    const installation = await new Installation().open();
    const shares = [0, 0, 0];
    const counting = (sketcher: number) => ({
      onCommit: (_: number, { records }: CommitReport) => {
        shares[sketcher] += records;
      },
    });
    let published = 0;
    const publishSome = async (batches: number) => {
      for (let batch = 0; batch < batches; batch++) {
        const events = Array.from({ length: 250 }, () => eventOf(published++));
        await installation.publishEvents(events);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    };
    const first = await installation.start(counting(0));
    await publishSome(20);
    const second = await installation.start(counting(1));
    await publishSome(20);
    await first.stop();
    const third = await installation.start(counting(2));
    await publishSome(20);
    await installation.drained();
    await Promise.all([second.stop(), third.stop()]);

    assert.deepEqual(totalsOf(await installation.partials()), expectedTotals(published));
    assert.ok(
      shares.every((share) => share > 0),
      `all three had their share: ${shares.join()}`,
    );
    assert.equal(
      shares.reduce((sum, share) => sum + share, 0),
      published,
    );
    await installation.log.close();
  });

  it('stops with the error of what it needs, and its successor reads the uncommitted records again', async () => {
    const installation = await new Installation().open();
    let reachable = true;
    const registry: SchemaRegistry = {
      register: (subject, schema) => installation.registry.register(subject, schema),
      schemaOf: (id) =>
        reachable
          ? installation.registry.schemaOf(id)
          : Promise.reject(new ContractsError('registry-unreachable', 'the registry does not answer')),
    };
    await installation.publishEvents(Array.from({ length: 500 }, (_, n) => eventOf(n)));
    const first = await installation.start({ registry });
    await installation.drained();
    reachable = false;
    // Records of a schema not yet known come in the midst of others: those before them have been folded, but not committed.
    const unknown = Buffer.from([0, 0, 0, 3, 232, 1]);
    const rest = Array.from({ length: 500 }, (_, n) => ({
      value: installation.encode('InferenceEvent', eventOf(500 + n)),
    }));
    await installation.publish([...rest.slice(0, 250), { value: unknown }, ...rest.slice(250)]);
    await assert.rejects(first.done, { code: 'registry-unreachable', retriable: true });

    reachable = true;
    const second = await installation.start({ registry });
    await installation.drained();
    await second.stop();
    assert.deepEqual(totalsOf(await installation.partials()), expectedTotals(1000));
    assert.deepEqual(
      (await installation.deadLetters()).map(({ reason }) => reason),
      ['unknown_schema'],
    );
    await installation.log.close();
  });

  it('writes what it has read when it is stopped, however long the commit interval', async () => {
    const installation = await new Installation().open();
    await installation.publishEvents(Array.from({ length: 100 }, (_, n) => eventOf(n)));
    const sketcher = await installation.start({ commitInterval: 100_000 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual(installation.log.committedContents, []);
    await sketcher.stop();
    await sketcher.done;
    assert.deepEqual(totalsOf(await installation.partials()), expectedTotals(100));
    await installation.log.close();
  });

  it('stops as soon as another has taken over its transactional id, and writes nothing any more', async () => {
    const installation = await new Installation().open();
    const sketcher = await installation.start();
    await until(() => installation.log.committedContents.length > 0);
    for (let partition = 0; partition < 4; partition++) {
      await installation.log.transactionalProducer(`tidemark-sketcher-${installation.topics.events}-${partition}`);
    }
    await installation.publishEvents(Array.from({ length: 100 }, (_, n) => eventOf(n)));
    await assert.rejects(sketcher.done, (error) => error instanceof TransportError && error.code === 'fenced');
    assert.deepEqual(totalsOf(await installation.partials()), new Map());
    await installation.log.close();
  });

  it('writes what it has read of the partitions that are still its own, though others have been fenced, as it lets go', async () => {
    const installation = await new Installation().open();
    const sketcher = await installation.start({ commitInterval: 100_000 });
    for (let partition = 0; partition < 4; partition++) {
      await installation.publishEvents(
        Array.from({ length: 25 }, (_, n) => eventOf(25 * partition + n)),
        partition,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual(installation.log.committedContents, []);
    const { events } = installation.topics;
    await installation.log.transactionalProducer(`tidemark-sketcher-${events}-0`);
    await sketcher.stop();
    await sketcher.done;
    const committed = await installation.log.committed(GROUP, events);
    assert.deepEqual(
      [...committed].sort(([a], [b]) => a - b),
      [1, 2, 3].map((partition) => [partition, 25]),
    );
    const successor = await installation.start();
    await installation.drained();
    await successor.stop();
    assert.deepEqual(totalsOf(await installation.partials()), expectedTotals(100));
    await installation.log.close();
  });

  it('tells of a committed offset that is not in the event topic, and reads the topic from its beginning', async () => {
    const installation = await new Installation().open();
    await installation.publishEvents(
      Array.from({ length: 30 }, (_, n) => eventOf(n)),
      2,
    );
    const { events } = installation.topics;
    const before = await installation.log.transactionalProducer('before');
    await before.commit({ records: [], consumed: { group: GROUP, topic: events, offsets: new Map([[2, 900]]) } });
    const told: unknown[] = [];
    const sketcher = await installation.start({ onOffsetOutOfRange: (report) => told.push(report) });
    await until(() => installation.log.committedContents.some(({ consumed }) => consumed?.offsets.get(2) === 30));
    await sketcher.stop();
    assert.deepEqual(told, [
      { service: 'sketcher', topic: events, partition: 2, position: 900, begin: 0, end: 30, continuedAt: 0 },
    ]);
    assert.deepEqual(totalsOf(await installation.partials()), expectedTotals(30));
    await installation.log.close();
  });

  it('stops when the baselines can no longer be followed, rather than counting in old bins for ever', async () => {
    const installation = await new Installation().open();
    let reachable = true;
    const registry: SchemaRegistry = {
      register: (subject, schema) => installation.registry.register(subject, schema),
      schemaOf: (id) =>
        reachable
          ? installation.registry.schemaOf(id)
          : Promise.reject(new ContractsError('registry-unreachable', 'the registry does not answer')),
    };
    const sketcher = await installation.start({ registry });
    reachable = false;
    const producer = await installation.log.producer();
    await producer.send([{ topic: installation.topics.baselines, key: 'm', value: Buffer.from([0, 0, 0, 0, 1, 0]) }]);
    await assert.rejects(sketcher.done, { code: 'registry-unreachable' });
    await installation.log.close();
  });

  it('names the topic that is missing', async () => {
    const installation = new Installation();
    await assert.rejects(installation.start(), { code: 'unknown-topic', message: /test\.baselines/ });
  });
});
