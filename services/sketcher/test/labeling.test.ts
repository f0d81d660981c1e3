import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RecordReader } from '@tidemark/contracts';
import type { LabelingRequest, Monitor } from '@tidemark/monitoring';
import { decodeLabelingState } from '../src/labeling-state.js';
import { eventOf, GROUP, Installation } from './installation.js';

const HOUR = 3_600_000;

function eventsOf(count: number) {
  return Array.from({ length: count }, (_, n) => ({ ...eventOf(n), prediction: { score: (n % 100) / 100 } }));
}

function monitorOf({ monitor }: Installation): Monitor {
  const labeling = { budget: { count: 100, per: HOUR }, share: 0, uncertain: 0.3, drifted: 0.2, strata: ['country'] };
  return { ...monitor, labeling };
}

async function requestsOf(installation: Installation): Promise<LabelingRequest[]> {
  const reader = new RecordReader(installation.registry, { names: ['LabelingRequest'] });
  const requests: LabelingRequest[] = [];
  for (const { key, value } of await installation.recordsOf(installation.topics.labelingRequests)) {
    const read = await reader.read(value, Date.now());
    if (!read.ok || read.name !== 'LabelingRequest') throw new Error('no labelling request');
    assert.equal(key?.toString(), read.record.eventId);
    requests.push(read.record);
  }
  return requests.sort((a, b) => (a.eventId < b.eventId ? -1 : 1));
}

describe('The sketcher, asked for labels', () => {
  it('requests the same events, once each, however often it is broken off', async () => {
    const events = eventsOf(6000);
    const unbroken = await new Installation().open();
    await unbroken.publishEvents(events);
    const whole = await unbroken.start({ monitors: [monitorOf(unbroken)] });
    await unbroken.drained();
    await whole.stop();
    const expected = await requestsOf(unbroken);
    assert.ok(expected.length > 20 && expected.length <= 100, `${expected.length}`);

    const broken = await new Installation().open();
    for (let part = 0; part < 6; part++) {
      await broken.publishEvents(events.slice(part * 1000, (part + 1) * 1000));
      let commits = 0;
      broken.log.beforeCommit = ({ consumed }) => {
        if (consumed !== undefined && ++commits > part % 4) throw new Error('the power fails');
      };
      const failing = await broken.start({ monitors: [monitorOf(broken)], commitInterval: 1 });
      await assert.rejects(failing.done, /the power fails/);
      broken.log.beforeCommit = () => undefined;
      const sketcher = await broken.start({ monitors: [monitorOf(broken)], commitInterval: 1 });
      await broken.drained();
      await sketcher.stop();
    }
    assert.deepEqual(await requestsOf(broken), expected);
    await unbroken.log.close();
    await broken.log.close();
  });

  it('writes what it spent with the offset that it has come to, and nothing of either where no label is asked for', async () => {
    const installation = await new Installation().open();
    await installation.publishEvents(eventsOf(500));
    const sketcher = await installation.start({ monitors: [monitorOf(installation)] });
    await installation.drained();
    await sketcher.stop();
    const { labelingState } = installation.topics;
    for (const { records, consumed } of installation.log.committedContents) {
      const states = records.filter(({ topic }) => topic === labelingState);
      assert.equal(states.length, consumed === undefined ? 0 : 1);
    }
    const newest = new Map(
      (await installation.recordsOf(labelingState)).map(({ key, value }) => [String(key), value!]),
    );
    const spent = [...newest.values()].flatMap((value) => decodeLabelingState(value, assert.fail));
    assert.equal(
      spent.reduce((sum, { ledger }) => sum + ledger.events, 0),
      500,
    );
    for (const [damaged, reason] of [
      ['{', /no JSON/],
      ['{"format":1}', /no list of streams/],
      ['{"format":2,"streams":[]}', /format 2; this version reads 1/],
      ['null', /format of none/],
    ] as const) {
      const told: string[] = [];
      assert.deepEqual(
        decodeLabelingState(Buffer.from(damaged), (why) => told.push(why)),
        [],
      );
      assert.equal(told.length, 1, damaged);
      assert.match(told[0], reason);
    }

    const silent = await new Installation().open();
    await silent.publishEvents(eventsOf(500));
    const plain = await silent.start();
    await silent.drained();
    await plain.stop();
    assert.deepEqual(await silent.recordsOf(silent.topics.labelingState), []);
    assert.deepEqual(await requestsOf(silent), []);
    assert.ok((await silent.log.committed(GROUP, silent.topics.events)).size > 0);
    await installation.log.close();
    await silent.log.close();
  });

  it('tells of a state of the budgets that it cannot read, and begins with nothing spent', async () => {
    const installation = await new Installation().open();
    const { labelingState } = installation.topics;
    const producer = await installation.log.producer();
    const states = ['{"format":7}', '{"format":1,"streams":[]}', 'garbage'];
    await producer.send(
      states.map((value, partition) => ({ topic: labelingState, key: String(partition), value: Buffer.from(value) })),
    );
    const told: [offset: number, reason: string][] = [];
    const sketcher = await installation.start({
      monitors: [monitorOf(installation)],
      onUnreadable: ({ offset }, reason) => told.push([offset, reason]),
    });
    await installation.publishEvents(eventsOf(500));
    await installation.drained();
    await sketcher.stop();
    assert.deepEqual(
      told.map(([offset]) => offset),
      [0, 2],
    );
    assert.match(told[0][1], /format 7; this version reads 1: labelling budgets begin anew/);
    assert.ok((await requestsOf(installation)).length > 0);
    await installation.log.close();
  });
});
