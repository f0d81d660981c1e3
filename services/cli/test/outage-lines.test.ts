import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OutageLines } from '../src/outage-lines.js';

const HOLD = 20;
const past = () => new Promise((resolve) => setTimeout(resolve, 3 * HOLD));

function watched() {
  const lines: string[] = [];
  const told = new OutageLines(
    (level, message) => lines.push(`${level} kafka: ${message}`),
    (level, message) => lines.push(`${level} ${message}`),
    HOLD,
  );
  return { lines, told };
}

describe('the lines of an outage', () => {
  it('are one when a dependency goes, one now and then, one when it is back; the client adds none', async () => {
    const { lines, told } = watched();
    const error = new Error('connect ECONNREFUSED');
    told.takeClient('warn', 'Connection error: connect ECONNREFUSED', {});
    told.takeDependency({ name: 'kafka', state: 'gone', seconds: 0, error });
    for (let attempt = 0; attempt < 10; attempt++) {
      told.takeClient('warn', 'Connection error: connect ECONNREFUSED', {});
      told.takeClient('warn', 'Crash: KafkaJSNumberOfRetriesExceeded', {});
    }
    told.takeDependency({ name: 'kafka', state: 'away', seconds: 60, error });
    told.takeDependency({ name: 'kafka', state: 'back', seconds: 65, error: null });
    await past();
    assert.deepEqual(lines, [
      'warn kafka does not answer; it is asked again until it does',
      'warn kafka has not answered for 60 s',
      'info kafka answers again, after 65 s',
    ]);
  });

  it('leave out nothing that the client says while Kafka answers, nor what only an operator can mend', async () => {
    const { lines, told } = watched();
    told.takeClient('warn', 'Connection error of one broker', {});
    told.takeDependency({ name: 'registry', state: 'gone', seconds: 0, error: null });
    await past();
    assert.deepEqual(lines.splice(0), [
      'warn registry does not answer; it is asked again until it does',
      'warn kafka: Connection error of one broker',
    ]);
    told.takeDependency({ name: 'kafka', state: 'gone', seconds: 0, error: null });
    told.takeClient('error', 'SASL authentication failed', {});
    assert.ok(lines.includes('error kafka: SASL authentication failed'));
  });
});
