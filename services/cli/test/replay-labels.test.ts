import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Store } from '@tidemark/store';

const MAIN = fileURLToPath(new URL('../src/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tidemark-replay-labels-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('a replay joins the labels of a file, each once, however often it is run', async () => {
  const path = (name: string) => join(folder, name);
  const START = Date.UTC(2026, 0, 1);
  const rows = Array.from({ length: 120 }, (_, n) => `${n},${START + n * 60_000},0.${n % 10},${n % 2}`);
  writeFileSync(path('events.csv'), ['id,at,score,answer', ...rows].join('\n'));
  const truths = Array.from({ length: 100 }, (_, n) => `${n},${n % 3 === 0 ? 1 : 0}`);
  // One comes again, one is corrected, one is of no event.
  writeFileSync(path('truth.csv'), ['id,truth', ...truths, '5,0', '6,0', '999,1'].join('\n'));
  const mapping = 'mapping: {event_time: at, event_id: id, score: score, class: answer, ground_truth: truth}';
  writeFileSync(path('monitor.yaml'), `model: m\nversion: "1"\npane: 10m\nwindows: [1h]\n${mapping}\n`);
  const files = [
    '--events',
    path('events.csv'),
    '--ground-truth',
    path('truth.csv'),
    '--monitor',
    path('monitor.yaml'),
  ];
  for (let run = 0; run < 2; run++) {
    const replay = promisify(execFile)(process.execPath, [MAIN, 'replay', '--store', path('store'), ...files]);
    // Two windows become no baseline.
    await assert.rejects(replay, {
      code: 1,
      stderr: /1 of 103 labels in truth\.csv met no prediction\.\nNothing was judged/,
    });
  }
  const store = await Store.open({ kind: 'embedded', path: path('store'), database: 'tidemark' });
  const sums = await store.query(
    "SELECT sum(predictions) AS predictions, sum(labels) AS labels FROM tidemark.pane_quality WHERE segment_dimension = ''",
  );
  assert.deepEqual(sums, [{ predictions: 120, labels: 100 }]);
  await store.close();
});

test('labels come in a replay when they would have come: those of every window count, however long ago it was', async () => {
  const path = (name: string) => join(folder, name);
  const [START, HOUR] = [Date.UTC(2025, 0, 1), 3_600_000];
  // A hundred days; the model is right in nine of ten cases, and from the fiftieth day on in half of them.
  const rows = Array.from({ length: 2400 }, (_, n) => ({ n, at: START + n * HOUR, answer: n % 2 }));
  const wrong = (n: number) => (n < 1200 ? n % 10 === 3 : n % 4 < 2);
  const events = (some: typeof rows) => some.map(({ n, at, answer }) => `${n},${at},${answer}`);
  const truth = ({ n, answer }: (typeof rows)[number]) => (wrong(n) ? 1 - answer : answer);
  writeFileSync(path('year.csv'), ['id,at,answer', ...events(rows)].join('\n'));
  const reference = rows.slice(0, 1200).map((row) => `${events([row])[0]},${truth(row)}`);
  writeFileSync(path('year-reference.csv'), ['id,at,answer,truth', ...reference].join('\n'));
  writeFileSync(path('year-truth.csv'), ['id,truth', ...rows.map((row) => `${row.n},${truth(row)}`)].join('\n'));
  const late = rows.map((row) => `${row.n},${truth(row)},${row.at + 40 * 24 * HOUR}`);
  writeFileSync(path('late-truth.csv'), ['id,truth,observed_at', ...late].join('\n'));
  const mapping = 'mapping: {event_time: at, event_id: id, class: answer, ground_truth: truth}';
  const windows = 'pane: 1h\nwindows: [{size: 240h}]\nallowed_lateness: 0s\nquality: {window: {size: 240h}}\n';
  writeFileSync(path('year.yaml'), `model: m\nversion: "1"\n${windows}${mapping}\n`);
  const labelled = async (truths: string) => {
    const files = ['--events', 'year.csv', '--baseline', 'year-reference.csv', '--ground-truth', truths].map((word) =>
      word.startsWith('--') ? word : path(word),
    );
    const store = path(`store-of-${truths}`);
    const command = [MAIN, 'replay', '--store', store, '--monitor', path('year.yaml'), ...files, '--output', 'json'];
    const { stdout } = await promisify(execFile)(process.execPath, command);
    const opened = await Store.open({ kind: 'embedded', path: store, database: 'tidemark' });
    const found = await opened.query<{ labels: number }>(
      "SELECT toUInt32(max(labels)) AS labels FROM tidemark.quality WHERE segment_dimension = '' GROUP BY window_start ORDER BY window_start",
    );
    await opened.close();
    const fell = stdout.split('\n').filter((line) => line.includes('"concept-drift"') && line.includes('"opened"'));
    return { labels: found.map(({ labels }) => labels), fell: fell.length };
  };
  const atOnce = await labelled('year-truth.csv');
  assert.equal(
    atOnce.labels.reduce((sum, labels) => sum + labels, 0),
    2400,
  );
  assert.ok(atOnce.labels.length >= 10 && atOnce.fell > 0, JSON.stringify(atOnce));
  // Ten days more than a window waits for its labels: they are too late, as they would have been.
  const tooLate = await labelled('late-truth.csv');
  assert.ok(tooLate.labels.reduce((sum, labels) => sum + labels, 0) < 2400, JSON.stringify(tooLate));
});

