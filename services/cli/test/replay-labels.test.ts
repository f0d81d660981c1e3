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
      stderr: /3 of 103 labels in truth\.csv met no prediction\.\nNothing was judged/,
    });
  }
  const store = await Store.open({ kind: 'embedded', path: path('store'), database: 'tidemark' });
  const sums = await store.query(
    "SELECT sum(predictions) AS predictions, sum(labels) AS labels FROM tidemark.pane_quality WHERE segment_dimension = ''",
  );
  assert.deepEqual(sums, [{ predictions: 120, labels: 100 }]);
  await store.close();
});
