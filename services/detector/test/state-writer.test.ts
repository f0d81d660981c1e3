import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RecordReader } from '@tidemark/contracts';
import { Detector, type Control, type Monitor, type PaneRow, type SketchPartial } from '@tidemark/monitoring';
import { LocalRegistry } from '@tidemark/contracts';
import type { LogRecord, OutRecord } from '@tidemark/transport';
import { StateTopic, type SetAside } from '../src/detector-state.js';
import { StateWriter, type StateChange } from '../src/state-writer.js';
import { returnOf } from '../src/stream-return.js';
import type { TaskContext } from '../src/task-context.js';
import { MONITOR, START } from './installation.js';

const PLACE = { topic: 'detector-state', partition: 0, firstPartitions: 1 };
const KNOWLEDGE = {
  monitorOf: () => MONITOR,
  baselineOf: () => null,
  readMonitor: (document: string) => JSON.parse(document) as Monitor,
};

function streamOf(model: string) {
  return { model, version: '1', role: 'champion' as const };
}

function partialOf(model: string, minute: number): SketchPartial {
  const start = START + minute * 60_000;
  const pane = { stream: streamOf(model), segment: { dimension: '', value: '' }, start, size: 60_000 };
  const times = { minEventTime: start, maxEventTime: start + 59_000 };
  return {
    pane,
    events: 300,
    ...times,
    baselineId: null,
    columns: [],
    joint: null,
    quality: null,
    vectors: [],
    overflow: [],
  };
}

function watermarkAt(minute: number) {
  return { sourcePartition: 0, sourcePartitions: 1, watermark: START + minute * 60_000, idleFor: 0 };
}

function monitorControl(model: string, monitor: unknown, revision = 1): Control {
  const origin = { id: `${model}-${revision}`, by: 'ops', at: START, comment: '' };
  return { ...origin, kind: 'monitor', model, version: '*', revision, hash: '', document: JSON.stringify(monitor) };
}

/** What a compacted topic holds of some changes. */
function read(...changes: readonly StateChange[]): { states: StateTopic; values: Map<string, Buffer> } {
  const values = new Map<string, Buffer>();
  for (const { key, value } of changes.flatMap(({ records }): readonly OutRecord[] => records)) {
    if (value === null) values.delete(String(key));
    else values.set(String(key), value);
  }
  const states = new StateTopic(PLACE.topic);
  for (const [key, value] of values) states.take({ key: Buffer.from(key), value } as LogRecord);
  return { states, values };
}

async function changesOf(writer: StateWriter): Promise<StateChange> {
  const changes = await writer.changes();
  changes.committed();
  return changes;
}

