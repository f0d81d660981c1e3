import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CoMoments, ColumnSketch, type BinLayout } from '@tidemark/sketches';
import { EventBatch, foldColumn, foldDependence, dependencePlanOf, plannedColumn } from '../../src/index.js';
import { MONITOR, STREAM } from '../fixtures.js';
import type { ColumnPlan } from '../../src/sketching/planned-column.js';

type Cell = number | string | boolean | null | undefined;

const NUMBERS: BinLayout = { type: 'numeric', edges: Float64Array.of(-1, 0, 1), min: -3, max: 3 };
const NAMES: BinLayout = { type: 'categorical', categories: ['red', 'green'] };
const PLANS: Readonly<Record<string, ColumnPlan>> = {
  x: { kind: 'numeric', layout: NUMBERS, coerce: false },
  y: { kind: 'numeric', layout: NUMBERS, coerce: false },
  colour: { kind: 'categorical', layout: NAMES, coerce: false },
};
const COLUMNS = Object.entries(PLANS).map(([name, { kind, layout }]) => {
  const column = ColumnSketch.empty(name, kind, layout);
  if (kind === 'numeric') column.addNumbers(Float64Array.of(-2, -2, -0.5, 0.5, 0.7, 2), 6);
  else ['red', 'red', 'green'].forEach((category) => column.addCategory(category, 1));
  return column;
});
const JOINT = dependencePlanOf({ id: 'b', columns: COLUMNS }, MONITOR)!;

const numbers = fc.oneof(
  { weight: 4, arbitrary: fc.double({ min: -4, max: 4 }) },
  fc.constantFrom<Cell>(-1, 0, -0, 1, NaN, Infinity, -Infinity, null, undefined, 'text', true),
);
const colours = fc.constantFrom<Cell>('red', 'green', 'blue', null, undefined, 7, false);
const rows = fc.array(fc.record({ x: numbers, y: numbers, colour: colours, taken: fc.boolean() }), { maxLength: 40 });

function batchOf(cells: readonly Readonly<Record<string, Cell>>[]): EventBatch {
  const batch = new EventBatch(STREAM);
  cells.forEach((each, at) => {
    const row = batch.append(`e${at}`, at);
    for (const name of Object.keys(PLANS)) {
      const cell = each[name];
      if (cell === null) batch.column(name).setNull(row);
      else if (typeof cell === 'number') batch.column(name).setNumber(row, cell);
      else if (typeof cell === 'string') batch.column(name).setString(row, cell);
      else if (typeof cell === 'boolean') batch.column(name).setBoolean(row, cell);
    }
  });
  return batch;
}

/** The score of a cell by the definition: the place among the edges, or the category's. */
function scoreOf(name: string, cell: Cell): number | null {
  const { layout, scores } = JOINT.columns.find((column) => column.name === name)!;
  if (layout.type === 'categorical') {
    const bin = typeof cell === 'string' ? layout.categories.indexOf(cell) : -1;
    return bin < 0 ? null : scores[bin];
  }
  if (typeof cell !== 'number' || !Number.isFinite(cell)) return null;
  return scores[layout.edges.filter((edge) => edge <= cell).length];
}

test('the scores of some rows of a batch are those of their cells, whatever they hold', () => {
  fc.assert(
    fc.property(rows, (given) => {
      const batch = batchOf(given);
      const planned = Object.entries(PLANS).map(([name, plan]) => plannedColumn(batch.column(name), plan, batch.rows));
      const taken = given.flatMap((row, at) => (row.taken ? [at] : []));
      const moments = CoMoments.empty(JOINT.names);
      foldDependence(planned, Int32Array.from(taken), JOINT, moments);
      const scores = taken.map((at) => JOINT.names.map((name) => scoreOf(name, given[at][name as 'x'])));
      let pair = 0;
      for (let i = 0; i < JOINT.names.length; i++) {
        for (let j = 0; j <= i; j++, pair++) {
          const both = scores.filter((each) => each[i] !== null && each[j] !== null);
          assert.equal(moments.pairs[pair], both.length);
          assert.equal(moments.products[pair] + 0, both.reduce((sum, each) => sum + each[i]! * each[j]!, 0) + 0);
        }
      }
    }),
  );
});

test('a column of some rows is counted as its cells are one by one', () => {
  fc.assert(
    fc.property(rows, (given) => {
      const batch = batchOf(given);
      const taken = given.flatMap((row, at) => (row.taken ? [at] : []));
      const folded = ColumnSketch.empty('x', 'numeric', NUMBERS);
      foldColumn(plannedColumn(batch.column('x'), PLANS.x, batch.rows), Int32Array.from(taken), folded);
      const single = ColumnSketch.empty('x', 'numeric', NUMBERS);
      for (const at of taken) {
        const cell = given[at].x;
        if (typeof cell === 'number') single.addNumber(cell);
        else if (cell === null) single.addNull();
        else if (cell !== undefined) single.addTypeError();
      }
      const partsOf = ({ bins, outOfRange, values, nan, nulls, typeErrors }: ColumnSketch) => ({
        bins: [...bins!],
        counts: [outOfRange, values, nan, nulls, typeErrors],
      });
      assert.deepEqual(partsOf(folded), partsOf(single));
    }),
  );
});

test('a column that is counted in other bins than the plan has no scores', () => {
  const batch = batchOf([{ x: 0.5, y: 0.5, colour: 'red' }]);
  const other: BinLayout = { ...NUMBERS, edges: Float64Array.of(0) };
  const planned = Object.entries(PLANS).map(([name, plan]) =>
    plannedColumn(batch.column(name), name === 'x' ? { ...plan, layout: other } : plan, 1),
  );
  const moments = CoMoments.empty(JOINT.names);
  foldDependence(planned, Int32Array.of(0), JOINT, moments);
  assert.deepEqual([moments.both(0, 0), moments.both(1, 1), moments.both(0, 1)], [0, 1, 0]);
});
