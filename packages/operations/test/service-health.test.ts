import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ServiceHealth } from '../src/index.js';

const LIMITS = { starting: 300_000, stalled: 60_000, outside: 300_000 };

/** A health whose clock stands still until it is moved. */
function healthAt(): { health: ServiceHealth; pass: (milliseconds: number) => void } {
  let now = 1000;
  const health = new ServiceHealth(() => now, LIMITS);
  return { health, pass: (milliseconds) => void (now += milliseconds) };
}

const never = new Promise<never>(() => undefined);

async function running(partitions: readonly number[]): Promise<ReturnType<typeof healthAt>> {
  const clocked = healthAt();
  clocked.health.enter('running');
  if (partitions.length > 0) await clocked.health.takingOver(partitions, () => Promise.resolve());
  return clocked;
}

describe('ServiceHealth', () => {
  it('dies of a loop that stands still while all dependencies answer, and not a moment before', async () => {
    const { health, pass } = await running([0, 1]);
    health.dependency('kafka', true);
    pass(LIMITS.stalled);
    assert.equal(health.live().ok, true);
    pass(1);
    const { ok, reason, secondsSinceTurn } = health.live();
    assert.equal(ok, false);
    assert.match(reason, /running for 60 s without a turn/);
    assert.equal(secondsSinceTurn, 60);
    health.turned();
    assert.equal(health.live().ok, true);
  });

  it('dies of a call that never returns, in whatever it was made', async () => {
    const { health, pass } = await running([]);
    void health.during(() => never);
    pass(LIMITS.stalled + 1);
    assert.equal(health.live().ok, false);
  });

  it('lives through an outage of hours: a loop that ends and tries anew turns with each attempt', async () => {
    const { health, pass } = await running([0]);
    for (let hour = 0; hour < 4 * 120; hour++) {
      health.enter('waiting');
      pass(30_000);
      assert.equal(health.live().ok, true);
      health.enter('starting');
      pass(30_000);
      assert.equal(health.live().ok, true);
    }
  });

  it('lives through an outage of hours that holds one call up, and dies if the call stays once it is over', async () => {
    const { health, pass } = await running([0]);
    void health.during(() => never);
    for (let minute = 0; minute < 240; minute++) {
      health.dependency('kafka', false);
      pass(60_000);
      assert.equal(health.live().ok, true);
    }
    health.dependency('kafka', true);
    pass(60_000);
    assert.equal(health.live().ok, false);
  });

  it('lives as a standby for ever', async () => {
    const { health, pass } = await running([]);
    pass(1e9);
    assert.equal(health.live().ok, true);
    assert.equal(health.ready().ok, true);
  });

  it('is not ready while its reader is in no group, says since when, and dies of that when it lasts', async () => {
    const { health, pass } = await running([]);
    let outsideFor = 0;
    const end = health.watchGroup('events', () => outsideFor);
    assert.equal(health.ready().ok, true, 'a standby');
    outsideFor = 35_000;
    const { ok, reason, secondsOutsideGroup } = health.ready();
    assert.equal(ok, false);
    assert.equal(reason, 'the reader of events has not been in its consumer group for 35 s');
    assert.deepEqual(secondsOutsideGroup, { events: 35 });
    assert.equal(health.live().ok, true);
    outsideFor = LIMITS.outside;
    assert.equal(health.live().ok, true);
    outsideFor++;
    assert.equal(health.live().ok, false);
    assert.match(health.live().reason, /not been in its consumer group for 300 s/);
    health.dependency('kafka', false);
    assert.equal(health.live().ok, true, 'nobody can join while the broker is away');
    pass(LIMITS.outside);
    health.dependency('kafka', true);
    outsideFor += LIMITS.outside;
    assert.equal(health.live().ok, true, 'nor longer than since its return');
    pass(1);
    assert.equal(health.live().ok, false);
    end();
    assert.equal(health.ready().ok, true);
  });

  it('gives starting longer, as it reads whole topics', () => {
    const { health, pass } = healthAt();
    pass(LIMITS.starting);
    assert.equal(health.live().ok, true);
    pass(1);
    assert.equal(health.live().ok, false);
  });

  it('is ready from the takeover of its partitions on, until it stops', async () => {
    const { health } = healthAt();
    assert.equal(health.ready().reason, 'starting');
    health.enter('running');
    let taken: () => void = () => undefined;
    const takingOver = health.takingOver([2, 1], () => new Promise<void>((resolve) => (taken = resolve)));
    assert.equal(health.ready().reason, 'taking partitions over');
    taken();
    await takingOver;
    assert.deepEqual(health.ready(), {
      ok: true,
      reason: '',
      phase: 'running',
      partitions: [1, 2],
      secondsSinceTurn: 0,
      dependencies: {},
    });
    health.letGo([1]);
    assert.deepEqual(health.partitions, [2]);
    health.enter('stopping');
    assert.equal(health.ready().ok, false);
    assert.equal(health.live().ok, true);
    assert.deepEqual(health.partitions, [2], 'what is not drained yet is still held');
  });

  it('is not ready while a dependency is away, and says which', async () => {
    const { health } = await running([0]);
    health.dependency('kafka', true);
    health.dependency('clickhouse', false);
    assert.equal(health.ready().reason, 'no answer from clickhouse');
    assert.deepEqual(health.ready().dependencies, { kafka: true, clickhouse: false });
    health.dependency('clickhouse', true);
    assert.equal(health.ready().ok, true);
  });

  it('says which dependency is away, and for how long, while it waits for it', () => {
    const { health, pass } = healthAt();
    health.dependency('clickhouse', true);
    health.dependency('kafka', false);
    pass(5000);
    health.dependency('kafka', false);
    health.enter('waiting');
    pass(30_000);
    const { reason, dependencies, secondsAway } = health.ready();
    assert.equal(reason, 'waiting: no answer from kafka');
    assert.deepEqual(dependencies, { clickhouse: true, kafka: false });
    assert.deepEqual(secondsAway, { kafka: 35 });
    health.dependency('kafka', true);
    assert.equal(health.ready().secondsAway, undefined);
    health.dependency('kafka', false);
    assert.deepEqual(health.ready().secondsAway, { kafka: 0 });
  });

  it('forgets what a loop that failed had held', async () => {
    const { health } = await running([0]);
    await assert.rejects(health.takingOver([1], () => Promise.reject(new Error('unreachable'))));
    assert.equal(health.ready().ok, false);
    health.enter('waiting');
    assert.deepEqual(health.partitions, []);
    health.enter('running');
    assert.equal(health.ready().ok, true);
  });
});
