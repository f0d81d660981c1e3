import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CoMoments, ColumnSketch, EmbeddingSketch, type BinLayout } from '@tidemark/sketches';
import fc from 'fast-check';
import { readPanes, writePanes, type Store } from '../src/index.js';
import { collect, migratedStore } from './embedded.js';
import {
  categoricalSketch,
  contentOf,
  HOSTILE,
  MINUTE,
  numericSketch,
  paneOf,
  randoms,
  START,
  STREAM,
} from './samples.js';

const LAYOUT: BinLayout = { type: 'numeric', edges: Float64Array.of(-1, 0.1, 0.30000000000000004), min: -2, max: 2 };
const CATEGORIES: BinLayout = { type: 'categorical', categories: ['DE', "it's"] };

async function readAll(store: Store, stream = STREAM) {
  return collect(readPanes(store, { stream, from: START - 1e9, to: START + 1e9, paneSize: MINUTE }));
}

describe('panes', () => {
  it('come back as they went in', async () => {
    const store = await migratedStore();
    const mixed = ColumnSketch.empty('mixed', 'integer', null);
    mixed.addNumbers(Float64Array.of(1, NaN, Infinity, -Infinity, -Infinity, 5e-324, 1.7976931348623157e308), 7);
    mixed.addNull(3);
    mixed.addTypeError(2);
    const flags = ColumnSketch.empty('flag', 'boolean', null);
    flags.addBoolean(true);
    const random = randoms(1);
    const long = Array.from({ length: 5000 }, () => random() * 4 - 2);
    const columns = [
      numericSketch('long', long, LAYOUT),
      numericSketch('short', [0.1, 0.1, 0.2, 0.30000000000000004, 3], LAYOUT),
      numericSketch('empty', [], LAYOUT),
      categoricalSketch('country', Object.entries({ DE: 4, "it's": 1, new: 2 }), CATEGORIES),
      categoricalSketch(
        'wide',
        Array.from({ length: 1000 }, (_, i) => [`c${i}`, 1 + (i % 7)] as const),
      ),
      mixed,
      flags,
    ];
    const written = paneOf(columns, { baselineId: 'f00d', events: 5012 });
    await writePanes(store, [written]);
    const [read, ...others] = await readAll(store);
    assert.equal(others.length, 0);
    assert.deepEqual({ ...read, columns: [] }, { ...written, columns: [] });
    const byName = new Map(read.columns.map((column) => [column.name, contentOf(column)]));
    assert.equal(byName.size, columns.length);
    for (const column of columns) assert.deepEqual(byName.get(column.name), contentOf(column));
  });

  it('keep what ClickHouse merges when the exact digest has expired', async () => {
    const store = await migratedStore();
    const random = randoms(2);
    const sketch = numericSketch(
      'x',
      Array.from({ length: 3000 }, () => random()),
      LAYOUT,
    );
    await writePanes(store, [paneOf([sketch])]);
    await store.command(
      `ALTER TABLE ${store.database}.pane_columns_raw UPDATE digest_exact = '' WHERE true SETTINGS mutations_sync = 2`,
    );
    const [{ columns }] = await readAll(store);
    const [{ digest }] = columns;
    assert.ok(digest !== null && sketch.digest !== null && !digest.exact);
    assert.deepEqual({ ...contentOf(columns[0]), digest: null }, { ...contentOf(sketch), digest: null });
    assert.equal(digest.count, 3000);
    for (const q of [0.01, 0.25, 0.5, 0.9, 0.999]) {
      assert.ok(Math.abs(digest.quantile(q) - sketch.digest.quantile(q)) < 2e-3, `${q}`);
    }
  });

  it('replace themselves when written again, and add up over their parts', async () => {
    const store = await migratedStore();
    const first = paneOf([numericSketch('x', [1, 2], LAYOUT)], { events: 2 });
    const late = paneOf([numericSketch('x', [0.2], LAYOUT), numericSketch('y', [9])], {
      events: 1,
      part: 'late-0-12',
      baselineId: 'b',
    });
    for (let replay = 0; replay < 3; replay++) await writePanes(store, [first, late]);
    const read = await readAll(store);
    assert.deepEqual(
      read.map(({ part, events, baselineId }) => [part, events, baselineId]),
      [
        ['pane', 2, first.baselineId],
        ['late-0-12', 1, 'b'],
      ],
    );
    const [x] = read[1].columns;
    x.merge(read[0].columns[0]);
    assert.deepEqual([x.name, x.values, x.bins], ['x', 3, Float64Array.of(0, 0, 1, 2)]);
    await writePanes(store, [paneOf([numericSketch('x', [7, 7, 7, 7], LAYOUT)], { events: 4 })]);
    const [rewritten] = await readAll(store);
    assert.equal(rewritten.events, 4);
    assert.equal(rewritten.columns[0].values, 4);
    const [{ events }] = await store.query<{ events: number }>(
      `SELECT sum(events) AS events FROM ${store.database}.panes`,
    );
    assert.equal(events, 5);
  });

  it('take any text for a name', async () => {
    const store = await migratedStore();
    const rows = HOSTILE.map((text) => {
      const layout: BinLayout = { type: 'categorical', categories: [text, 'other'] };
      const sketch = categoricalSketch(
        text,
        [
          [text, 3],
          ['other', 1],
        ],
        layout,
      );
      const stream = { model: text, version: text, role: 'shadow' } as const;
      return paneOf([sketch], { stream, segment: { dimension: text, value: text } });
    });
    await writePanes(store, rows);
    for (const row of rows) {
      const { stream, segment } = row.pane;
      const selection = { stream, segment, from: START, to: START + 1, paneSize: MINUTE };
      const [read, ...others] = await collect(readPanes(store, selection));
      assert.equal(others.length, 0, stream.model);
      assert.deepEqual(read.pane, row.pane);
      assert.deepEqual(contentOf(read.columns[0]), contentOf(row.columns[0]));
    }
    const [{ n }] = await store.query<{ n: number }>(`SELECT count() AS n FROM ${store.database}.panes`);
    assert.equal(n, HOSTILE.length);
  });

  it('replaces half a surrogate pair, which is no text', async () => {
    const store = await migratedStore();
    await writePanes(store, [
      paneOf([
        categoricalSketch('c', [
          ['a\ud800', 2],
          ['a\udc00', 3],
        ]),
      ]),
    ]);
    const [{ columns }] = await readAll(store);
    assert.deepEqual(columns[0].categories?.entries(), [['a\ufffd', 5]]);
  });

  it('reads by time, segment and size, in the order of time', async () => {
    const store = await migratedStore();
    const segment = { dimension: 'country', value: 'DE' };
    const rows = Array.from({ length: 700 }, (_, i) =>
      paneOf([numericSketch('x', [i])], { start: START + i * MINUTE, events: i + 1 }),
    );
    await writePanes(store, [...rows, paneOf([numericSketch('x', [1])], { segment, events: 77 })].reverse());
    const all = await collect(
      readPanes(store, {
        stream: STREAM,
        segment: { dimension: '', value: '' },
        from: START + 1,
        to: START + 650 * MINUTE,
        paneSize: MINUTE,
      }),
    );
    assert.deepEqual(
      all.map((row) => row.events),
      Array.from({ length: 649 }, (_, i) => i + 2),
    );
    assert.ok(all.every((row, i) => row.columns[0].moments.mean === i + 1));
    const german = await collect(
      readPanes(store, { stream: STREAM, segment, from: 0, to: Infinity, paneSize: MINUTE }),
    );
    assert.deepEqual(
      german.map((row) => row.events),
      [77],
    );
    assert.deepEqual(await collect(readPanes(store, { stream: STREAM, from: 0, to: Infinity, paneSize: 1000 })), []);
  });

  it('writes panes of more months than one insert may touch', async () => {
    const store = await migratedStore();
    const rows = Array.from({ length: 150 }, (_, i) => paneOf([], { start: Date.UTC(2005, i, 1), events: 1 }));
    await writePanes(store, rows);
    const [{ events }] = await store.query<{ events: number }>(
      `SELECT sum(events) AS events FROM ${store.database}.panes`,
    );
    assert.equal(events, 150);
  });

  it('keeps every double and every count', async () => {
    const store = await migratedStore();
    let model = 0;
    const doubles = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e150, max: 1e150 }), {
      minLength: 1,
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(doubles, { minLength: 1, maxLength: 4 }), fc.nat(2 ** 50), async (columns, events) => {
        const stream = { ...STREAM, model: `m${model++}` };
        const sketches = columns.map((values, i) => numericSketch(`x${i}`, values));
        await writePanes(store, [paneOf(sketches, { stream, events })]);
        const [read] = await readAll(store, stream);
        assert.equal(read.events, events);
        assert.deepEqual(read.columns.map(contentOf), sketches.map(contentOf));
      }),
      { numRuns: 25 },
    );
  });

  it('refuses a time that the store would change in silence', async () => {
    const store = await migratedStore();
    await assert.rejects(writePanes(store, [paneOf([], { start: Date.UTC(2400, 0, 1) })]), { code: 'bad-query' });
    await assert.rejects(writePanes(store, [paneOf([], { start: NaN })]), { code: 'bad-query' });
  });
});

