import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Detector, type SketchPartial } from '@tidemark/monitoring';
import { decodeState, encodeState } from '../src/detector-state.js';
import { MONITOR, START } from './installation.js';

const STREAM = { model: 'm', version: '1', role: 'champion' } as const;

describe('The state that a detector leaves', () => {
  it('is the same when it is read, watermarks before the first event included', () => {
    const detector = new Detector(0, { monitorOf: () => MONITOR, baselineOf: () => null });
    const segment = { dimension: '', value: '' };
    for (let minute = 0; minute < 8; minute++) {
      const start = START + minute * 60_000;
      const pane = { stream: STREAM, segment, start, size: 60_000 };
      const times = { minEventTime: start, maxEventTime: start + 59_000 };
      const nothing = { baselineId: null, columns: [], joint: null, quality: null, vectors: [], overflow: [] };
      const partial: SketchPartial = { pane, events: 300, ...times, ...nothing };
      detector.takePartial(2 * minute, partial);
      const mark = { sourcePartition: 1, sourcePartitions: 2, watermark: start + 59_000, idleFor: 0 };
      detector.takeWatermark(2 * minute + 1, mark);
    }
    const waiting = { readFrom: detector.oldestNeeded, snapshot: detector.snapshot() };
    assert.equal(
      waiting.snapshot.partition.watermarks.current,
      -Infinity,
      'one of two partitions has not been heard from',
    );
    assert.deepEqual(decodeState(encodeState(waiting)), waiting);

    detector.takeWatermark(16, { sourcePartition: 0, sourcePartitions: 2, watermark: -Infinity, idleFor: 60_000 });
    const moved = { readFrom: detector.oldestNeeded, snapshot: detector.snapshot() };
    assert.equal(moved.snapshot.partition.watermarks.current, START + 7 * 60_000 + 59_000);
    assert.notEqual(moved.snapshot.streams.length, 0);
    assert.deepEqual(decodeState(encodeState(moved)), moved);
    assert.deepEqual(decodeState(gunzipSync(encodeState(moved))), moved, 'one that an older version left');
  });

  it('is left aside where it is of another format', () => {
    assert.equal(decodeState(Buffer.from('{"format":2,"readFrom":7}')), null);
    assert.equal(decodeState(Buffer.from('{}')), null);
    assert.equal(decodeState(Buffer.from('null')), null);
    assert.equal(decodeState(Buffer.from('not JSON')), null);
    assert.equal(decodeState(Buffer.from([0x1f, 0x8b, 1, 2, 3])), null);
  });
});
