import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seasonMeans } from '../../src/index.js';
import { seededUniform } from '../oracle.js';

const HOURS = 24;
const WEEK = 7 * HOURS;

function normals(seed: number): () => number {
  const uniform = seededUniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** The mean square of what is left of a week's true profile after `weeks` of noisy hours. */
function errorOf(profile: (hour: number) => number, weeks: number, within: number): number {
  const draw = normals(4);
  const hours = Array.from({ length: weeks * WEEK }, (_, i) => i);
  const values = hours.map((i) => profile(i % WEEK) + draw());
  const { means } = seasonMeans(
    values,
    hours.map((i) => i % WEEK),
    WEEK,
    within,
  );
  return means.reduce((sum, mean, hour) => sum + (mean - profile(hour)) ** 2, 0) / WEEK;
}

describe('seasonMeans of a week that leans on its days', () => {
  it('learns a season of the day from few weeks far better than hour by hour of the week', () => {
    const daily = (hour: number): number => Math.sin((2 * Math.PI * (hour % HOURS)) / HOURS);
    const [nested, plain] = [errorOf(daily, 3, HOURS), errorOf(daily, 3, 0)];
    assert.ok(nested < plain / 3, `${nested} against ${plain}`);
    assert.ok(nested < 0.1, String(nested));
  });

  it('learns what weekends do otherwise', () => {
    const weekend = (hour: number): number => {
      const daily = Math.sin((2 * Math.PI * (hour % HOURS)) / HOURS);
      return hour >= 5 * HOURS ? 3 - daily : daily;
    };
    assert.ok(errorOf(weekend, 6, HOURS) < 0.25, String(errorOf(weekend, 6, HOURS)));
  });

  it('finds none where there is none', () => {
    assert.ok(errorOf(() => 0, 4, HOURS) < 0.02, String(errorOf(() => 0, 4, HOURS)));
  });
});

describe('seasonMeans of windows shorter than a slot', () => {
  it('does not take for a season what a series wanders by over an hour', () => {
    const perHour = 12;
    const days = 3;
    const squares = Array.from({ length: 20 }, (_, seed) => {
      const draw = normals(seed + 1);
      let level = draw();
      const values = Array.from({ length: days * HOURS * perHour }, () => {
        level = 0.95 * level + Math.sqrt(1 - 0.95 ** 2) * draw();
        return level;
      });
      const slots = values.map((_value, i) => Math.floor(i / perHour) % HOURS);
      const { means } = seasonMeans(values, slots, HOURS);
      return means.reduce((sum, mean) => sum + mean * mean, 0) / HOURS;
    });
    const mean = squares.reduce((sum, square) => sum + square, 0) / squares.length;
    // The means of three hours would have a fourth of the variance.
    assert.ok(mean < 0.1, String(mean));
  });
});
