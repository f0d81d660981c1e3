import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Detector, type Monitor } from '../../src/index.js';
import { knowledgeOf, START } from '../fixtures.js';
import { logOf, MEASURED, restartedAt, run, told, WINDOW, type World } from './labelled-stream.js';

const SLICED: Monitor = { ...MEASURED, segments: [['country']] };

const following = (share: number, score: number): number => 0.5 + share * (score - 0.5);

/** In France truths have never followed the score as closely as elsewhere; Italy is small. */
const COUNTRIES: Omit<World, 'windows'> = {
  events: 4000,
  delay: () => 1,
  chance: (score, _, country) => (country === 'FR' ? following(0.4, score) : score),
  country: (uniform) => (uniform < 0.6 ? 'DE' : uniform < 0.92 ? 'FR' : 'IT'),
};

const SIGNALS = ['quality', 'concept-drift', 'calibration', 'base-rate'];

describe('the quality of segments', () => {
  test('that fell in one of them is told of that one, since when, and is over when it is as before', () => {
    const chance: World['chance'] = (score, window, country) =>
      country === 'IT' && window >= 10 && window < 14
        ? following(0.3, score)
        : COUNTRIES.chance!(score, window, country);
    const log = logOf({ ...COUNTRIES, windows: 22, chance }, SLICED);
    const outputs = run(new Detector(0, knowledgeOf(SLICED)), log);
    const events = outputs.flatMap((output) => output.events).filter(({ signal }) => SIGNALS.includes(signal));
    assert.deepEqual(
      events.map(({ status, segment, since }) => [status, segment.value, (since - START) / WINDOW]),
      [
        ['opened', 'IT', 10],
        ['resolved', 'IT', 10],
      ],
    );
    const [{ signal, summary, query, findings }] = events;
    assert.equal(signal, 'concept-drift');
    assert.equal(findings[0].metric, 'error-rate-beyond-expected');
    assert.match(summary, /^where country = IT: concept drift/);
    assert.match(query, /segment_dimension = 'country' AND segment_value = 'IT'/);
    const rows = outputs
      .flatMap(({ quality }) => quality)
      .filter(({ metric, labels }) => metric === 'accuracy' && labels > 0);
    const verdictsOf = (country: string, from: number, to: number) =>
      new Set(
        rows
          .filter(({ segment }) => segment.value === country)
          .filter(({ windowStart }) => windowStart >= START + from * WINDOW && windowStart < START + to * WINDOW)
          .map(({ verdict }) => verdict),
      );
    assert.ok(verdictsOf('IT', 10, 14).has('concept-drift') && !verdictsOf('IT', 1, 10).has('concept-drift'));
    // France is as bad as it always was, which is worse than the scores say.
    assert.ok(!verdictsOf('FR', 4, 22).has('concept-drift'));
    assert.ok(verdictsOf('FR', 4, 22).has('unchanged'));
  });

  test('that fell of all events is told once, of all', () => {
    const broken = (window: number) => window >= 10 && window < 13;
    const outputs = run(new Detector(0, knowledgeOf(SLICED)), logOf({ ...COUNTRIES, windows: 20, broken }, SLICED));
    const events = outputs.flatMap((output) => output.events).filter(({ signal }) => SIGNALS.includes(signal));
    assert.deepEqual(
      events.map(({ status, segment }) => [status, segment.value]),
      [
        ['opened', ''],
        ['resolved', ''],
      ],
    );
  });

  test('that did not change opens nothing, however many segments are looked at', () => {
    const country = (uniform: number) => `c${Math.floor(8 * uniform)}`;
    let windows = 0;
    for (let seed = 1; seed <= 3; seed++) {
      const log = logOf({ ...COUNTRIES, windows: 16, country, seed: 100 + seed }, SLICED);
      const outputs = run(new Detector(0, knowledgeOf(SLICED)), log);
      const events = outputs.flatMap((output) => output.events).filter(({ signal }) => SIGNALS.includes(signal));
      assert.deepEqual(events, [], `seed ${seed}`);
      windows += outputs
        .flatMap(({ quality }) => quality)
        .filter(({ metric, verdict }) => metric === 'accuracy' && verdict === 'unchanged').length;
    }
    assert.ok(windows > 250, `${windows} were judged`);
  });

  test('is the same after a restart', () => {
    const broken = (window: number, country: string) => country === 'IT' && window >= 8;
    const log = logOf({ ...COUNTRIES, windows: 14, broken }, SLICED);
    const whole = run(new Detector(0, knowledgeOf(SLICED)), log);
    assert.ok(whole.some(({ events }) => events.some(({ segment }) => segment.value === 'IT')));
    for (let stop = 2; stop < log.length; stop += 17) {
      assert.deepEqual(told(restartedAt(stop, log, SLICED)), told(whole), `stopped at record ${stop}`);
    }
  });
});
