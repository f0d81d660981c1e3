import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { fileWith, MONITOR, tidemark } from './command.js';

const ROWS = 40 * 250;
const START = Date.UTC(2024, 0, 15);

/** A number in [0, 1) that looks random, by row. */
function noise(row: number): number {
  let x = (row * 2654435761) >>> 0;
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d);
  x = Math.imul(x ^ (x >>> 12), 0x297a2d39);
  return ((x ^ (x >>> 15)) >>> 0) / 2 ** 32;
}

interface Written {
  readonly time?: (milliseconds: number) => string;
  readonly from?: number;
}

/** 250 rows a window of five minutes, with one column `x`. */
function csv(x: (row: number) => string, { time = (at) => new Date(at).toISOString(), from = START }: Written = {}) {
  const lines = Array.from({ length: ROWS }, (_, row) => `${time(from + row * 1200)},${x(row)}`);
  return ['at,x', ...lines, ''].join('\n');
}

const LATER = { from: START + 86_400_000 };
const hundredth = (row: number) => (noise(row) * 100).toFixed(2);

interface Case {
  readonly what: string;
  readonly monitor?: string;
  readonly reference: string;
  readonly events: string;
  readonly code: number;
  readonly stdout?: RegExp;
  readonly stderr?: RegExp;
}

const CASES: readonly Case[] = [
  {
    what: 'a number such as 4.2e-05 is one, and a column with one is judged',
    reference: csv((row) => (row === 7 ? '4.2e-05' : hundredth(row))),
    events: csv((row) => (row === 9 ? '1e-7' : hundredth(row + ROWS)), LATER),
    ...{ code: 0, stdout: /^No drift\.$/m },
  },
  {
    what: 'a shift in such a column is found',
    reference: csv((row) => (row === 7 ? '4.2e-05' : hundredth(row))),
    events: csv((row) => (row === 9 ? '4.2e-05' : String(Number(hundredth(row + ROWS)) + 29)), LATER),
    ...{ code: 3, stdout: /major .*x: .*PSI/ },
  },
  ...['NA', 'None'].map((marker): Case => ({
    what: `${marker} is a missing value, and the column is still one of numbers`,
    reference: csv((row) => (row === 3 ? marker : hundredth(row))),
    events: csv((row) => (row === 5 ? marker : String(Number(hundredth(row + ROWS)) + 29)), LATER),
    ...{ code: 3, stdout: /major .*x: .*PSI/ },
  })),
  {
    what: 'a column that is stated to be of numbers has one bad cell where one is a word',
    monitor: 'columns: {x: {kind: numeric}}\n',
    reference: csv((row) => (row === 10 ? 'broken' : hundredth(row))),
    events: csv((row) => (row === 9000 ? 'broken' : String(Number(hundredth(row + ROWS)) + 29)), LATER),
    ...{ code: 3, stdout: /major .*x: .*PSI/ },
  },
  ...(
    [
      ['True', 'False', 'true', 'false'],
      ['TRUE', 'FALSE', '1', '0'],
      ['true', 'false', '1.0', '0.0'],
    ] as const
  ).flatMap(([yes, no, laterYes, laterNo]): Case[] => [
    {
      what: `${yes} and ${no} are ${laterYes} and ${laterNo}`,
      monitor: 'columns: {x: {kind: boolean}}\n',
      reference: csv((row) => (noise(row) < 0.3 ? yes : no)),
      events: csv((row) => (noise(row + ROWS) < 0.3 ? laterYes : laterNo), LATER),
      ...{ code: 0, stdout: /^No drift\.$/m },
    },
    {
      what: `${yes} of a third that becomes ${laterYes} always is found`,
      monitor: 'columns: {x: {kind: boolean}}\n',
      reference: csv((row) => (noise(row) < 0.3 ? yes : no)),
      events: csv(() => laterYes, LATER),
      ...{ code: 3, stdout: /x/ },
    },
  ]),
  {
    what: 'whole numbers beyond 2^53 are numbers: twice as much is found',
    reference: csv((row) => String(BigInt(Math.floor(noise(row) * 1e9)) * 10n ** 12n)),
    events: csv((row) => String(BigInt(Math.floor(noise(row + ROWS) * 2e9)) * 10n ** 12n), LATER),
    ...{ code: 3, stdout: /major .*x: .*PSI/ },
  },
  {
    what: 'codes with leading zeros stay what they are: the same in Parquet’s and JSON’s texts',
    reference: csv((row) => `0${1000 + Math.floor(noise(row) * 5)}`),
    events: csv((row) => `"0${1000 + Math.floor(noise(row + ROWS) * 5)}"`, LATER),
    ...{ code: 0, stdout: /^No drift\.$/m },
  },
  {
    what: 'dates with the month first are read so in every row',
    reference: csv(hundredth, { time: american }),
    events: csv((row) => hundredth(row + ROWS), { time: american, from: Date.UTC(2024, 1, 1) }),
    ...{ code: 2, stderr: /events\.csv: the dates in 'at' can be read with the day or the month first: set mapping/ },
  },
  {
    what: 'the stated order of dates holds',
    monitor: '  date_order: month-first\n',
    reference: csv(hundredth, { time: american }),
    events: csv((row) => hundredth(row + ROWS), { time: american, from: Date.UTC(2024, 1, 1) }),
    ...{ code: 0, stdout: /^No drift\.$/m },
  },
  {
    what: 'seconds since the epoch are times',
    reference: csv(hundredth, { time: (at) => String(at / 1000) }),
    events: csv((row) => hundredth(row + ROWS), { ...LATER, time: (at) => String(Math.floor(at / 1000)) }),
    ...{ code: 0, stdout: /^No drift\.$/m },
  },
  {
    what: 'a file whose times cannot be read is not one without drift',
    reference: csv(hundredth),
    events: csv(hundredth, { time: () => 'soon' }),
    ...{ code: 1, stdout: /^$/, stderr: /10000 rows were left out: their at is no time\.\nNo window of 5m has events/ },
  },
];

function american(at: number): string {
  const [date, time] = new Date(at).toISOString().split('T');
  const [year, month, day] = date.split('-');
  return `${month}/${day}/${year} ${time.slice(0, 12)}`;
}

describe('files as they come', () => {
  before(() => fileWith('monitor.yaml', MONITOR));

  for (const { what, monitor = '', reference, events, code, stdout = /^/, stderr = /^/ } of CASES) {
    it(what, async () => {
      fileWith('reference.csv', reference);
      fileWith('events.csv', events);
      fileWith('case.yaml', MONITOR + monitor);
      const files = ['--baseline', 'reference.csv', '--events', 'events.csv', '--monitor', 'case.yaml'];
      const ended = await tidemark(['replay', ...files, '--store', 'replayed', '--fail-on-drift']);
      assert.equal(ended.code, code, ended.stdout + ended.stderr);
      assert.match(ended.stdout, stdout);
      assert.match(ended.stderr, stderr);
    });
  }

  it('counts a bad cell once, wherever it stands', async () => {
    for (const at of [10, 26_000]) {
      const cells = Array.from({ length: 26_001 }, (_, row) => (row === at ? 'broken' : String(row / 8)));
      fileWith('bad.csv', ['x', ...cells, ''].join('\n'));
      const build = ['baseline', 'build', 'bad.csv', '--monitor', 'monitor.yaml', '--store', `bad-${at}`];
      const { code, stdout, stderr } = await tidemark([...build, '--store-only']);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /x +numeric +26000 +0 +1 +10/);
    }
  });
});
