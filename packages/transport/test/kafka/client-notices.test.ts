import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClientNotices } from '../../src/kafka/client-notices.js';

describe('The lines of the client', () => {
  let now = 0;
  const lines: string[] = [];
  const notices = new ClientNotices(
    (level, message) => lines.push(`${level} ${message}`),
    () => now,
  );
  const take = (message: string, error?: string): string[] => {
    lines.length = 0;
    notices.take(message, { error });
    return [...lines];
  };

  it('are errors where only the operator can mend what they say', () => {
    assert.deepEqual(
      take('Response Fetch(key: 1, version: 11)', 'Not authorized to access topics: [Topic authorization failed]'),
      ['error Response Fetch(key: 1, version: 11)'],
    );
    assert.deepEqual(take('SASL PLAIN authentication failed'), ['error SASL PLAIN authentication failed']);
  });

  it('are warnings where the client goes on', () => {
    assert.deepEqual(take('Connection error: connect ECONNREFUSED'), ['warn Connection error: connect ECONNREFUSED']);
    assert.deepEqual(take('Response Heartbeat', 'The group is rebalancing, so a rejoin is needed'), []);
  });

  it('say that something is waited for once it takes long, and then now and then', () => {
    const loading = "The coordinator is loading and hence can't process requests for this group";
    assert.deepEqual(take('Response InitProducerId', loading), []);
    now += 1000;
    assert.deepEqual(take('Response GroupCoordinator', 'The group coordinator is not available'), []);
    now += 2500;
    assert.deepEqual(take('Response InitProducerId', loading), ["warn waiting for Kafka's coordinator (4 s so far)"]);
    now += 5000;
    assert.deepEqual(take('Response InitProducerId', loading), []);
    for (let i = 0; i < 5; i++) {
      now += 5000;
      lines.length = 0;
      notices.take('Response InitProducerId', { error: loading });
    }
    assert.deepEqual(lines, ["warn waiting for Kafka's coordinator (34 s so far)"]);
    now += 60_000;
    assert.deepEqual(take('Response InitProducerId', loading), [], 'another wait');
    assert.deepEqual(take('Response Metadata', 'There is no leader for this topic-partition'), []);
    now += 4000;
    assert.deepEqual(take('Response Metadata', 'There is no leader for this topic-partition'), [
      'warn waiting for a leader of each partition (4 s so far)',
    ]);
  });
});
