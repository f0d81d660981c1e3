import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ServiceHealth, ServiceMetrics } from '@tidemark/operations';
import { supervise, type Supervision } from '../src/supervise.js';
import type { Service } from '@tidemark/runtime';

/** A service whose end the test decides. */
class FakeService implements Service {
  readonly done: Promise<void>;
  end: () => void = () => undefined;
  fail: (error: Error) => void = () => undefined;
  stops = 0;

  constructor(private readonly onStop: (service: FakeService) => void = (service) => service.end()) {
    this.done = new Promise((resolve, reject) => {
      this.end = resolve;
      this.fail = reject;
    });
    this.done.catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.stops++;
    this.onStop(this);
    await this.done.catch(() => undefined);
  }
}

function passing(message: string): Error {
  return Object.assign(new Error(message), { code: 'unreachable', retriable: true });
}

function supervision() {
  const told = new AbortController();
  const health = new ServiceHealth();
  const metrics = new ServiceMetrics();
  const settings: Supervision = {
    name: 'test',
    health,
    metrics,
    told: told.signal,
    grace: 100,
    firstWait: 5,
    longestWait: 20,
  };
  const restarts = async () => Number(/^tidemark_loop_restarts_total (\d+)$/m.exec(await metrics.text())?.[1]);
  return { told, health, settings, restarts };
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!condition()) {
    if (Date.now() > deadline) assert.fail('not so within 5 s');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

describe('supervise', () => {
  it('drains what runs when it is told to stop, and gives 0', async () => {
    const { told, health, settings } = supervision();
    const service = new FakeService();
    const code = supervise(() => Promise.resolve(service), settings);
    await until(() => health.ready().ok);
    told.abort();
    assert.equal(await code, 0);
    assert.equal(service.stops, 1);
    assert.equal(health.phase, 'stopping');
  });

  it('starts again what something passing has ended, with ever longer waits', async () => {
    const { told, health, settings, restarts } = supervision();
    const starts: number[] = [];
    let service = new FakeService();
    const code = supervise(() => {
      starts.push(performance.now());
      if (starts.length <= 4) return Promise.reject(passing('no broker'));
      service = new FakeService();
      return Promise.resolve(service);
    }, settings);
    await until(() => health.ready().ok);
    const waits = starts.slice(1).map((at, index) => at - starts[index]);
    [5, 10, 20, 20].forEach((least, index) => assert.ok(waits[index] >= least - 1.5, `${waits.join()} ms`));
    service.fail(passing('the broker went'));
    await until(() => starts.length === 6 && health.ready().ok);
    assert.equal(await restarts(), 5);
    told.abort();
    assert.equal(await code, 0);
  });

  it('tells once in what way it stops while a dependency is away, and each time where all answer', async (context) => {
    const written: string[] = [];
    context.mock.method(process.stderr, 'write', (line: string) => written.push(line) > 0);
    const { told, health, settings } = supervision();
    const stops = () => written.filter((line) => line.includes('test stopped, starting again')).length;
    health.dependency('kafka', false);
    let starts = 0;
    const code = supervise(() => {
      starts++;
      const timedOut = starts % 2 === 0;
      return Promise.reject(Object.assign(passing('no broker'), timedOut ? { code: 'timeout' } : {}));
    }, settings);
    await until(() => starts === 8);
    assert.equal(stops(), 2, 'unreachable, and timed out');
    health.dependency('kafka', true);
    const before = starts;
    await until(() => starts === before + 4);
    assert.ok(stops() >= 5, `${stops()} lines`);
    told.abort();
    assert.equal(await code, 0);
  });

  it('joins again after it was fenced', async () => {
    const { told, health, settings } = supervision();
    const services = [new FakeService(), new FakeService()];
    let starts = 0;
    const code = supervise(() => Promise.resolve(services[starts++]), settings);
    await until(() => health.ready().ok);
    services[0].fail(Object.assign(new Error('taken over'), { code: 'fenced', retriable: false }));
    await until(() => starts === 2 && health.ready().ok);
    told.abort();
    assert.equal(await code, 0);
  });

  it('throws what cannot pass by itself', async () => {
    const { settings } = supervision();
    const denied = Object.assign(new Error('wrong password'), { code: 'denied', retriable: false });
    await assert.rejects(
      supervise(() => Promise.reject(denied), settings),
      denied,
    );
  });

  it('does not wait for the next start when it is told to stop meanwhile', async () => {
    const { told, health, settings } = supervision();
    const code = supervise(() => Promise.reject(passing('no broker')), { ...settings, firstWait: 60_000 });
    await until(() => health.phase === 'waiting');
    told.abort();
    assert.equal(await code, 0);
  });

  it('drains what has only just started when it is told to stop', async () => {
    const { told, settings } = supervision();
    const service = new FakeService();
    let start: (service: Service) => void = () => undefined;
    const code = supervise(() => new Promise((resolve) => (start = resolve)), settings);
    told.abort();
    setTimeout(() => start(service), 10);
    assert.equal(await code, 0);
    assert.equal(service.stops, 1);
  });

  it('ends in time, with 1, where what it holds cannot be written', async () => {
    const { told, health, settings } = supervision();
    const stuck = new FakeService(() => undefined);
    const code = supervise(() => Promise.resolve(stuck), settings);
    await until(() => health.ready().ok);
    await health.takingOver([0], () => Promise.resolve());
    const toldAt = performance.now();
    told.abort();
    assert.equal(await code, 1);
    assert.ok(performance.now() - toldAt < 1000);
  });

  it('gives 0 where all is written and only the leave takes too long', async () => {
    const { told, health, settings } = supervision();
    const leaving = new FakeService(() => health.letGo([0]));
    const code = supervise(() => Promise.resolve(leaving), settings);
    await until(() => health.ready().ok);
    await health.takingOver([0], () => Promise.resolve());
    told.abort();
    assert.equal(await code, 0);
  });

  it('gives 0 where another has taken over what it held', async () => {
    const { told, health, settings } = supervision();
    const failing = new FakeService((service) =>
      service.fail(Object.assign(new Error('taken over'), { code: 'fenced' })),
    );
    const code = supervise(() => Promise.resolve(failing), settings);
    await until(() => health.ready().ok);
    await health.takingOver([0], () => Promise.resolve());
    told.abort();
    assert.equal(await code, 0);
  });

  it('gives 1 where the last commit fails', async () => {
    const { told, health, settings } = supervision();
    const failing = new FakeService((service) => service.fail(passing('no broker')));
    const code = supervise(() => Promise.resolve(failing), settings);
    await until(() => health.ready().ok);
    await health.takingOver([0], () => Promise.resolve());
    told.abort();
    assert.equal(await code, 1);
  });
});
