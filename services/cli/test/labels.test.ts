import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import { LocalRegistry, RecordReader, topicsOf, type GroundTruth } from '@tidemark/contracts';
import { DataFile } from '@tidemark/store';
import { MemoryLog } from '@tidemark/transport';
import { csvLine, textOfCell } from '../src/labels/csv.js';
import { importLabels } from '../src/labels/import-labels.js';
import { fileWith, FOLDER, rowsOf, tidemark } from './command.js';

const MONITOR = `
model: loans
pane: 1m
windows: [5m]
labeling: {budget: 50 per 1h, strata: [country]}
mapping: {event_time: at, event_id: id, score: p, segments: [country]}
`;

/** Rows of two hours. */
function csvOf(count: number, seed: number): string {
  let state = seed;
  const next = () => (state = (state * 16807) % 2147483647) / 2147483647;
  const rows = Array.from({ length: count }, (_, n) => {
    const at = new Date(Date.UTC(2026, 0, 1) + Math.floor((n / count) * 7_200_000)).toISOString();
    return `${at},id-${seed}-${n},${next().toFixed(4)},${(1000 * next()).toFixed(1)},${next() < 0.9 ? 'DE' : '=FR'}`;
  });
  return ['at,id,p,income,country', ...rows, ''].join('\n');
}

