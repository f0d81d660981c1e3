import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DataFile, type FileCell } from '../src/index.js';
import { collect } from './embedded.js';
import { cellsOf, fileOf } from './written-files.js';

describe('files as people write them', () => {
  it('decides what a column holds by most of its cells, whatever the first ones are', async () => {
    const markers = ['NA', 'n/a', 'N/A', 'NULL', 'None', '#N/A', '<NA>', 'null', '\\N', ' NA '];
    const columns: readonly (readonly [name: string, first: readonly string[], then: (row: number) => string])[] = [
      ['x', [...markers, 'word'], (row) => String(row / 4)],
      ['small', ['4.2e-05', '-1E-7', 'word'], (row) => String(row)],
      ['flag', ['word', 'TRUE'], (row) => (row % 2 === 0 ? 'True' : 'false')],
      ['when', ['word', '2026-01-05T10:00:00+02:00'], (row) => `2026-01-0${1 + (row % 9)} 10:00`],
      ['code', ['01321'], (row) => `0${100 + row}`],
      ['name', ['1', '2', ...markers], (row) => `n${row}`],
      ['german', [''], (row) => `${13 + (row % 9)}.01.2026`],
      ['american', [''], (row) => `01/${13 + (row % 9)}/2026`],
      ['either', [''], (row) => `01/0${1 + (row % 9)}/2026`],
    ];
    const lines = Array.from({ length: 40 }, (_, row) =>
      columns.map(([, first, then]) => first[row] ?? then(row)).join(),
    );
    const file = await DataFile.open(
      fileOf('most.csv', [columns.map(([name]) => name).join(), ...lines, ''].join('\n')),
    );
    assert.deepEqual(
      file.columns.map(({ name, kind, dateOrder }) => [name, kind, ...(kind === 'time' ? [dateOrder] : [])]),
      [
        ['x', 'number'],
        ['small', 'number'],
        ['flag', 'boolean'],
        ['when', 'time', 'day-first'],
        ['code', 'string'],
        ['name', 'string'],
        ['german', 'time', 'day-first'],
        ['american', 'time', 'month-first'],
        ['either', 'time', 'unknown'],
      ],
    );
    const cells = await cellsOf(file);
    assert.deepEqual(cells['x'].slice(0, 12), [...markers.map(() => null), 'word', 2.75]);
    assert.deepEqual(cells['small'].slice(0, 4), [4.2e-5, -1e-7, 'word', 3]);
    assert.deepEqual(cells['flag'].slice(0, 4), ['word', true, true, false]);
    assert.deepEqual(cells['when'].slice(0, 3), ['word', Date.UTC(2026, 0, 5, 8), Date.UTC(2026, 0, 3, 10)]);
    assert.deepEqual(cells['code'].slice(0, 2), ['01321', '0101']);
    assert.deepEqual(cells['name'].slice(1, 4), ['2', null, null]);
    assert.deepEqual([cells['german'][1], cells['american'][1]], [Date.UTC(2026, 0, 14), Date.UTC(2026, 0, 14)]);
    const [x] = await file.profile({ names: ['x'] });
    assert.deepEqual([x.values, x.nulls, x.typeErrors], [29, 10, 1]);
    await file.close();
  });

  it('reads columns of a stated kind by that kind', async () => {
    const kinds = new Map([['id', 'string'] as const, ['x', 'number'] as const, ['flag', 'boolean'] as const]);
    const path = fileOf('stated.csv', 'id,x,flag\n007,low,1\n9007199254740993,high,0\n3,5,1.0\n');
    const file = await DataFile.open(path, undefined, { kinds, missing: ['high'] });
    assert.deepEqual(await cellsOf(file), {
      id: ['007', '9007199254740993', '3'],
      x: ['low', null, 5],
      flag: [true, false, true],
    });
    await file.close();
  });

  it('finds out how CSV is written: delimiters, and numbers with a comma', async () => {
    const files: readonly (readonly [name: string, content: string, cells: Record<string, FileCell[]>])[] = [
      ['excel.csv', 'x;y;z\n1,5;a, b;2\n2,25;c;3\n', { x: [1.5, 2.25], y: ['a, b', 'c'], z: [2, 3] }],
      ['whole.csv', 'x;y\n1;2\n3;4\n', { x: [1, 3], y: [2, 4] }],
      ['tabs.csv', 'x\ty\n0.5\tq\n2.25\tr\n', { x: [0.5, 2.25], y: ['q', 'r'] }],
      ['tabs.tsv', 'x\ty\n0.5\tq\n2.25\tr\n', { x: [0.5, 2.25], y: ['q', 'r'] }],
      ['pipes.csv', 'x|y\n0.5|"q|q"\n', { x: [0.5], y: ['q|q'] }],
      ['marked.csv', '\ufeffx,y\r\n1,"a; b; c"\r\n', { x: [1], y: ['a; b; c'] }],
    ];
    for (const [name, content, cells] of files) {
      const file = await DataFile.open(fileOf(name, content));
      assert.deepEqual(await cellsOf(file), cells, name);
      await file.close();
    }
  });

  it('says what a file is that cannot be read, and what to do', async () => {
    const files: readonly (readonly [name: string, content: string | Buffer, message: RegExp])[] = [
      ['utf16.csv', Buffer.from('\ufeffx,y\n1,2\n', 'utf16le'), /utf16\.csv is not in UTF-8\. .*iconv -f UTF-16/],
      ['latin1.csv', Buffer.from('x,Größe\n1,ü\n', 'latin1'), /latin1\.csv is not in UTF-8\. .*iconv -f LATIN1/],
      ['empty.csv', '', /empty\.csv is empty$/],
      ['headings.csv', 'x,y\n', /headings\.csv has headings, but no rows$/],
      ['ragged.csv', 'x,y\n1,2\n3\n', /ragged\.csv: line 3 has 1 cells, and the headings are 2$/],
      ['twice.csv', 'x,y,x\n0,1,2\n', /twice\.csv has two columns named 'x'/],
    ];
    for (const [name, content, message] of files) {
      await assert.rejects(DataFile.open(fileOf(name, content)), { code: 'bad-file', message }, name);
    }
    const nan = await DataFile.open(fileOf('nan.jsonl', '{"x":1}\n{"x":NaN}\n')).catch((error: unknown) => error);
    const error = nan instanceof DataFile ? await collect(nan.rows()).catch((fault: unknown) => fault) : nan;
    assert.match(String(error), /nan\.jsonl is no JSON in row 2: NaN is no value of JSON/);
  });
});
