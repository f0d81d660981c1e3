import type { QualityEvidence } from './quality-evidence.js';
import type { QualityVerdict } from './quality-rows.js';

/** A verdict with what it rests on. */
export interface JudgedQuality {
  readonly verdict: QualityVerdict;
  /** Quality is below the reference's by more than the tolerance, with evidence. */
  readonly fell: boolean;
  /** It shows too much of a fall for one that was found to be over. */
  readonly lingers: boolean;
  /** Outcomes are not what the answers lead one to expect, though quality may be. */
  readonly miscalibrated: boolean;
  /** How many more labels it takes to say more; 0 where there are enough. */
  readonly labelsNeeded: number;
  /** In words, one fact each. */
  readonly evidence: readonly string[];
}

export interface VerdictSettings {
  /** In the unit of the metric that is judged. */
  readonly tolerance: number;
  readonly minimumLabels: number;
  /** The logarithm of the e-value from which a rise beyond expectation, and one beyond the reference, is taken for one. */
  readonly enough: { readonly beyond: number; readonly fall: number };
}

/** Without a rise a window ever shows so great an e-value with a probability of at most so much. */
export const FALSE_RISE = 0.01;
const ENOUGH = -Math.log(FALSE_RISE);
/** A fall that was found is not over while it is as large as matters, and so many standard deviations. */
const LINGERING = 2;
/** A window is worth judging when a fall of three times the tolerance would be seen: so many standard deviations must fit in. */
const SEEN = 2.4;
/** Scores within a class have moved no more than this (PSI) where only the classes' shares have changed. */
const SAME_WITHIN_CLASS = 0.05;
/** Answers that have moved this far (PSI), beyond doubt, are changed inputs, whatever the columns show. */
const MOVED_ANSWERS = { psi: 0.05, pValue: 1e-6 };
const MISCALIBRATED = { gap: 0.05, pValue: 1e-5 };

/** @param moved the columns whose distribution had changed in the window, by the verdicts on its inputs. */
export function judgeQuality(
  evidence: QualityEvidence,
  moved: readonly string[],
  { tolerance, minimumLabels, enough }: VerdictSettings,
): JudgedQuality {
  const { window, beyond, fall, baseRate, withinClass, calibration, answers } = evidence;
  const facts: string[] = [];
  const answersMoved = answers !== null && answers.psi >= MOVED_ANSWERS.psi && answers.pValue <= MOVED_ANSWERS.pValue;
  const inputs = moved.length > 0 || answersMoved;
  if (moved.length > 0)
    facts.push(
      `inputs changed: ${moved.slice(0, 5).join(', ')}${moved.length > 5 ? ` and ${moved.length - 5} more` : ''}`,
    );
  if (answersMoved) facts.push(`answers moved: PSI ${answers.psi.toFixed(2)}`);
  if (!inputs) facts.push('inputs as in the baseline');

  const beyondExpectation = beyond.logEValue >= enough.beyond && beyond.excess >= tolerance;
  const fell = fall.logEValue >= enough.fall && fall.excess >= tolerance;
  const lingers = [beyond, fall].some(
    ({ excess, deviation }) => excess >= tolerance && excess >= LINGERING * deviation,
  );
  const rateMoved = baseRate !== null && baseRate.logEValue >= ENOUGH && Math.abs(baseRate.excess) >= tolerance;
  const miscalibrated =
    calibration !== null &&
    window.labels >= minimumLabels &&
    calibration.gap >= (withinClass === null ? tolerance : Math.max(MISCALIBRATED.gap, tolerance)) &&
    calibration.pValue <= MISCALIBRATED.pValue;
  if (window.labels > 0) facts.push(...described(evidence, rateMoved));
  if (miscalibrated) {
    const { gap, pValue, course } = calibration;
    const what =
      withinClass === null ? 'residuals are off those of the baseline' : 'classes are off what the scores promise';
    facts.push(`${what} by ${gap.toPrecision(2)} (p ${pValue.toExponential(1)})${course === '' ? '' : `: ${course}`}`);
  }

  const needed = labelsNeeded(evidence, tolerance, minimumLabels);
  const labelShift = rateMoved && withinClass !== null && withinClass <= SAME_WITHIN_CLASS;
  if (labelShift) facts.push(`within the classes scores are as before (PSI ${Math.max(0, withinClass).toFixed(3)})`);
  let verdict: QualityVerdict = inputs ? 'inputs-changed' : 'unchanged';
  if (labelShift && window.labels >= minimumLabels) verdict = 'base-rate-changed';
  else if (beyondExpectation) verdict = inputs ? 'inputs-changed-quality-fell' : 'concept-drift';
  else if (needed > 0) verdict = 'not-enough-labels';
  else if (rateMoved) verdict = 'base-rate-changed';
  if (verdict === 'not-enough-labels') facts.push(`${needed} more labels are needed`);
  return {
    verdict,
    fell,
    lingers,
    miscalibrated,
    labelsNeeded: verdict === 'not-enough-labels' ? needed : 0,
    evidence: facts,
  };
}

function described({ metric, beyond, baseRate, window }: QualityEvidence, rateMoved: boolean): string[] {
  const { realised, expected, deviation, logEValue } = beyond;
  const name = metric === 'accuracy' || metric === 'mae' ? 'mean loss' : metric.replace('_', ' ');
  const facts = [
    `${name} ${realised.toFixed(4)}, expected of these answers ${expected.toFixed(4)} ± ${(1.96 * deviation).toFixed(4)}, ` +
      `e-value ${Math.exp(Math.min(logEValue, 690)).toPrecision(2)}, of ${window.labels} labels`,
  ];
  if (rateMoved && baseRate !== null) {
    facts.push(
      `class ${baseRate.name} has a share of ${baseRate.realised.toFixed(3)}, expected ${baseRate.expected.toFixed(3)}, ` +
        `e-value ${Math.exp(Math.min(baseRate.logEValue, 690)).toPrecision(2)}`,
    );
  }
  return facts;
}

/** So many more labels, of the kind that came, until a fall of three times the tolerance would be seen. */
function labelsNeeded({ window, beyond }: QualityEvidence, tolerance: number, minimumLabels: number): number {
  const { labels, effectiveLabels } = window;
  const variance = labels > 0 ? beyond.sampling * effectiveLabels : 0.25;
  const least = variance * (SEEN / (3 * tolerance)) ** 2;
  const worth = labels > 0 ? effectiveLabels / labels : 1;
  // What the windows' variation and the reference hide, no number of labels shows.
  const short =
    labels === 0 || Number.isNaN(beyond.excess) ? minimumLabels : Math.ceil((least - effectiveLabels) / worth);
  return Math.max(0, minimumLabels - labels, short);
}