describe('tidemark labels', () => {
  before(async () => {
    fileWith('loans.yaml', MONITOR);
    fileWith('training.csv', csvOf(4000, 3));
    fileWith('served.csv', csvOf(8000, 5));
    const { code, stderr } = await tidemark([
      ...['replay', '--monitor', 'loans.yaml', '--baseline', 'training.csv', '--events', 'served.csv'],
      ...['--store', 'labels'],
    ]);
    assert.equal(code, 0, stderr);
  });

  it('exports what a replay asks to be labelled, within the budget, as a sheet to fill in', async () => {
    const { code, stdout, stderr } = await tidemark(['labels', 'export', '--model', 'loans', '--store', 'labels']);
    assert.equal(code, 0, stderr);
    const [headings, ...rows] = stdout.trimEnd().split('\n');
    assert.equal(
      headings,
      '"event_id","model","version","role","event_time","inclusion_probability","reason","stratum","predicted_score","segment.country","feature.country","feature.income","true_class","true_value"',
    );
    assert.ok(rows.length > 40 && rows.length <= 100, `${rows.length} of 100`);
    assert.equal(stderr, `${rows.length} requests.\n`);
    assert.match(rows[0], /^"id-5-\d+","loans","1","champion","2026-01-01T00:[\d:.]+Z",0\.\d+,"\w+","country=.*,,$/);
    assert.ok(rows.some((row) => row.includes(`"'=FR"`)) && !rows.some((row) => row.includes('"=FR"')));
    const stored = await rowsOf<{ n: number; least: number }>(
      'labels',
      'SELECT count() AS n, min(inclusion_probability) AS least FROM tidemark.labeling_requests',
    );
    assert.equal(stored[0].n, rows.length);
    assert.ok(stored[0].least > 0);
    const later = await tidemark([
      ...['labels', 'export', '--model', 'loans', '--store', 'labels', '--since', '2026-01-01T01:00:00Z'],
    ]);
    const ofLater = later.stdout.trimEnd().split('\n').slice(1);
    assert.deepEqual(
      ofLater,
      rows.filter((row) => row.includes('2026-01-01T01:')),
    );
  });

  it('knows features and dimensions by whatever name', async () => {
    const names = ['constructor', 'toString', '__proto__'];
    const monitor = (segments: readonly string[]) =>
      `model: named\npane: 1m\nwindows: [5m]\nsegments: [${segments.join(', ')}]\nlabeling: {budget: 50 per 1h}\n` +
      `mapping: {event_time: at, event_id: id, score: p, segments: [${segments.join(', ')}]}\n`;
    fileWith('plain.yaml', monitor([]));
    fileWith('named.yaml', monitor(names));
    const [headings, ...rows] = csvOf(2000, 7).trimEnd().split('\n');
    fileWith('named.csv', [[headings, ...names].join(','), ...rows.map((row) => `${row},a,b,c`), ''].join('\n'));
    for (const [file, events] of [
      ['plain.yaml', 'served.csv'],
      ['named.yaml', 'named.csv'],
    ]) {
      const replayed = await tidemark(['replay', '--monitor', file, '--events', events, '--store', 'named']);
      // Too few windows to learn a baseline may be all that there is.
      assert.ok(replayed.code === 0 || replayed.stderr.startsWith('Nothing was judged'), replayed.stderr);
    }
    const { code, stdout, stderr } = await tidemark(['labels', 'export', '--model', 'named', '--store', 'named']);
    assert.equal(code, 0, stderr);
    const lines = stdout.trimEnd().split('\n');
    const at = (heading: string) => lines[0].split(',').indexOf(`"${heading}"`);
    for (const kind of ['feature', 'segment']) {
      for (const [i, name] of names.entries()) {
        const cells = new Set(lines.slice(1).map((line) => line.split(',')[at(`${kind}.${name}`)]));
        assert.deepEqual([...cells].sort(), ['', `"${'abc'[i]}"`], `${kind}.${name}`);
      }
    }
  });

  it('says what is wrong with its options', async () => {
    const limit = await tidemark(['labels', 'export', '--model', 'loans', '--limit', 'many']);
    assert.deepEqual([limit.code, limit.stderr], [2, '--limit many: must be a whole number from 1 to 1000000\n']);
    const since = await tidemark(['labels', 'export', '--model', 'loans', '--since', 'soon']);
    assert.equal(since.code, 2);
    assert.match(since.stderr, /^--since soon: must be a time/);
  });
});

describe('importLabels', () => {
  async function imported(text: string, model: string | null = null) {
    const log = new MemoryLog();
    const registry = new LocalRegistry();
    const topic = topicsOf().groundTruth;
    await log.ensureTopics([{ topic, partitions: 1 }]);
    const file = await DataFile.open(join(FOLDER, fileWith('made.csv', text)), undefined, 'as-texts');
    try {
      const producer = await log.producer();
      const result = await importLabels({ file, name: 'made.csv', model, registry, producer, topic, now: 99 });
      const reader = new RecordReader(registry, { names: ['GroundTruth'] });
      const labels: GroundTruth[] = [];
      const follower = await log.follow(topic, async ({ key, value }) => {
        const read = await reader.read(value, 0);
        assert.ok(read.ok && read.name === 'GroundTruth');
        assert.equal(key?.toString(), read.record.eventId);
        labels.push(read.record);
      });
      await follower.stop();
      return { ...result, labels };
    } finally {
      await file.close();
      await log.close();
    }
  }

  it('publishes what people filled in, with the probability it was asked with', async () => {
    const { sent, empty, labels } = await imported(
      [
        'event_id,model,version,inclusion_probability,predicted_class,true_class,true_value,observed_at',
        `"007","loans","1",0.25,"no","yes",,2026-01-02T00:00:00Z`,
        `"'=x","loans",,,"no",,3.5,`,
        '"8","loans","1",0.5,"no",,,',
        '',
      ].join('\n'),
    );
    assert.deepEqual([sent, empty], [2, 1]);
    assert.deepEqual(labels, [
      {
        ...{ eventId: '007', model: 'loans', version: '1', class: 'yes', value: null, source: 'made.csv' },
        ...{ observedAt: Date.UTC(2026, 0, 2), inclusionProbability: 0.25 },
      },
      {
        ...{ eventId: '=x', model: 'loans', version: null, class: null, value: 3.5, source: 'made.csv' },
        ...{ observedAt: 99, inclusionProbability: null },
      },
    ]);
  });

  it('sends nothing of a file with faults, and names them', async () => {
    const lines = ['event_id,inclusion_probability,true_value', 'a,0.5,1', 'b,2,1', ',0.5,1', 'c,0.5,x', 'd,1e-300,1'];
    await assert.rejects(imported([...lines, ''].join('\n'), 'loans'), {
      lines: [
        "made.csv: row 3: inclusion_probability '2' is not above 0 and up to 1",
        'made.csv: row 4: event_id is empty',
        "made.csv: row 5: true_value 'x' is no number",
        "made.csv: row 6: inclusion_probability '1e-300' is less than any event is chosen with; copy it from the export",
      ],
    });
    await assert.rejects(imported('id,x\n1,2\n'), {
      message: /no column 'event_id'\n.*neither 'true_class' nor 'true_value'\n.*--model/,
    });
  });
});

describe('csvLine', () => {
  it('keeps texts texts, and lets no formula through', () => {
    assert.equal(
      csvLine(['007', 0.5, null, 'a "b"\nc', '=HYPERLINK("x")', '-5', -5]),
      `"007",0.5,,"a ""b""\nc","'=HYPERLINK(""x"")","-5",-5`,
    );
    for (const text of ['=1', '-5', "it's", "'quoted'", '@x', '']) {
      const written = /^"(.*)"$/s.exec(csvLine([text]))![1];
      assert.equal(textOfCell(written), text);
    }
  });

  it('guards what a spreadsheet takes for a formula behind blanks, unseen and full-width characters', () => {
    const leads = [
      '',
      ' ',
      '  ',
      '\u00a0',
      '\u3000',
      '\u200b',
      '\ufeff',
      '\u2060',
      '\u00ad',
      '\u202e',
      '\u0000',
      '\n',
      ' \u200b ',
    ];
    for (const lead of leads) {
      for (const begin of ['=', '+', '-', '@', '＝', '＋', '－', '＠', '−']) {
        assert.match(csvLine([`${lead}${begin}cmd()`]), /^"'/, JSON.stringify(lead + begin));
      }
    }
    assert.match(csvLine(['\t1']), /^"'/);
    assert.match(csvLine(['\r1']), /^"'/);
    assert.doesNotMatch(csvLine(['a;=cmd()', 'a\n=cmd()', 'a\t@cmd']), /[;\n\t][=@]/, 'where a cell may begin, too');
  });

  it('leaves numbers as they are', () => {
    const numbers = ['-0.025', '-5', '-1e-7', '-1.5e+300', '0.5', '12'];
    assert.equal(csvLine(numbers), numbers.map((number) => `"${number}"`).join(','));
    assert.equal(csvLine(['-5-cmd()', '+49', '-Infinity']), `"'-5-cmd()","'+49","'-Infinity"`);
    assert.equal(textOfCell("'-0.025"), '-0.025', 'as older sheets have it');
  });

  it('gives back every text exactly', () => {
    const alphabet = [...'\'=+-@\\u{}1be ;,"\t\n\r\u001b\u009b\u200b\u202e\u00a0＝é😀'];
    const text = fc.array(fc.constantFrom(...alphabet), { maxLength: 12 }).map((characters) => characters.join(''));
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: 'grapheme' })), (original) => {
        const written = /^"(.*)"$/s.exec(csvLine([original]))![1].replaceAll('""', '"');
        // eslint-disable-next-line no-control-regex -- control characters are what it is about
        assert.doesNotMatch(written, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u202e]/);
        assert.equal(textOfCell(written), original);
      }),
      { numRuns: 5000, seed: 7 },
    );
  });
});
