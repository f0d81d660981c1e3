import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Service } from '@tidemark/runtime';
import { together } from '../src/running.js';

function running() {
  let end: (error?: Error) => void = () => undefined;
  const done = new Promise<void>((resolve, reject) => {
    end = (error) => (error === undefined ? resolve() : reject(error));
  });
  const state = { stopped: false };
  const service: Service = {
    done,
    stop: () => {
      state.stopped = true;
      end();
      return Promise.resolve();
    },
  };
  return { service, state, fail: (error: Error) => end(error) };
}

test('two that run together stop together, when told and when either fails', async () => {
  const [a, b] = [running(), running()];
  const told = await together(a.service, () => Promise.resolve(b.service));
  await told.stop();
  await told.done;
  assert.deepEqual([a.state.stopped, b.state.stopped], [true, true]);

  const [c, d] = [running(), running()];
  const failing = await together(c.service, () => Promise.resolve(d.service));
  d.fail(new Error('no store'));
  await assert.rejects(failing.done, /no store/);
  assert.equal(c.state.stopped, true);

  const e = running();
  await assert.rejects(
    together(e.service, () => Promise.reject(new Error('no broker'))),
    /no broker/,
  );
  assert.equal(e.state.stopped, true, 'nothing runs on where the second cannot start');
});
