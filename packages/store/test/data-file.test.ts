import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DataFile } from '../src/index.js';
import { collect, emptyStore, temporaryFolder } from './embedded.js';
import { HOSTILE } from './samples.js';
import { cellsOf, fileOf } from './written-files.js';

const CSV = `id,age,name,ok,at\n9007199254740993,0.1,"a ""b""\nc",true,2021-06-01 00:00:00\n2,,'x,false,2021-06-01 12:00:00.5\n3,nan,"",true,2021-06-02 00:00:00\n4,-inf,😀,,\n`;

describe('DataFile', () => {
  it('reads CSV by column, compressed or not', async () => {
    for (const path of [fileOf('plain.csv', CSV), fileOf('packed.csv.gz', gzipSync(CSV))]) {
      const file = await DataFile.open(path, undefined, { kinds: new Map([['id', 'string']]) });
      assert.deepEqual(
        file.columns.map(({ name, kind }) => [name, kind]),
        [
          ['id', 'string'],
          ['age', 'number'],
          ['name', 'string'],
          ['ok', 'boolean'],
          ['at', 'time'],
        ],
      );
      const day = Date.UTC(2021, 5, 1);
      assert.deepEqual(await cellsOf(file), {
        id: ['9007199254740993', '2', '3', '4'],
        age: [0.1, null, NaN, -Infinity],
        name: ['a "b"\nc', "'x", '', '😀'],
        ok: [true, false, true, null],
        at: [day, day + 43_200_500, day + 86_400_000, null],
      });
      await file.close();
    }
  });

  it('takes a column for numbers whose small and great ones have exponents, as pandas writes them', async () => {
    const file = await DataFile.open(
      fileOf('exponents.csv', 'x,id\n0.5,a\n-6.182191213378174e-05,b\n1e+20,c\n1e-7,d\n,e\n'),
    );
    assert.deepEqual(
      file.columns.map(({ kind }) => kind),
      ['number', 'string'],
    );
    assert.deepEqual((await cellsOf(file))['x'], [0.5, -6.182191213378174e-5, 1e20, 1e-7, null]);
    await file.close();
  });

  it('keeps the bad cells of a text file, wherever they come', async () => {
    const rows = Array.from(
      { length: 40_000 },
      (_, i) => `${i === 35_000 ? 'broken' : i / 4},${i === 35_000 ? 'maybe' : 'true'}`,
    );
    const file = await DataFile.open(fileOf('late.csv', `x,b\n${rows.join('\n')}\n`));
    const { x, b } = await cellsOf(file);
    assert.equal(x.length, 40_000);
    assert.ok(x.every((cell, i) => cell === (i === 35_000 ? 'broken' : i / 4)));
    assert.equal(b[35_000], 'maybe');
    const [profile] = await file.profile({ names: ['x'], top: 1 });
    assert.equal(profile.typeErrors, 1);
    assert.equal(profile.values, 39_999);
    await file.close();
  });

  it('reads JSON lines', async () => {
    const lines = [
      { a: 1.5, s: 'x', n: { deep: [1] } },
      { a: null, s: null, b: true },
      { a: 2, s: '{}' },
    ];
    const file = await DataFile.open(fileOf('rows.jsonl', lines.map((line) => JSON.stringify(line)).join('\n')));
    const cells = await cellsOf(file);
    assert.deepEqual(cells['a'], [1.5, null, 2]);
    assert.deepEqual(cells['s'], ['x', null, '{}']);
    assert.deepEqual(cells['b'], [null, true, null]);
    assert.deepEqual(JSON.parse(String(cells['n'][0])), { deep: [1] });
    await file.close();
  });

  it('reads Parquet with its types', async () => {
    const store = await emptyStore();
    const path = join(temporaryFolder(), 'typed.parquet');
    await store.command(
      `INSERT INTO FUNCTION file({path:String}, 'Parquet') SELECT toInt64(number) AS i, number / 3 AS f, toFloat32(0.1) AS g,
       if(number = 1, NULL, toString(number)) AS s, CAST(number % 2 = 0, 'Bool') AS b, toDateTime64(number, 3, 'UTC') AS t,
       [toInt32(number)] AS l FROM numbers(100000) ORDER BY number`,
      { path },
    );
    const file = await DataFile.open(path);
    assert.deepEqual(
      file.columns.map(({ kind }) => kind),
      ['integer', 'number', 'number', 'string', 'boolean', 'time', 'other'],
    );
    const { i, f, g, s, b, t, l } = await cellsOf(file);
    assert.equal(i.length, 100_000);
    assert.ok(i.every((cell, row) => cell === row && f[row] === row / 3 && t[row] === row * 1000));
    assert.deepEqual([g[7], s[1], s[2], b[4], b[5], l[3]], [Math.fround(0.1), null, '2', true, false, '[3]']);
    await file.close();
  });

  it('keeps the order of Parquet rows over row groups', async () => {
    const store = await emptyStore();
    const path = join(temporaryFolder(), 'groups.parquet');
    // Row groups that take turns in being slow to read. Read side by side, one in four readings had some out of order.
    await store.command(
      `INSERT INTO FUNCTION file({path:String}, 'Parquet')
       SELECT number AS i, if(intDiv(number, 1000) % 2 = 0, repeat(hex(sipHash64(number)), 60), '') AS s FROM numbers(100000)
       SETTINGS output_format_parquet_row_group_size = 1000, max_threads = 1`,
      { path },
    );
    const file = await DataFile.open(path);
    for (let reading = 0; reading < 10; reading++) {
      let row = 0;
      for await (const { columns } of file.rows()) for (const i of columns[0].cells) assert.equal(i, row++);
      assert.equal(row, 100_000);
    }
    await file.close();
  });

  it('orders by a column, and reads the columns asked for', async () => {
    const file = await DataFile.open(
      fileOf('order.csv', 'when,x\n2021-03-01,1\n2020-01-01,2\n2021-02-01 10:00:00,3\n'),
    );
    assert.deepEqual(await cellsOf(file, { orderBy: 'when', select: ['x'] }), { x: [2, 3, 1] });
    await assert.rejects(collect(file.rows({ select: ['y'] })), {
      code: 'bad-query',
      message: /has when, x|it has when, x/,
    });
    await file.close();
  });

  it('gives batches of the size asked for, and may be left early', async () => {
    const file = await DataFile.open(
      fileOf('many.csv', `x\n${Array.from({ length: 10_000 }, (_, i) => i).join('\n')}\n`),
    );
    const batches = await collect(file.rows({ batch: 1000 }));
    assert.ok(batches.every((batch) => batch.rows <= 1000 && batch.columns[0].cells.length === batch.rows));
    assert.deepEqual(
      batches.flatMap((batch) => batch.columns[0].cells),
      Array.from({ length: 10_000 }, (_, i) => i),
    );
    for await (const batch of file.rows()) {
      assert.ok(batch.rows > 0);
      break;
    }
    assert.deepEqual(await file.quantiles(['x'], [1]), [[9999]]);
    await file.close();
  });

  it('gives exact quantiles of type 7', async () => {
    const values = [7, 0.1, 3, 0.30000000000000004, 12, -4];
    const file = await DataFile.open(fileOf('quantiles.csv', `x,empty\n${[...values, 'nan', 'inf'].join(',\n')},\n`));
    const levels = [0, 0.1, 0.25, 0.5, 0.6, 0.9, 1];
    const expected = [-4, -1.95, 0.15, 1.65, 3, 9.5, 12];
    const [quantiles, none] = await file.quantiles(['x', 'empty'], levels);
    quantiles.forEach((quantile, i) =>
      assert.ok(Math.abs(quantile - expected[i]) < 1e-14, `${levels[i]}: ${quantile}`),
    );
    // From the nearer order statistic: 0.1 - 4.1 * 0.5 and 0.1 + 0.2 * 0.25 in doubles.
    assert.deepEqual([quantiles[1], quantiles[2]], [0.1 - 4.1 * 0.5, 0.1 + (0.30000000000000004 - 0.1) * 0.25]);
    assert.deepEqual(
      none,
      levels.map(() => NaN),
    );
    await assert.rejects(file.quantiles(['x'], [1.1]), RangeError);
    await file.close();
  });

  it('profiles columns exactly', async () => {
    const file = await DataFile.open(fileOf('profile.csv', 'x,c\n0,DE\n0,DE\n5,FR\n-1,\n,FR\nnan,FR\ninf,BR\n'));
    const [x, c] = await file.profile({ top: 2 });
    assert.deepEqual(
      { ...x, column: x.column.name },
      {
        column: 'x',
        rows: 7,
        values: 4,
        nulls: 1,
        nans: 1,
        infinities: 1,
        typeErrors: 0,
        distinct: 3,
        min: -1,
        max: 5,
        top: [
          { value: 0, count: 2 },
          { value: -1, count: 1 },
        ],
      },
    );
    assert.deepEqual(
      { ...c, column: c.column.name },
      {
        column: 'c',
        rows: 7,
        values: 6,
        nulls: 1,
        nans: 0,
        infinities: 0,
        typeErrors: 0,
        distinct: 3,
        min: null,
        max: null,
        top: [
          { value: 'FR', count: 3 },
          { value: 'DE', count: 2 },
        ],
      },
    );
    await file.close();
  });

  it('takes any text for a name of a column, and nearly any for that of a file', async () => {
    const names = HOSTILE.filter((name) => name.trim() !== '');
    const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    const content = `${names.map(quote).join()}\n${names.map((_, i) => i).join()}\n`;
    const file = await DataFile.open(fileOf(`it's "a\\ \`file\`; -- 😀.csv`, content));
    assert.deepEqual(
      file.columns.map(({ name }) => name),
      names,
    );
    assert.deepEqual(
      Object.entries(await cellsOf(file)),
      names.map((name, i) => [name, [i]]),
    );
    assert.deepEqual(
      await file.quantiles(names, [0.5]),
      names.map((_, i) => [i]),
    );
    await file.close();
  });

  it('is not confused by columns named like what the queries use', async () => {
    const names = ['x', 'c1', 'c0', 'cell', 'xs', 'last', 'level', 'n', 'sorted', 'values'];
    const rows = [names, names.map((_, i) => i), names.map((_, i) => i * 10), names.map(() => 'bad')];
    const file = await DataFile.open(fileOf('names.csv', rows.map((row) => row.join()).join('\n')));
    const profiles = await file.profile();
    for (const [i, name] of names.entries()) {
      const cells = await cellsOf(file, { orderBy: 'n', select: [...new Set(['n', name, 'x'])] });
      assert.deepEqual(cells[name], [i, i * 10, 'bad']);
      assert.equal(profiles[i].distinct, i === 0 ? 1 : 2, name);
      assert.equal(profiles[i].typeErrors, 1, name);
    }
    await file.close();
    const numbers = await DataFile.open(
      fileOf(
        'numbers.csv',
        rows
          .slice(0, 3)
          .map((row) => row.join())
          .join('\n'),
      ),
    );
    for (const [i, name] of names.entries()) {
      assert.deepEqual(await numbers.quantiles([name], [0, 0.5, 1]), [[i, i * 5.5, i * 10]]);
      assert.equal((await numbers.profile({ names: [name] }))[0].max, i * 10);
    }
    await numbers.close();
  });

  it('says what is wrong with a file', async () => {
    await assert.rejects(DataFile.open('/nowhere/x.csv'), {
      code: 'bad-file',
      message: 'There is no file /nowhere/x.csv',
    });
    await assert.rejects(DataFile.open(fileOf('not.parquet', 'PAR2')), { code: 'bad-file' });
    await assert.rejects(DataFile.open('x.csv', "CSV'"), { code: 'bad-file', message: /no name of a format/ });
  });
});
