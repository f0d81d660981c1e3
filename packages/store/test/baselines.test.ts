import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ALL_EVENTS,
  countWidth,
  type Baseline,
  type BaselineWindows,
  type QualityReference,
} from '@tidemark/monitoring';
import {
  CoMoments,
  encodeQuality,
  QualitySketch,
  EmbeddingSketch,
  type BinLayout,
  type ColumnSketch,
} from '@tidemark/sketches';
import { readBaseline, writeBaseline } from '../src/index.js';
import { migratedStore } from './embedded.js';
import { categoricalSketch, contentOf, HOSTILE, numericSketch, randoms, START } from './samples.js';

function baseline(id: string, changes: Partial<Baseline> = {}): Baseline {
  const random = randoms(4);
  const layout: BinLayout = { type: 'numeric', edges: Float64Array.of(0.1, 0.30000000000000004), min: 0, max: 1 };
  const columns = [
    numericSketch('z', Array.from({ length: 2000 }, random), layout),
    categoricalSketch(
      'a',
      HOSTILE.map((text) => [text, 2] as const),
      { type: 'categorical', categories: HOSTILE },
    ),
  ];
  const common = { model: 'm', version: '1', source: `it's a.csv`, rows: 2000, columns };
  const known = {
    createdAt: START,
    periodStart: null,
    periodEnd: null,
    windows: windowsOf(columns),
    quality: qualityOf(),
    kept: { baselineId: `b'0`, counts: columns.map(({ bins }) => (bins ?? new Float64Array(0)).map((n) => n + 1)) },
  };
  return { id, ...common, ...known, ...changes };
}

function qualityOf(): QualityReference {
  const sketch = QualitySketch.empty();
  const answer = { score: 0.9, class: `it's`, value: null, confidence: null, probabilities: new Map<string, number>() };
  sketch.addPrediction(answer);
  sketch.addOutcome(answer, { class: 'no', value: null }, 0.5, 1);
  const shares = { shares: [0.1, -0.1], shareVariances: [0.2, 0.2] };
  const accuracy = { metric: 'accuracy', realised: 0.2, excess: -0.01, variance: 0.002 } as const;
  const metrics = [{ metric: 'f1', realised: 0.7, excess: 0.01, variance: 0.003 }] as const;
  return {
    sketch,
    windows: [{ start: START, labels: 1, excess: -0.01, variance: 0.002, ...shares, metrics }],
    segments: [{ segment: { dimension: `it's`, value: '\\n' }, labels: 130, metrics: [accuracy, ...metrics] }],
  };
}

/** Three windows of all events, and the sum of a segment whose name is hard to quote. */
function windowsOf(columns: readonly ColumnSketch[]): BaselineWindows {
  const window = (start: number) => ({
    start,
    events: 7 + start - START,
    columns: columns.map((column, at) => Float64Array.from({ length: countWidth(column) }, (_, i) => at + i)),
  });
  const all = [0, 300_000, 600_000].map((offset) => window(START + offset));
  const moments = CoMoments.empty(['a', `it's`]);
  moments.add([Float64Array.of(-30, 7), Float64Array.of(12, 0)], [null, Uint8Array.of(1, 0)], 2);
  const vectors = EmbeddingSketch.empty(`it's`, 3);
  vectors.add(Float32Array.of(1, 2, 3, -1, 0, 1), [0, 1]);
  return {
    size: 300_000,
    joint: { columns: moments.columns, windows: [{ start: START, events: 2, moments }] },
    vectors: [{ name: `it's`, windows: [{ start: START, events: 2, sketch: vectors }] }],
    segments: [
      { segment: ALL_EVENTS, windows: all },
      { segment: { dimension: `it's`, value: '\\n' }, windows: [window(START)] },
    ],
  };
}

function plain(quality: QualityReference | null) {
  return quality === null ? null : { ...quality, sketch: Buffer.from(encodeQuality(quality.sketch)).toString('hex') };
}

describe('baselines', () => {
  it('come back as they went in, the newest of the version first, then that of every version', async () => {
    const store = await migratedStore();
    assert.equal(await readBaseline(store, 'm', '1'), null);
    const old = baseline('1');
    const period = { periodStart: START - 5, periodEnd: START + 7 };
    const newest = baseline('2', { createdAt: START + 1, ...period });
    const any = baseline('3', { version: '*', createdAt: START + 100, windows: null, kept: null });
    for (const each of [newest, old, any, old]) await writeBaseline(store, each);
    const compare = async (version: string, expected: Baseline): Promise<void> => {
      const found = await readBaseline(store, 'm', version);
      assert.ok(found !== null);
      assert.deepEqual(
        { ...found, columns: found.columns.map(contentOf), quality: plain(found.quality) },
        { ...expected, columns: expected.columns.map(contentOf), quality: plain(expected.quality) },
      );
    };
    await compare('1', newest);
    await compare('2', any);
    assert.equal(await readBaseline(store, 'other', '1'), null);
  });
});
