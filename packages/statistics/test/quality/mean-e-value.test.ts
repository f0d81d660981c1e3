import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { labelsNeeded, logDifferenceEValue, logMeanEValue } from '../../src/index.js';
import { assertClose, seededUniform } from '../oracle.js';

const ALPHA = 0.05;

/** After how many of at most so many labels the e-value against a rate of at most `base` first reaches 1/α, looked at after each ten; Infinity: never. */
function alarmAt(rate: number, base: number, most: number, uniform: () => number, alpha = ALPHA): number {
  let wrong = 0;
  for (let n = 1; n <= most; n++) {
    wrong += Number(uniform() < rate);
    if (n % 10 === 0 && logMeanEValue([1 - base, -base], [wrong, n - wrong], -base) >= -Math.log(alpha)) return n;
  }
  return Infinity;
}

describe('logMeanEValue', () => {
  it('has a mean of 1 under the null, over all outcomes', () => {
    for (const base of [0.02, 0.3, 0.9]) {
      const n = 12;
      let [mean, choose] = [0, 1];
      for (let k = 0; k <= n; k++) {
        const probability = choose * base ** k * (1 - base) ** (n - k);
        mean += probability * Math.exp(logMeanEValue([1 - base, -base], [k, n - k], -base));
        choose = (choose * (n - k)) / (k + 1);
      }
      assertClose(mean, 1, 1e-12, `mean at ${base}`);
    }
  });

  it('alarms of nothing in at most the stated share of streams, though it is looked at all along', () => {
    const uniform = seededUniform(71);
    for (const base of [0.02, 0.1, 0.4]) {
      let alarms = 0;
      for (let stream = 0; stream < 400; stream++) alarms += Number(alarmAt(base, base, 3000, uniform) < Infinity);
      // At most 5 % of 400 on average; three standard deviations.
      assert.ok(alarms <= 20 + 13, `${alarms} of 400 streams at ${base}`);
    }
  });

  it('needs about as many labels as stated to show a rise', () => {
    const uniform = seededUniform(72);
    for (const [base, rate] of [
      [0.1, 0.15],
      [0.1, 0.3],
      [0.02, 0.05],
      [0.4, 0.45],
    ]) {
      const needed = labelsNeeded(rate - base, rate * (1 - rate), ALPHA, 0.9);
      const delays = Array.from({ length: 200 }, () => alarmAt(rate, base, 3 * needed, uniform)).sort((a, b) => a - b);
      const inTime = delays.filter((n) => n <= needed).length;
      assert.ok(inTime >= 168, `${base} to ${rate}: ${inTime} of 200 within ${needed}`);
      assert.ok(
        delays[180] >= 0.45 * needed,
        `${base} to ${rate}: 90 % within ${delays[180]}, far fewer than ${needed}`,
      );
    }
  });

  it('takes weighted losses less what was expected of each answer', () => {
    const uniform = seededUniform(73);
    let alarms = 0;
    const repeats = 300;
    for (let repeat = 0; repeat < repeats; repeat++) {
      // Two scores with their own rates, the second labelled a fifth as often.
      const cells = [
        { p: 0.1, w: 1, wrong: 0, right: 0 },
        { p: 0.4, w: 5, wrong: 0, right: 0 },
      ];
      let ever = false;
      for (let n = 1; n <= 1000; n++) {
        const cell = cells[Number(uniform() < 1 / 6)];
        if (uniform() < cell.p) cell.wrong++;
        else cell.right++;
        if (n % 20 > 0) continue;
        const differences = cells.flatMap(({ p, w }) => [w * (1 - p), -w * p]);
        const counts = cells.flatMap(({ wrong, right }) => [wrong, right]);
        ever ||= logMeanEValue(differences, counts, -2) >= -Math.log(ALPHA);
      }
      alarms += Number(ever);
    }
    assert.ok(alarms <= 15 + 12, `${alarms} of ${repeats}`);
  });

  it('is 0 without events, whatever their order the same, and refuses what breaks its bound', () => {
    assert.equal(Math.abs(logMeanEValue([], [], -1)) < 1e-12, true);
    assert.equal(logMeanEValue([0.9, -0.1], [5, 20], -0.1), logMeanEValue([-0.1, 0.9], [20, 5], -0.1));
    assert.throws(() => logMeanEValue([-0.2], [1], -0.1), /below the bound/);
    assert.throws(() => logMeanEValue([0.2], [1], 0), RangeError);
    assert.throws(() => labelsNeeded(0, 0.1), RangeError);
  });
});

describe('logDifferenceEValue', () => {
  const losses = [0, 1];

  it('alarms of no difference in at most the stated share of streams', () => {
    const uniform = seededUniform(74);
    let alarms = 0;
    for (let stream = 0; stream < 150; stream++) {
      let [a, b] = [0, 0];
      for (let n = 1; n <= 1500; n++) {
        a += Number(uniform() < 0.2);
        b += Number(uniform() < 0.2);
        if (n % 100 > 0) continue;
        if (logDifferenceEValue({ losses, counts: [n - a, a] }, { losses, counts: [n - b, b] }) >= -Math.log(ALPHA)) {
          alarms++;
          break;
        }
      }
    }
    assert.ok(alarms <= 8 + 8, `${alarms} of 150`);
  });

  it('sees a difference, in its direction only', () => {
    const [low, high] = [
      { losses, counts: [1600, 400] },
      { losses, counts: [1400, 600] },
    ];
    assert.ok(logDifferenceEValue(low, high) > Math.log(1000));
    assert.ok(logDifferenceEValue(high, low) < 0);
    assert.equal(logDifferenceEValue({ losses, counts: [0, 0] }, high), 0);
  });
});
