import type { Random } from './random.js';
import { hasBegun, progressOf } from './scenario.js';

const COUNTRIES = [
  ['DE', 0.4],
  ['FR', 0.25],
  ['ES', 0.2],
  ['PL', 0.15],
] as const;
const CHANNELS = [
  ['web', 0.5],
  ['app', 0.35],
  ['branch', 0.15],
] as const;

/** What the simulated service saw of one applicant for a loan, and what its model said. */
export interface Applicant {
  readonly features: Record<string, number | string | boolean | null>;
  readonly country: string;
  readonly score: number;
  readonly decision: 'approve' | 'decline';
}

/**
 * Draws an applicant as the service would see one at a time of the scenario.
 *
 * @param elapsed milliseconds since the start of the traffic; before 0 nothing is wrong yet, as in the training data.
 */
export function drawApplicant(random: Random, elapsed: number): Applicant {
  const age = Math.round(Math.min(85, Math.max(18, random.normal(43, 13))));
  const income = Math.exp(random.normal(10.4, 0.45)) * (hasBegun('abrupt', elapsed) ? 1.25 : 1);
  const debtRatio = Math.max(0, random.normal(0.35 + 0.12 * progressOf('gradual', elapsed), 0.12));
  const years = Math.max(0, random.normal(8, 5));
  const creditLines = hasBegun('null-surge', elapsed) && random.chance(0.3) ? null : Math.floor(random.uniform() * 9);
  const channel = hasBegun('new-category', elapsed) && random.chance(0.1) ? 'partner' : random.choose(CHANNELS);
  const country = random.choose(COUNTRIES);
  const mortgage = random.chance(0.38);
  const logit = random.normal(0.02 * (age - 43) + (mortgage ? 0.3 : -0.2), 1.2);
  const score = 1 / (1 + Math.exp(-(hasBegun('prediction', elapsed) ? logit / 2 : logit)));
  return {
    features: {
      age,
      income: Math.round(income),
      debt_ratio: debtRatio,
      employment_years: hasBegun('broken-upstream', elapsed) ? years * 12 : years,
      credit_lines: creditLines,
      channel,
      has_mortgage: mortgage,
      interest_rate: random.normal(3.9, 0.4),
    },
    country,
    score,
    decision: score >= 0.5 ? 'approve' : 'decline',
  };
}
