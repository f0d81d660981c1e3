import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  normalScoreContrasts,
  normalScores,
  scanWindows,
  signedDeviance,
  variancePrior,
  type ScannedWindows,
  type WindowNull,
} from '../src/index.js';
import { assertClose, oracle } from './oracle.js';

interface DecisionCases {
  readonly scores: readonly { readonly shares: number[]; readonly scores: number[]; readonly contrasts: number[][] }[];
  readonly scans: readonly {
    /** Its variance between windows is called `wander`. */
    readonly model: Omit<WindowNull, 'between'> & { readonly wander: number };
    readonly windows: ScannedWindows;
    readonly expected: readonly (readonly [stretch: number, size: number, deviation: number])[];
  }[];
  readonly deviances: readonly (readonly [count: number, n: number, share: number, expected: number])[];
  readonly priors: readonly {
    readonly variances: number[];
    readonly degrees: number[];
    readonly prior: readonly [degrees: number, variance: number];
  }[];
}

const cases = oracle<DecisionCases>('decision');

describe('the parts of a decision agree with numpy and scipy', () => {
  it('normal scores are truncated means, and contrasts what a QR decomposition gives', () => {
    for (const { shares, scores, contrasts } of cases.scores) {
      normalScores(shares).forEach((score, bin) => assertClose(score, scores[bin], 1e-9, `score ${bin}`));
      const found = normalScoreContrasts(shares, 4);
      assert.equal(found.length, contrasts.length);
      found.forEach((contrast, degree) => {
        const sign = Math.sign(contrast[contrast.length - 1]);
        contrast.forEach((x, bin) => {
          const off = Math.abs(sign * x - contrasts[degree][bin]);
          assert.ok(off < 1e-9, `contrast ${degree} of bin ${bin}: off by ${off}`);
        });
      });
    }
  });

  it('the scan by a filter is the generalised least squares estimate of each step', () => {
    for (const { model, windows, expected } of cases.scans) {
      const changes = scanWindows({ ...model, between: model.wander }, windows);
      assert.equal(changes.length, expected.length);
      changes.forEach((change, i) => {
        const [stretch, size, deviation] = expected[i];
        assert.equal(change.windows, stretch);
        assertClose(change.size, size, 1e-9, `size over ${stretch}`);
        assertClose(change.deviation, deviation, 1e-9, `deviation over ${stretch}`);
      });
    }
  });

  it('signed deviances', () => {
    for (const [count, n, share, expected] of cases.deviances) {
      assertClose(signedDeviance(count, n, share), expected, 1e-9, `${count} of ${n} at ${share}`);
    }
  });

  it('priors of variances', () => {
    for (const { variances, degrees, prior } of cases.priors) {
      const found = variancePrior(variances, degrees);
      assert.ok(found !== null);
      assertClose(found.degrees, prior[0], 1e-9, 'degrees');
      assertClose(found.variance, prior[1], 1e-9, 'variance');
    }
  });
});
