import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ServiceHealth,
  ServiceMetrics,
  watchDependencies,
  type DependencyCheck,
  type DependencyNotice,
} from '../src/index.js';
import { samplesOf } from './exposition.js';

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!condition()) {
    if (Date.now() > deadline) assert.fail('not so within 5 s');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Watches one dependency; gives what is known of it. */
function watching(check: DependencyCheck) {
  const [health, metrics] = [new ServiceHealth(), new ServiceMetrics()];
  const end = watchDependencies({ it: check }, health, metrics, { interval: 10, patience: 30 });
  return { end, metrics, answers: () => health.ready().dependencies.it as boolean | undefined };
}

describe('watchDependencies', () => {
  it('asks again and again, and notes what comes of it', async () => {
    let check: DependencyCheck = () => Promise.resolve();
    const { end, metrics, answers } = watching(() => check());
    const up = async () => samplesOf(await metrics.text()).get('tidemark_dependency_up{dependency="it"}');
    await until(() => answers() === true);
    assert.equal(await up(), 1);
    check = () => Promise.reject(new Error('refused'));
    await until(() => answers() === false);
    assert.equal(await up(), 0);
    check = () => Promise.resolve(true);
    await until(() => answers() === true);
    check = () => Promise.resolve(false);
    await until(() => answers() === false);
    end();
  });

  it('counts one that does not answer as away, without asking it a second time meanwhile', async () => {
    let asked = 0;
    const { end, answers } = watching(() => {
      asked++;
      return new Promise(() => undefined);
    });
    await until(() => answers() === false);
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(answers(), false);
    assert.equal(asked, 1);
    end();
  });

  it('tells once when one goes, now and then while it is away, and once when it is back', async () => {
    const notices: DependencyNotice[] = [];
    let check: DependencyCheck = () => Promise.resolve();
    let asked = 0;
    const counted = () => {
      asked++;
      return check();
    };
    const settings = {
      interval: 5,
      patience: 1000,
      repeat: 100,
      onNotice: (notice: DependencyNotice) => notices.push(notice),
    };
    const end = watchDependencies({ it: counted }, new ServiceHealth(), new ServiceMetrics(), settings);
    await until(() => asked > 3);
    assert.equal(notices.length, 0, 'one that answers all along is not worth a word');
    const error = new Error('refused');
    check = () => Promise.reject(error);
    await until(() => notices.some(({ state }) => state === 'away'));
    const [gone, away, ...others] = notices;
    assert.deepEqual(gone, { name: 'it', state: 'gone', seconds: 0, error });
    assert.deepEqual([away.state, away.error], ['away', error]);
    assert.equal(others.length, 0);
    check = () => Promise.resolve();
    await until(() => notices.at(-1)?.state === 'back');
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(notices.filter(({ state }) => state === 'back').length, 1);
    end();
  });

  it('notes nothing once it has ended', async () => {
    let settle: () => void = () => undefined;
    const { end, answers } = watching(() => new Promise<void>((resolve) => (settle = resolve)));
    end();
    settle();
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(answers(), undefined);
  });
});
