import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OrphanWatch, type Monitor } from '../../src/index.js';
import { MINUTE, MONITOR, START } from '../fixtures.js';

const DAY = 24 * 60 * MINUTE;
const LOGGED: Monitor = {
  ...MONITOR,
  predictionLog: { share: 1, ttl: DAY, orphanAfter: MINUTE, mostOrphans: 0.1 },
};

const watchOf = (source = 'ground-truth/0') => new OrphanWatch(source, () => LOGGED);

describe('labels that find no prediction', () => {
  test('are told of once a day and model, where they are more than the stated share', () => {
    const watch = watchOf();
    watch.count('m', 'met', 200, START);
    watch.count('m', 'orphaned', 22, START);
    assert.deepEqual(watch.events(), []);
    watch.count('m', 'orphaned', 1, START + MINUTE);
    const [event, ...others] = watch.events();
    assert.deepEqual(others, []);
    assert.deepEqual([event.signal, event.status, event.notify], ['labels-orphaned', 'noted', true]);
    assert.deepEqual([event.windowStart, event.windowEnd, event.windowEvents], [START, START + DAY, 223]);
    assert.equal(event.findings[0].windowValue, 23 / 223);
    assert.match(event.summary, /^23 of 223 labels met no prediction \(ground-truth\/0\)/);
    assert.match(event.query, /WHERE model = 'm' AND fate = 'orphaned'/);
    watch.count('m', 'orphaned', 50, START + 2 * MINUTE);
    assert.deepEqual(watch.events(), []);
    watch.count('m', 'orphaned', 50, START + DAY);
    const [next] = watch.events();
    assert.equal(next.windowStart, START + DAY);
    assert.notEqual(next.id, event.id);
  });

  test('are to be looked up in the database that they are in, by names that cannot end their literal', () => {
    const watch = new OrphanWatch('a/0', () => LOGGED, 'drift');
    watch.count("m' OR `id`", 'orphaned', 30, START);
    const [{ query }] = watch.events();
    assert.match(query, / FROM drift\.waiting_labels WHERE model = 'm\\x27\\x20OR\\x20\\x60id\\x60' AND /);
  });

  test('have one id however often they are told of, and another for another partition and model', () => {
    const told = (source: string, model: string, labels: number) => {
      const watch = watchOf(source);
      watch.count(model, 'orphaned', labels, START + labels * MINUTE);
      return watch.events().map(({ id }) => id);
    };
    assert.deepEqual(told('a/0', 'm', 30), told('a/0', 'm', 400));
    const ids = [...told('a/0', 'm', 30), ...told('a/1', 'm', 30), ...told('a/0', "it's", 30)];
    assert.equal(new Set(ids).size, 3);
    assert.deepEqual(told('a/0', 'm', 19), [], 'a few strays');
  });

  test('are not counted beyond a bound of models', () => {
    const watch = watchOf();
    for (let n = 0; n < 1200; n++) watch.count(`m${n}`, 'orphaned', 30, START);
    assert.equal(watch.events().length, 1000);
  });
});
