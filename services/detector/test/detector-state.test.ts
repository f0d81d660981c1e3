import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Detector, type SketchPartial } from '@tidemark/monitoring';
import type { LogRecord, OutRecord } from '@tidemark/transport';
import { DetectorStateError, StateTopic, streamKey } from '../src/detector-state.js';
import { StateWriter } from '../src/state-writer.js';
import { MONITOR, START } from './installation.js';

const TOPIC = 'detector-state';
const PLACE = { topic: TOPIC, partition: 0, firstPartitions: 1 };
const KNOWLEDGE = { monitorOf: () => MONITOR, baselineOf: () => null };

/** A compacted topic: the newest value of each key. */
class Topic {
  readonly values = new Map<string, Buffer>();

  take(records: readonly OutRecord[]): void {
    for (const { key, value } of records) {
      if (value === null) this.values.delete(String(key));
      else this.values.set(String(key), value);
    }
  }

  read(): StateTopic {
    const states = new StateTopic(TOPIC);
    for (const [key, value] of this.values) states.take({ key: Buffer.from(key), value } as LogRecord);
    return states;
  }
}

function feed(detector: Detector, model: string, minutes: number, from = 0): void {
  const segment = { dimension: '', value: '' };
  for (let minute = from; minute < from + minutes; minute++) {
    const start = START + minute * 60_000;
    const pane = { stream: { model, version: '1', role: 'champion' as const }, segment, start, size: 60_000 };
    const times = { minEventTime: start, maxEventTime: start + 59_000 };
    const nothing = { baselineId: null, columns: [], joint: null, quality: null, vectors: [], overflow: [] };
    const partial: SketchPartial = { pane, events: 300, ...times, ...nothing };
    detector.takePartial(2 * minute, partial);
    const mark = { sourcePartition: 1, sourcePartitions: 2, watermark: start + 59_000, idleFor: 0 };
    detector.takeWatermark(2 * minute + 1, mark);
  }
}