describe('Streams that were set aside', () => {
  it('are kept each by itself, and read again: no record grows with how many they are', async () => {
    const detector = new Detector(0, KNOWLEDGE);
    // Documents that hardly compress.
    let state = 7;
    const noise = () => Array.from({ length: 200 }, () => (state = (state * 48_271) % 2_147_483_647));
    for (let n = 0; n < 50; n++) detector.takeControl(n, monitorControl(`other${n}`, { ...MONITOR, noise: noise() }));
    const models = Array.from({ length: 200 }, (_, n) => `m${n}`);
    models.forEach((model, n) => detector.takePartial(50 + n, partialOf(model, 0)));
    detector.takeWatermark(300, watermarkAt(10));
    const writer = new StateWriter(PLACE, detector);
    const first = await changesOf(writer);
    for (const model of models) detector.setAside(streamOf(model), new Error(`${model} is broken`));
    const second = await changesOf(writer);
    const largest = Math.max(...second.records.map(({ value }) => value?.length ?? 0));
    assert.ok(largest < 900_000, `a record of ${largest} bytes`);
    const { states, values } = read(first, second);
    assert.ok(values.get('0')!.length < 5_000, `a head of ${values.get('0')!.length} bytes`);
    const left = states.of(0)!;
    const byName = (each: readonly SetAside[]) => [...each].sort((a, b) => (a.stream.model < b.stream.model ? -1 : 1));
    assert.equal(left.setAside.length, 200);
    assert.deepEqual(byName(left.setAside), byName(writer.setAside));
    assert.deepEqual(left.damaged, []);
    assert.deepEqual('streams' in left.snapshot && 'models' in left.snapshot ? left.snapshot.streams : null, []);

    // Written once, and deleted once they are back.
    const third = await changesOf(writer);
    assert.deepEqual(
      third.records.filter(({ key }) => String(key).startsWith('0/aside/')),
      [],
    );
    writer.forget(streamOf('m7'));
    const fourth = await changesOf(writer);
    const deleted = fourth.records.filter(({ value }) => value === null).map(({ key }) => String(key));
    assert.deepEqual(deleted.sort(), ['0/aside/m7/1/champion', '0/stream/m7/1/champion']);
    assert.equal(read(first, second, third, fourth).states.of(0)!.setAside.length, 199);

    // A successor writes them again, and none is lost.
    const successor = new StateWriter(PLACE, new Detector(0, KNOWLEDGE));
    successor.begin(left);
    const again = read(first, second, await changesOf(successor)).states.of(0)!;
    assert.deepEqual(byName(again.setAside), byName(left.setAside));
  });

  it('go on under the changes that were in force where no state had been written yet', async () => {
    const quick: Monitor = { ...MONITOR, allowedLateness: 1 };
    const detector = new Detector(0, KNOWLEDGE);
    detector.adopt([monitorControl('m', quick)]);
    const writer = new StateWriter(PLACE, detector);
    writer.beginUnder(detector.controls);
    writer.beginAt(5);
    detector.takePartial(5, partialOf('m', 0));
    detector.setAside(streamOf('m'), new Error('broken'));
    writer.noteFailures();
    const [aside] = writer.setAside;
    assert.deepEqual([aside.partition, aside.readFrom], [null, 5]);
    // The control record has expired: the log from there on holds none.
    const context = {
      ...{ knowledge: KNOWLEDGE, partitions: 1, states: new StateTopic(PLACE.topic), now: () => START },
      reader: new RecordReader(new LocalRegistry()),
      store: {
        database: 'tidemark',
        ...Object.fromEntries(
          ['Panes', 'Baselines', 'Windows', 'Quality', 'DriftEvents'].map((of) => [
            `write${of}`,
            () => Promise.resolve(),
          ]),
        ),
      },
      readRange: () => Promise.resolve(),
    } as unknown as TaskContext;
    const { detector: returned } = await returnOf(aside, 6, 0, context);
    assert.deepEqual(returned?.appliedMonitors, detector.appliedMonitors);
    assert.equal(returned?.appliedMonitors[0].monitor?.allowedLateness, 1);
  });

  it('know nothing of a model that had been forgotten before', async () => {
    const detector = new Detector(0, KNOWLEDGE);
    detector.takePartial(0, partialOf('m', 0));
    detector.takePartial(1, partialOf('other', 0));
    const writer = new StateWriter(PLACE, detector);
    await changesOf(writer);
    const pieces = [...detector.pieces()].filter(({ key }) => !key.includes('\u0000m'));
    const without = Object.assign(detector, { pieces: () => pieces });
    await changesOf(writer);
    without.setAside(streamOf('m'), new Error('broken'));
    without.setAside(streamOf('other'), new Error('broken'));
    writer.noteFailures();
    const [m, other] = writer.setAside;
    assert.equal(m.model, null);
    assert.equal(other.model?.model, 'other', 'what is known of one that was not written again stays');
  });

  it('are told of at the time of the events that there are, before any event time is known', () => {
    const detector = new Detector(0, KNOWLEDGE);
    detector.takePartial(0, partialOf('m', 3));
    detector.setAside(streamOf('m'), new Error('broken'));
    const [told] = detector.drain().events;
    assert.deepEqual([told.signal, told.windowEnd], ['stream-set-aside', START + 3 * 60_000 + 59_000]);
  });
});

describe('The state of a stream', () => {
  it('is written after its monitor has changed, however often each of the two has changed it', async () => {
    const detector = new Detector(0, KNOWLEDGE);
    for (let minute = 0; minute < 12; minute++) {
      detector.takePartial(2 * minute, partialOf('m', minute));
      detector.takeWatermark(2 * minute + 1, watermarkAt(minute + 1));
    }
    const writer = new StateWriter(PLACE, detector);
    await changesOf(writer);
    const revision = () => [...detector.pieces()].find(({ key }) => key.startsWith('stream'))!.revision;
    const before = revision();
    detector.takeControl(
      24,
      monitorControl('m', { ...MONITOR, windows: [{ size: 600_000, slide: 600_000, origin: 0 }] }),
    );
    const [row] = [partialOf('m', 0)].map((partial): PaneRow => ({ ...partial, part: 'pane' }));
    while (revision() < before) detector.takeClosedPane(row);
    assert.equal(revision(), before);
    const { records } = await writer.changes();
    assert.ok(
      records.some(({ key }) => key === '0/stream/m/1/champion'),
      'its piece is written',
    );
  });
});
