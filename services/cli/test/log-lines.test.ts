import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lineOf } from '../src/log-lines.js';

const TIME = new Date(Date.UTC(2026, 0, 5, 10));

function fieldsOf(fields: Readonly<Record<string, unknown>>, message = 'it happened'): Record<string, unknown> {
  const line = lineOf('warn', message, fields, TIME);
  assert.ok(!line.includes('\n'));
  return JSON.parse(line) as Record<string, unknown>;
}

describe('lineOf', () => {
  it('is one JSON object, in one line whatever is in it', () => {
    assert.deepEqual(fieldsOf({ partition: 3, detail: 'a\nb', size: 12n, nothing: null }, 'two\nlines'), {
      time: '2026-01-05T10:00:00.000Z',
      level: 'warn',
      message: 'two\nlines',
      partition: 3,
      detail: 'a\nb',
      size: '12',
      nothing: null,
    });
  });

  it('names errors with code and message', () => {
    const error = Object.assign(new TypeError('no answer'), { code: 'unreachable' });
    assert.deepEqual(fieldsOf({ error }).error, { name: 'TypeError', code: 'unreachable', message: 'no answer' });
    assert.deepEqual(fieldsOf({ error: new Error('plain') }).error, { name: 'Error', message: 'plain' });
  });

  it('blots credentials out of addresses, in messages, fields and errors alike', () => {
    const address = 'https://ann:s3cr3t@host:8443/path?a=b@c';
    const clean = 'https://***@host:8443/path?a=b@c';
    const { message, where, error } = fieldsOf(
      { where: [address], error: new Error(`GET ${address} failed`) },
      `asking ${address}`,
    );
    assert.equal(message, `asking ${clean}`);
    assert.deepEqual(where, [clean]);
    assert.equal((error as { message: string }).message, `GET ${clean} failed`);
    assert.ok(!lineOf('error', 'x', { url: 'http://u:p@ss@host' }, TIME).includes('p@ss'));
    assert.equal(fieldsOf({ mail: 'ann@host', url: 'http://host/@here' }).mail, 'ann@host');
  });

  it('lets no field pass for its own time, level or message', () => {
    const { level, message, time } = fieldsOf({ level: 'info', message: 'another', time: 'never' });
    assert.deepEqual([level, message, time], ['warn', 'it happened', '2026-01-05T10:00:00.000Z']);
  });
});