describe('The state that a detector leaves', () => {
  it('is the same when it is read, watermarks before the first event included', async () => {
    const [detector, topic] = [new Detector(0, KNOWLEDGE), new Topic()];
    const writer = new StateWriter(PLACE, detector);
    feed(detector, 'm', 8);
    topic.take((await writer.changes()).records);
    const waiting = topic.read().of(0);
    assert.deepEqual(waiting?.snapshot, detector.snapshot());
    assert.equal(detector.snapshot().partition.watermarks.current, -Infinity, 'one partition has not been heard from');

    detector.takeWatermark(16, { sourcePartition: 0, sourcePartitions: 2, watermark: -Infinity, idleFor: 60_000 });
    topic.take((await writer.changes()).records);
    const moved = topic.read().of(0);
    assert.deepEqual(moved?.snapshot, detector.snapshot());
    assert.equal(moved?.readFrom, detector.oldestNeeded);
    assert.notEqual(detector.snapshot().streams.length, 0);
  });

  it('is written piece by piece: what did not change is not written again, and what was forgotten is deleted', async () => {
    const detector = new Detector(0, KNOWLEDGE);
    const writer = new StateWriter(PLACE, detector);
    for (const model of ['a', 'b', 'c/d']) feed(detector, model, 6);
    detector.takeWatermark(20, { sourcePartition: 0, sourcePartitions: 2, watermark: START + 3e5, idleFor: 0 });
    const first = await writer.changes();
    first.committed();
    assert.equal(first.records.filter(({ key }) => String(key).startsWith('0/stream/')).length, 3);
    assert.ok(first.records.some(({ key }) => key === '0/stream/c%2Fd/1/champion'));
    feed(detector, 'b', 1, 12);
    const second = await writer.changes();
    const changed = second.records.map(({ key }) => String(key));
    assert.ok(
      !changed.includes('0/stream/a/1/champion') && !changed.includes('0/stream/c%2Fd/1/champion'),
      String(changed),
    );
    assert.ok(changed.includes('0'));
  });

  it('of a stream that no record takes is cut, and put together again', async () => {
    const [detector, topic] = [new Detector(0, KNOWLEDGE), new Topic()];
    feed(detector, 'm', 6);
    const [snapshot] = detector.snapshot().streams;
    // What cannot be compressed: some megabytes of it.
    let state = 1;
    const noise = Array.from({ length: 400_000 }, () => (state = (state * 48_271) % 2_147_483_647));
    const wide = Object.assign(snapshot, { noise });
    const restored = new Detector(0, KNOWLEDGE);
    const pieces = [...detector.pieces()];
    const stubbed = Object.assign(restored, {
      pieces: () =>
        pieces.map((piece) => {
          const made = piece.snapshot();
          return made.kind === 'stream'
            ? { ...piece, snapshot: () => ({ kind: 'stream' as const, stream: wide }) }
            : piece;
        }),
    });
    const { records } = await new StateWriter(PLACE, stubbed).changes();
    assert.ok(
      records.every(({ value }) => (value?.length ?? 0) < 900_000),
      'as much as any topic takes',
    );
    const parts = records.filter(({ key }) => String(key).startsWith('0/stream/m/1/champion'));
    assert.ok(parts.length > 1);
    topic.take(records);
    const read = topic.read().of(0);
    assert.ok(read !== null && 'partition' in read.snapshot);
    assert.deepEqual(read.snapshot.streams, [wide]);

    topic.values.delete('0/stream/m/1/champion#1');
    const damaged = topic.read().of(0)?.damaged;
    assert.match(damaged?.[0]?.reason ?? '', /key 0\/stream\/m\/1\/champion\): record 2 of \d+ is not there/);
  });

  it('is never taken for nothing where it is damaged or of another format: a stream is set aside, or it is refused with its key and what to do', async () => {
    const [detector, topic] = [new Detector(0, KNOWLEDGE), new Topic()];
    feed(detector, 'm', 8);
    topic.take((await new StateWriter(PLACE, detector).changes()).records);
    const stream = { model: 'm', version: '1', role: 'champion' } as const;
    const with_ = (key: string, value: Buffer | null): StateTopic => {
      const copy = new Topic();
      copy.take([...topic.values].map(([each, bytes]) => ({ topic: TOPIC, key: each, value: bytes })));
      copy.take([{ topic: TOPIC, key, value }]);
      return copy.read();
    };
    const own = streamKey(0, stream);
    const bytes = topic.values.get(own)!;
    for (const value of [Buffer.from('not JSON'), bytes.subarray(0, bytes.length - 9), Buffer.alloc(40)]) {
      const read = with_(own, value).of(0);
      assert.deepEqual(
        read?.damaged.map((each) => each.stream),
        [stream],
      );
      assert.deepEqual(read?.snapshot && 'partition' in read.snapshot ? read.snapshot.streams : null, []);
    }
    const refused: [string, Buffer | null, RegExp][] = [
      ['0', Buffer.from('not JSON'), /key 0 of detector-state/],
      ['0', Buffer.from('{"format":2,"readFrom":7}'), /its format is 2, not 1/],
      ['0', Buffer.from('{}'), /its format is undefined/],
      ['0', Buffer.from('null'), /its format is undefined/],
      ['0', Buffer.from([0x1f, 0x8b, 1, 2, 3]), /key 0 of detector-state/],
      ['0', null, /there are pieces of it, but not this record/],
      ['0/model/m', Buffer.from('x'), /key 0\/model\/m of detector-state.*tidemark state forget 0/],
      ['0/model/m', null, /it is of 3 pieces, and there are 2/],
    ];
    for (const [key, value, message] of refused) {
      assert.throws(
        () => with_(key, value).of(0),
        (error: unknown) => {
          assert.ok(error instanceof DetectorStateError);
          assert.match(error.message, message);
          return true;
        },
      );
    }
  });

  it('of the version before, in one record, is read; and what is written since that version does not take for nothing', async () => {
    const shared = { position: 7, watermarks: { current: START, sources: [] }, lastEvents: [], streams: [] };
    const topic = new Topic();
    const old = JSON.stringify({ format: 1, readFrom: 5, snapshot: shared });
    for (const value of [Buffer.from(old), gzipSync(old)]) {
      topic.take([{ topic: TOPIC, key: '0', value }]);
      const read = topic.read().of(0);
      assert.deepEqual([read?.readFrom, read?.snapshot], [5, shared]);
    }
    const detector = new Detector(0, KNOWLEDGE);
    feed(detector, 'm', 3);
    topic.take((await new StateWriter(PLACE, detector).changes()).records);
    // That version takes the record under the partition's key, finds its own format, and fails on a snapshot that is not there.
    const seen = JSON.parse(gunzipSync(topic.values.get('0')!).toString('utf8')) as Record<string, unknown>;
    assert.deepEqual([seen.format, seen.snapshot], [1, null]);
  });
});