test('labels write a class as they like; those of other classes, and a positive class that is none, are errors', async () => {
  const path = (name: string) => join(folder, name);
  const START = Date.UTC(2025, 0, 1);
  const rows = Array.from({ length: 2000 }, (_, n) => ({ n, at: START + n * 60_000, answer: n % 2 }));
  const isRight = (n: number) => n % 10 > 0;
  writeFileSync(
    path('spelt.csv'),
    ['id,at,answer', ...rows.map(({ n, at, answer }) => `${n},${at},${answer}`)].join('\n'),
  );
  const mapping = 'mapping: {event_time: at, event_id: id, class: answer, ground_truth: truth}';
  const windows = 'pane: 10m\nwindows: [10h]\nallowed_lateness: 0s\n';
  writeFileSync(path('spelt.yaml'), `model: m\nversion: "1"\n${windows}quality: {window: 10h}\n${mapping}\n`);
  writeFileSync(
    path('yes.yaml'),
    `model: m\nversion: "1"\n${windows}quality: {window: 10h, positive: "yes"}\n${mapping}\n`,
  );
  const replayed = (store: string, monitor = 'spelt.yaml') => {
    const files = [
      '--events',
      path('spelt.csv'),
      '--ground-truth',
      path('spelt-truth.csv'),
      '--monitor',
      path(monitor),
    ];
    const command = [MAIN, 'replay', '--store', path(store), ...files];
    return promisify(execFile)(process.execPath, command).catch(
      (error: unknown) => error as { stderr: string; code: number },
    );
  };
  const truths = (spell: (truth: boolean) => string) => {
    const lines = rows.map(({ n, answer }) => `${n},${spell((answer === 1) === isRight(n))}`);
    writeFileSync(path('spelt-truth.csv'), ['id,truth', ...lines].join('\n'));
  };
  for (const [i, [yes, no]] of [
    ['True', 'False'],
    ['1.0', '0.0'],
  ].entries()) {
    truths((truth) => (truth ? yes : no));
    await replayed(`spelt-${i}`);
    const store = await Store.open({ kind: 'embedded', path: path(`spelt-${i}`), database: 'tidemark' });
    const found = await store.query<{ right: number }>(
      "SELECT round(max(realised), 3) AS right FROM tidemark.quality WHERE metric = 'accuracy' AND segment_dimension = ''",
    );
    await store.close();
    assert.deepEqual(found, [{ right: 0.9 }]);
  }
  const positive = await replayed('spelt-yes', 'yes.yaml');
  assert.match(positive.stderr, /quality\.positive: 'yes' is no class of the answers \(0, 1\)/);
  truths((truth) => (truth ? 'good' : 'bad'));
  const other = await replayed('spelt-other');
  assert.match(other.stderr, /its labels have no class in common with the answers: labels are bad, good, answers 0, 1/);
  assert.deepEqual(
    [positive, other].map((ended) => 'code' in ended && ended.code),
    [2, 2],
  );
});
