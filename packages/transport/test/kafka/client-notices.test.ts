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

  it('are told once a minute where the client repeats them, with how often it did; each broker and each group by itself', () => {
    const told: unknown[] = [];
    let clock = 0;
    const repeating = new ClientNotices(
      (_, message, { broker, groupId, repeated }) => told.push([message, broker ?? groupId, repeated]),
      () => clock,
    );
    for (let attempt = 0; attempt < 30; attempt++, clock += 2500) {
      repeating.take('Connection error: connect ECONNREFUSED', { broker: 'a:9092' });
      repeating.take(`Crash: KafkaJSNumberOfRetriesExceeded: no broker (${attempt})`, {
        groupId: 'tidemark-follower-monitors-1',
      });
      repeating.take('Restarting the consumer in 50ms', { groupId: 'tidemark-follower-monitors-1' });
    }
    assert.deepEqual(told, [
      ['Connection error: connect ECONNREFUSED', 'a:9092', undefined],
      ['reading was interrupted: no broker (0)', 'tidemark-follower-monitors-1', undefined],
      ['Connection error: connect ECONNREFUSED', 'a:9092', 23],
      ['reading was interrupted: no broker (24)', 'tidemark-follower-monitors-1', 23],
    ]);
    repeating.take('Connection error: connect ECONNREFUSED', { broker: 'b:9092' });
    assert.equal(told.length, 5);
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
