import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { baselineOf, Detector, type Baseline, type SketchPartial } from '@tidemark/monitoring';
import { ColumnSketch, type NumericLayout } from '@tidemark/sketches';
import { defaultMonitor, LocalRegistry, RecordReader, RecordWriter } from '../../src/index.js';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1);
const IDENTITY = { model: 'm', version: '*', source: 'test', periodStart: null, periodEnd: null };

/** As a column of texts that is said to be numeric was built once. */
const NO_RANGE: NumericLayout = { type: 'numeric', edges: new Float64Array(0), min: NaN, max: NaN };
const MENDED: NumericLayout = { type: 'numeric', edges: Float64Array.of(1, 2), min: 0, max: 3 };

function baselineWith(layout: NumericLayout, values: readonly number[], createdAt: number): Baseline {
  const column = ColumnSketch.empty('x', 'numeric', layout);
  for (const value of values) column.addNumber(value);
  column.addTypeError(100 - values.length);
  return baselineOf({ ...IDENTITY, createdAt }, 100, [column]);
}

describe('A baseline whose numeric column has no valid value', () => {
  it('is a fault where it is read, which says which baseline and column, and what to do', async () => {
    const registry = new LocalRegistry();
    const writer = await RecordWriter.open(registry, ['Baseline']);
    const empty = baselineWith(NO_RANGE, [], START);
    const read = await new RecordReader(registry).read(writer.encode('Baseline', empty), START);
    assert.ok(!read.ok);
    assert.equal(read.reason, 'damaged');
    assert.equal(
      read.detail,
      `the baseline ${empty.id} of m, version *: the column x cannot be counted in its bins: its range is from NaN to NaN; ` +
        'build it again of data in which the column has valid values, or have the monitor ignore the column',
    );
    const mended = baselineWith(MENDED, [0, 1, 2, 3], START);
    assert.ok((await new RecordReader(registry).read(writer.encode('Baseline', mended), START)).ok);
  });

  it('ends nothing where sketchers have counted in its bins already, and the mended one comes while panes are open', async () => {
    const registry = new LocalRegistry();
    const writer = await RecordWriter.open(registry, ['SketchPartial']);
    const known = new Map([
      ['empty', NO_RANGE],
      ['mended', MENDED],
    ]);
    const reader = new RecordReader(registry, { layoutOf: (id) => known.get(id) ?? null });
    const monitor = { ...defaultMonitor(), model: 'm', windows: [{ size: 2 * MINUTE, slide: 2 * MINUTE, origin: 0 }] };
    const baseline = baselineWith(MENDED, [0, 1, 2, 3], START);
    const detector = new Detector(0, { monitorOf: () => monitor, baselineOf: () => baseline });
    let offset = 0;
    const ids = ['empty', 'empty', 'mended', 'mended'];
    for (const [at, id] of ids.entries()) {
      const column = ColumnSketch.empty('x', 'numeric', known.get(id)!);
      for (let n = 0; n < 50; n++) column.addNumber(n % 5);
      const read = await reader.read(writer.encodePartial(partialOf(id, column, at % 2), 900_000)[0], START);
      assert.ok(read.ok && read.name === 'SketchPartial');
      detector.takePartial(offset++, read.record);
    }
    const mark = { sourcePartition: 0, sourcePartitions: 1, watermark: START + 10 * MINUTE, idleFor: 0 };
    detector.takeWatermark(offset, mark);
    const { panes, windows } = detector.drain();
    assert.deepEqual(
      panes.map(({ events }) => events),
      [100, 100],
    );
    const row = windows.find(({ column }) => column === 'x');
    assert.deepEqual([row?.events, row?.values], [200, 200]);
    assert.ok(row?.distances.psi !== null && Number.isFinite(row?.distances.psi));
  });
});

function partialOf(baselineId: string, column: ColumnSketch, minute: number): SketchPartial {
  const start = START + minute * MINUTE;
  return {
    pane: {
      stream: { model: 'm', version: '1', role: 'champion' },
      segment: { dimension: '', value: '' },
      ...{ start, size: MINUTE },
    },
    ...{ events: 50, minEventTime: start, maxEventTime: start + 1000, baselineId, columns: [column] },
    ...{ joint: null, quality: null, vectors: [], overflow: [] },
  };
}
