import { EventBatch, type Monitor } from '../src/index.js';
import type { StreamKnowledge } from '../src/model/stream-knowledge.js';

export const MINUTE = 60_000;
/** A pane's and a five-minute window's start. */
export const START = Date.UTC(2026, 0, 1);

export const MONITOR: Monitor = {
  model: 'm',
  version: '*',
  pane: MINUTE,
  allowedLateness: 30_000,
  allowedSkew: 5 * MINUTE,
  windows: [{ size: 5 * MINUTE, slide: 5 * MINUTE, origin: 0 }],
  segments: [['country']],
  columns: {},
  texts: [],
  otherColumns: true,
  limits: { segments: 200, columns: 500, keep: {} },
  joint: { columns: null, most: 32 },
  decision: {
    falseAlarms: { count: 1, per: 30 * 86_400_000 },
    psi: { minor: 0.01, moderate: 0.1, major: 0.25 },
    rate: { minor: 0.005, moderate: 0.02, major: 0.1 },
    correlation: { minor: 0.1, moderate: 0.2, major: 0.4 },
    season: 'auto',
    resolveAfter: 3,
    minimumEvents: 200,
    notifyFrom: 'moderate',
  },
  baseline: { from: 'first-windows', windows: 2, events: 1000 },
  mutes: [],
  quality: null,
  labeling: null,
  predictionLog: null,
};

export const STREAM = { model: 'm', version: '1', role: 'champion' } as const;

/** What a sketcher and a detector know without any published baseline. */
export function knowledgeOf(monitor: Monitor): StreamKnowledge {
  return { monitorOf: () => monitor, baselineOf: () => null };
}

/** Seeded numbers from [0, 1): Marsaglia's xorshift32. */
export function random(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4294967296;
  };
}

export interface TestEvent {
  readonly time: number;
  readonly features: Readonly<Record<string, number | string | boolean | null>>;
  readonly country?: string;
}

export function batchOf(events: readonly TestEvent[], stream: EventBatch['stream'] = STREAM): EventBatch {
  const batch = new EventBatch(stream);
  events.forEach(({ time, features, country }, index) => {
    const row = batch.append(`e${index}`, time);
    for (const [name, value] of Object.entries(features)) {
      const cells = batch.column(name);
      if (value === null) cells.setNull(row);
      else if (typeof value === 'number') cells.setNumber(row, value);
      else if (typeof value === 'string') cells.setString(row, value);
      else cells.setBoolean(row, value);
    }
    if (country !== undefined) batch.segment('country').setString(row, country);
  });
  return batch;
}
