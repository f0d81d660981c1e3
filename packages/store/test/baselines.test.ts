import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Baseline } from '@tidemark/monitoring';
import type { BinLayout } from '@tidemark/sketches';
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
  return { id, ...common, createdAt: START, periodStart: null, periodEnd: null, ...changes };
}

describe('baselines', () => {
  it('come back as they went in, the newest of the version first, then that of every version', async () => {
    const store = await migratedStore();
    assert.equal(await readBaseline(store, 'm', '1'), null);
    const old = baseline('1');
    const period = { periodStart: START - 5, periodEnd: START + 7 };
    const newest = baseline('2', { createdAt: START + 1, ...period });
    const any = baseline('3', { version: '*', createdAt: START + 100 });
    for (const each of [newest, old, any, old]) await writeBaseline(store, each);
    const compare = async (version: string, expected: Baseline): Promise<void> => {
      const found = await readBaseline(store, 'm', version);
      assert.ok(found !== null);
      assert.deepEqual(
        { ...found, columns: found.columns.map(contentOf) },
        { ...expected, columns: expected.columns.map(contentOf) },
      );
    };
    await compare('1', newest);
    await compare('2', any);
    assert.equal(await readBaseline(store, 'other', '1'), null);
  });
});
