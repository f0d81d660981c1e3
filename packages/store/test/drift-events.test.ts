import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ALL_EVENTS, type DriftEvent, type SegmentPart } from '@tidemark/monitoring';
import { readDriftEvents, writeDriftEvents } from '../src/index.js';
import { migratedStore } from './embedded.js';
import { HOSTILE, START, STREAM } from './samples.js';

function driftEvent(changes: Partial<DriftEvent> = {}): DriftEvent {
  return {
    id: '0123456789abcdef',
    incidentId: 'fedcba9876543210',
    status: 'opened',
    signal: 'data-drift',
    severity: 'moderate',
    notify: true,
    stream: STREAM,
    segment: ALL_EVENTS,
    column: 'age',
    findings: [
      { metric: 'psi', severity: 'moderate', effect: 0.1 + 0.2, windowValue: 0.31, baselineValue: 0, pValue: 1e-300 },
      { metric: 'null-rate', severity: 'minor', effect: 0.02, windowValue: 0.03, baselineValue: 0.01, pValue: null },
    ],
    baselineEvents: 5832,
    windowEvents: 1000,
    windowStart: START,
    windowEnd: START + 300_000,
    since: START - 300_000,
    baselineId: null,
    aspects: ['location', 'missingness'],
    contributions: [{ bin: '(-∞, 2)', baselineShare: 0.1, windowShare: 0.4, psi: 0.3 }],
    segments: [partOf('BR', 0.9), partOf('', -0.1)],
    correlations: [{ columns: ['age', `it's`], baselineCorrelation: 0.6, windowCorrelation: -1 / 3 }],
    muted: `the sale's first day`,
    summary: 'age moved',
    query: "SELECT * FROM windows WHERE model = 'it\\'s'",
    ...changes,
  };
}

function partOf(value: string, shareOfChange: number): SegmentPart {
  const effect = 0.31 * shareOfChange;
  const shares = { shareOfChange, baselineShare: 0.1, windowShare: 0.3 };
  return { dimension: 'country', value, kind: 'mix', effect, ...shares, events: 300 };
}

describe('drift events', () => {
  it('come back as they went in, once an id', async () => {
    const store = await migratedStore();
    const events = [
      driftEvent(),
      driftEvent({
        id: '2',
        status: 'noted',
        signal: 'baseline',
        findings: [],
        aspects: [],
        contributions: [],
        segments: [],
        baselineId: 'b',
        notify: false,
      }),
      driftEvent({ id: '3', windowEnd: START + 900_000 }),
    ];
    for (let replay = 0; replay < 3; replay++) await writeDriftEvents(store, events);
    assert.deepEqual(await readDriftEvents(store), events);
    assert.deepEqual(
      await readDriftEvents(store, { signal: 'baseline', status: 'noted', incidentId: 'fedcba9876543210' }),
      [events[1]],
    );
    assert.deepEqual(await readDriftEvents(store, { from: START + 600_000 }), [events[2]]);
    const [finding] = await store.query(
      `SELECT finding.metric AS metric, finding.effect AS effect FROM ${store.database}.drift_events
       ARRAY JOIN findings AS finding WHERE id = '3' ORDER BY effect DESC`,
    );
    assert.deepEqual(finding, { metric: 'psi', effect: 0.30000000000000004 });
  });

  it('take any text', async () => {
    const store = await migratedStore();
    const events = HOSTILE.map((text, i) =>
      driftEvent({
        id: String.fromCharCode(97 + i),
        stream: { model: text, version: text, role: 'champion' },
        column: text,
        contributions: [{ bin: text, baselineShare: 0, windowShare: 1, psi: 2 }],
        segments: [{ ...partOf(text, 1), dimension: text }],
        summary: text,
        query: text,
      }),
    );
    await writeDriftEvents(store, events);
    assert.deepEqual(await readDriftEvents(store), events);
  });
});
