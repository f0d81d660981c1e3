import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ColumnSketch } from '@tidemark/sketches';
import { BaselineBook, baselineOf, binsIdOf, type Baseline } from '../../src/index.js';

function baseline(version: string, createdAt: number, model = 'm'): Baseline {
  return baselineOf({ model, version, createdAt, source: 'test', periodStart: null, periodEnd: null }, 1, []);
}

const stream = (version: string) => ({ model: 'm', version, role: 'champion' }) as const;

describe('the book of baselines', () => {
  test('gives the newest of a version, else that for every version', () => {
    const book = new BaselineBook();
    const [any, old, fresh] = [baseline('*', 1), baseline('1', 2), baseline('1', 3)];
    for (const each of [fresh, any, old]) book.add(each);
    assert.equal(book.of(stream('1'), { from: 'published' }), fresh);
    assert.equal(book.of(stream('2'), { from: 'published' }), any);
    assert.equal(new BaselineBook().of(stream('1'), { from: 'published' }), null);
  });

  test('holds a new version against the one before it, where the monitor says so, until it has its own', () => {
    const book = new BaselineBook();
    const [any, one, two] = [baseline('*', 9), baseline('1', 2), baseline('2', 3)];
    for (const each of [any, one, two, baseline('3', 7, 'another')]) book.add(each);
    assert.equal(book.of(stream('3'), { from: 'previous-version' }), two);
    const own = baseline('3', 4);
    book.add(own);
    assert.equal(book.of(stream('3'), { from: 'previous-version' }), own);
    const empty = new BaselineBook();
    empty.add(any);
    assert.equal(empty.of(stream('1'), { from: 'previous-version' }), any);
  });

  test('knows the bins that a renewed baseline has kept by the name of the one that they were made for', () => {
    const book = new BaselineBook();
    const layout = { type: 'numeric', edges: Float64Array.of(0), min: -1, max: 1 } as const;
    const columns = [ColumnSketch.empty('x', 'numeric', layout)];
    const renewed = { ...baseline('1', 2), columns, kept: { baselineId: 'first', counts: [Float64Array.of(1, 1)] } };
    book.add(renewed);
    assert.equal(binsIdOf(renewed), 'first');
    assert.equal(book.column('first', 'x'), columns[0]);
    assert.equal(book.column(renewed.id, 'x'), undefined);
  });
});
