import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ContractsError, documentHash, MonitorBook, parseMonitors, type AppliedMonitor } from '../../src/index.js';

function applied(model: string, revision: number, document: string | null, version = '*'): AppliedMonitor {
  const origin = { appliedBy: 'ann', appliedAt: 0, comment: '', history: [] };
  return { model, version, revision, document, hash: documentHash(document), ...origin };
}

function filesOf(text: string) {
  const parsed = parseMonitors(text, 'files.yaml');
  assert.ok(parsed.ok);
  return parsed.monitors.map(({ monitor }) => monitor);
}

const stream = (model: string, version = '1') => ({ model, version, role: 'champion' }) as const;

test('an applied monitor goes before the file of its model and version, and its removal gives the file back', () => {
  const book = new MonitorBook(filesOf('model: a\npane: 30s\n---\nmodel: b'));
  assert.equal(book.of(stream('a')).pane, 30_000);
  assert.ok(book.take(applied('a', 1, 'model: a\npane: 1m')));
  assert.equal(book.of(stream('a')).pane, 60_000);
  assert.deepEqual(
    book.inForce.map(({ monitor, source, revision }) => [monitor.model, source, revision]),
    [
      ['a', 'applied', 1],
      ['b', 'file', 0],
    ],
  );
  assert.deepEqual(
    book.overruled.map(({ monitor }) => monitor.model),
    ['a'],
  );
  assert.ok(book.take(applied('a', 2, null)));
  assert.ok(!book.take(applied('a', 1, 'model: a\npane: 1m')));
  assert.deepEqual([book.of(stream('a')).pane, book.overruled], [30_000, []]);
});

test('the most particular monitor is in force, wherever it is from', () => {
  const book = new MonitorBook(filesOf("model: a\nversion: '7'\npane: 30s"));
  book.take(applied('a', 1, 'model: a\npane: 5m\nwindows: [5m]'));
  book.take(applied('*', 1, "model: '*'\npane: 10s"));
  const panes = [stream('a', '7'), stream('a', '8'), stream('b')].map((each) => book.of(each).pane);
  assert.deepEqual(panes, [30_000, 300_000, 10_000]);
});

test('an older revision is left out, and a document that cannot be read leaves what was held', () => {
  const book = new MonitorBook();
  book.take(applied('a', 3, 'model: a\npane: 1m'));
  assert.ok(!book.take(applied('a', 3, 'model: a\npane: 30s')));
  assert.ok(!book.take(applied('a', 2, null)));
  assert.throws(
    () => book.take(applied('a', 4, 'model: a\npane: 1m\nfuture: yes')),
    (error) => error instanceof ContractsError && error.message.includes('revision 4'),
  );
  assert.equal(book.of(stream('a')).pane, 60_000);
});

test('a monitor carries its document as the file states it', () => {
  const parsed = parseMonitors('# head\nmodel: a # why\n---\n# second\nmodel: b\n...\n---\nmodel: c', 'm.yaml');
  assert.ok(parsed.ok);
  const documents = parsed.monitors.map(({ document }) => document);
  assert.deepEqual(documents, ['# head\nmodel: a # why\n', '# second\nmodel: b\n', 'model: c\n']);
});