describe('correlations of columns', () => {
  it('comes back as it went in, and SQL gives the correlation of any slice', async () => {
    const store = await migratedStore();
    const random = randoms(3);
    const whole = CoMoments.empty(['a', "it's", 'c']);
    const panes = Array.from({ length: 6 }, (_, minute) => {
      const moments = CoMoments.empty(whole.columns);
      const a = Float64Array.from({ length: 50 }, () => Math.round(64 * (random() - 0.5)));
      const b = a.map((score) => Math.round(score / 2 + 32 * (random() - 0.5)));
      const present = Uint8Array.from(b, () => (random() < 0.8 ? 1 : 0));
      const scores = [a, b.map((score, i) => score * present[i]), a.map((score) => -score)];
      moments.add(scores, [null, present, null], a.length);
      const vectors = EmbeddingSketch.empty("it's", 4);
      vectors.add(
        Float32Array.from({ length: 40 }, () => random() - 0.5),
        [0, 1, 2, 3, 9],
      );
      whole.merge(moments);
      return {
        ...paneOf([], { start: START + minute * MINUTE }),
        joint: { baselineId: 'f00d', moments },
        vectors: [vectors],
      };
    });
    for (let replay = 0; replay < 2; replay++) await writePanes(store, panes);
    assert.deepEqual(await readAll(store), panes);
    const pairs = await store.query<{ column_a: string; column_b: string; events: number; correlation: number }>(
      `SELECT column_a, column_b, sum(both) AS events,
         (sum(product) / sum(both) - sum(sum_a) / sum(count_a) * sum(sum_b) / sum(count_b)) /
         sqrt((sum(square_a) / sum(count_a) - pow(sum(sum_a) / sum(count_a), 2)) *
              (sum(square_b) / sum(count_b) - pow(sum(sum_b) / sum(count_b), 2))) AS correlation
       FROM ${store.database}.pane_pairs GROUP BY column_a, column_b ORDER BY column_a, column_b`,
    );
    assert.deepEqual(
      pairs.map(({ column_a: a, column_b: b, events }) => [a, b, events]),
      [
        ['a', 'c', 300],
        ['a', "it's", whole.both(0, 1)],
        ["it's", 'c', whole.both(1, 2)],
      ],
    );
    const expected = [whole.correlation(0, 2), whole.correlation(0, 1), whole.correlation(1, 2)];
    pairs.forEach(({ correlation }, i) => assert.ok(Math.abs(correlation - expected[i]) < 1e-12));
  });

  it('are read of some of their starts where no more are asked for, evenly spread, each whole', async () => {
    const store = await migratedStore();
    const sketch = numericSketch('x', [1, 2]);
    const starts = Array.from({ length: 40 }, (_, i) => START + i * i * MINUTE);
    const segments = [
      { dimension: '', value: '' },
      { dimension: 'country', value: 'DE' },
    ];
    await writePanes(
      store,
      starts.flatMap((start) => segments.map((segment) => paneOf([sketch], { start, segment }))),
    );
    const range = { stream: STREAM, from: starts[3], to: starts[37], paneSize: MINUTE };
    const rows = await collect(readPanes(store, { ...range, most: 10 }));
    const among = [0, 3, 6, 10, 13, 17, 20, 23, 27, 30].map((at) => starts[3 + at]);
    assert.deepEqual(
      rows.map(({ pane }) => pane.start),
      among.flatMap((start) => [start, start]),
    );
    assert.ok(rows.every(({ columns }) => columns.length === 1));
    const all = await collect(readPanes(store, { ...range, segment: segments[0], most: 34 }));
    assert.equal(all.length, 34);
  });
});
