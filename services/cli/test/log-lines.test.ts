import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ServiceError } from '@tidemark/runtime';
import { TransportError } from '@tidemark/transport';
import { failureFields, lineOf } from '../src/log-lines.js';

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

describe('failureFields', () => {
  it('say where a service ended, and give the stack of the error and of its causes, without credentials', () => {
    const cause = new TransportError('denied', 'https://ann:s3cr3t@host refuses', {
      cause: new RangeError('deep down'),
    });
    const place = { service: 'detector', topic: 'sketch-partials', partition: 3, offset: 4711 };
    const error = new ServiceError('committing sketch-partials/3 at offset 4711: refused', place, cause);
    const { stack, ...fields } = fieldsOf(failureFields(error));
    const { time, level, message, ...own } = fields;
    assert.ok(time !== undefined && level !== undefined && message !== undefined);
    assert.deepEqual(own, {
      error: { name: 'ServiceError', code: 'denied', message: 'committing sketch-partials/3 at offset 4711: refused' },
      ...place,
    });
    assert.match(
      stack as string,
      /^ServiceError: committing[^]*\n {4}at [^]*caused by TransportError: https:\/\/\*\*\*@host/,
    );
    assert.match(stack as string, /caused by RangeError: deep down\n {4}at /);
    assert.ok(!(stack as string).includes('s3cr3t'));
  });

  it('of what is no error of a service, are the error and its stack', () => {
    const fields = failureFields(new Error('plain'));
    assert.deepEqual(Object.keys(fields), ['error', 'stack']);
    assert.equal(failureFields('text').stack, '');
  });
});
