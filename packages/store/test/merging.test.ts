import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HyperLogLog, type BinLayout } from '@tidemark/sketches';
import { writePanes } from '../src/index.js';
import { migratedStore } from './embedded.js';
import { categoricalSketch, MINUTE, numericSketch, paneOf, randoms, START } from './samples.js';

const LAYOUT: BinLayout = { type: 'numeric', edges: Float64Array.of(-1, 0, 1), min: -9, max: 9 };

/** An hour of panes of two countries, and what went into each. */
async function filledStore() {
  const store = await migratedStore();
  const random = randoms(3);
  const gauss = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const raw: { readonly minute: number; readonly country: string; readonly values: number[] }[] = [];
  for (let minute = 0; minute < 60; minute++) {
    for (const country of ['DE', 'FR']) {
      raw.push({
        minute,
        country,
        values: Array.from({ length: 400 }, () => gauss() + minute / 30 + (country === 'FR' ? 1 : 0)),
      });
    }
  }
  const rows = raw.map(({ minute, country, values }) =>
    paneOf(
      [
        numericSketch('x', values, LAYOUT),
        categoricalSketch('k', [
          [country, values.length],
          ['both', minute + 1],
        ]),
      ],
      {
        start: START + minute * MINUTE,
        segment: { dimension: 'country', value: country },
        events: values.length,
      },
    ),
  );
  await writePanes(store, rows);
  await writePanes(store, rows.slice(10, 40));
  return { store, raw };
}

describe("an analyst's query", () => {
  it('merges digests, bins, moments, categories and distinct values of any slice', async () => {
    const { store, raw } = await filledStore();
    for (const slice of [
      { from: 0, to: 60, countries: ['DE', 'FR'] },
      { from: 13, to: 29, countries: ['FR'] },
      { from: 50, to: 51, countries: ['DE'] },
    ]) {
      const values = raw
        .filter(({ minute, country }) => minute >= slice.from && minute < slice.to && slice.countries.includes(country))
        .flatMap((each) => each.values)
        .sort((a, b) => a - b);
      const levels = [0.05, 0.5, 0.95];
      const [row] = await store.query<{
        q: number[];
        b: number[];
        v: number;
        mean: number;
        least: number;
        registers: number[];
      }>(
        `SELECT quantilesTDigestMerge(0.05, 0.5, 0.95)(digest) AS q, sumForEach(bins) AS b, sum(values) AS v,
         sum(mean * values) / sum(values) AS mean, min(min) AS least, maxForEach(distinct_registers) AS registers
         FROM ${store.database}.pane_columns WHERE column = 'x' AND segment_value IN {countries:Array(String)}
         AND pane_start >= fromUnixTimestamp64Milli({from:Int64}) AND pane_start < fromUnixTimestamp64Milli({to:Int64})`,
        { countries: slice.countries, from: START + slice.from * MINUTE, to: START + slice.to * MINUTE },
      );
      assert.equal(row.v, values.length);
      assert.deepEqual(row.b, [...(numericSketch('x', values, LAYOUT).bins ?? [])]);
      assert.equal(row.least, values[0]);
      assert.ok(Math.abs(row.mean - values.reduce((a, b) => a + b, 0) / values.length) < 1e-9);
      row.q.forEach((quantile, i) => {
        const share = values.filter((value) => value <= quantile).length / values.length;
        assert.ok(
          Math.abs(share - levels[i]) < 0.01,
          `level ${levels[i]}: ${share} of the rows are at most ${quantile}`,
        );
      });
      const distinct = HyperLogLog.fromRegisters(Uint8Array.from(row.registers)).estimate();
      assert.ok(Math.abs(distinct / values.length - 1) < 0.1, `${distinct} of ${values.length}`);
    }
  });

  it('adds up categories', async () => {
    const { store } = await filledStore();
    const [{ merged }] = await store.query<{ merged: Record<string, number> }>(
      `SELECT sumMap(categories) AS merged FROM ${store.database}.pane_columns WHERE column = 'k'`,
    );
    assert.deepEqual(merged, { DE: 24_000, FR: 24_000, both: 3660 });
  });
});
