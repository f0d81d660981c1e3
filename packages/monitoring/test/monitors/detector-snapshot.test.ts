import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Detector, joinPieces, type Monitor, type SnapshotPiece } from '../../src/index.js';
import { knowledgeOf, MINUTE, MONITOR, random, START } from '../fixtures.js';
import { Sketchers } from '../sketchers.js';

const WATCHED: Monitor = {
  ...MONITOR,
  allowedLateness: 45_000,
  baseline: { from: 'rolling', length: 60 * MINUTE, lag: 5 * MINUTE, every: 7 * MINUTE, adoptAfter: null },
};

test('a piece of the state whose revision is the same is the same, and the pieces are the whole', () => {
  const next = random(11);
  const sketchers = new Sketchers(3, WATCHED, (n) => ({ features: { x: n }, country: n % 2 === 0 ? 'DE' : 'FR' }));
  for (let second = 0; second < 3600; second += 5) {
    const now = START + second * 1000;
    const partition = Math.floor(next() * 3);
    const times = (share: number) => (next() < share ? [now, now - 100_000 * Math.floor(next() * 1.1)] : []);
    const models: Record<string, number[]> = {};
    for (const [model, share] of [
      ['a', 1],
      ['b', 0.2],
      ['c', second < 600 ? 1 : 0],
    ] as const) {
      const each = times(share);
      if (each.length > 0) models[model] = each;
    }
    sketchers.commit(partition, now, models);
  }
  const detector = new Detector(0, knowledgeOf(WATCHED));
  const known = new Map<string, { readonly revision: number; readonly text: string }>();
  const stored = new Map<string, SnapshotPiece>();
  const again = { written: 0, passed: 0 };
  sketchers.log.forEach((record, offset) => {
    if ('partial' in record) detector.takePartial(offset, record.partial);
    else detector.takeWatermark(offset, record.watermark);
    for (const renewal of detector.renewals) {
      while (renewal.needed !== null) renewal.advance();
      detector.renew(renewal);
    }
    detector.drain();
    if (offset % 5 !== 0) return;
    for (const { key, revision, snapshot } of detector.pieces()) {
      const before = known.get(key);
      const piece = snapshot();
      const text = JSON.stringify(piece);
      if (before?.revision === revision) {
        assert.equal(text, before.text, key);
        again.passed++;
        continue;
      }
      again.written++;
      known.set(key, { revision, text });
      stored.set(key, structuredClone(piece));
    }
    assert.deepEqual(joinPieces(stored.values()), structuredClone(detector.snapshot()));
  });
  assert.ok(again.passed > again.written, JSON.stringify(again));
});
