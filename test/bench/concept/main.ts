import { parseArgs } from 'node:util';
import type { QualityVerdict } from '@tidemark/monitoring';
import { CAUSES, HOUR, type Cause, type Labelling } from './streams.js';
import { baselineFor, runTrial, type Verdict } from './trial.js';

/*
 * Prints the confusion matrix of verdicts on streams of known cause, and what was expected of their quality beside what it was.
 * Ends with 1 when a figure that is asked is missed.
 */

const VERDICTS: readonly QualityVerdict[] = [
  'unchanged',
  'inputs-changed',
  'concept-drift',
  'inputs-changed-quality-fell',
  'base-rate-changed',
  'not-enough-labels',
];

interface Setting {
  readonly name: string;
  readonly events: number;
  readonly labelling: Labelling;
  readonly causes: readonly Cause[];
}

/** Whether the share of right verdicts is asked: with 2,000 labels a window. */
const enoughLabels = ({ events, labelling }: Setting): boolean => events * labelling.share >= 1900;

const basic = CAUSES.filter(({ noise }) => noise === 0);
const SETTINGS: readonly Setting[] = [
  {
    name: '2,000 labels of 4,000 events, within a minute',
    events: 4000,
    labelling: { share: 0.5, delay: 60_000 },
    causes: CAUSES,
  },
  {
    name: '2,000 labels of 4,000 events, within hours',
    events: 4000,
    labelling: { share: 0.5, delay: 5 * HOUR },
    causes: basic,
  },
  {
    name: '2,000 labels of 4,000 events, within days',
    events: 4000,
    labelling: { share: 0.5, delay: 48 * HOUR },
    causes: basic,
  },
  { name: 'all of 4,000 events labelled', events: 4000, labelling: { share: 1, delay: 60_000 }, causes: basic },
  { name: '10 % of 4,000 events labelled', events: 4000, labelling: { share: 0.1, delay: 60_000 }, causes: basic },
  { name: '1 % of 4,000 events labelled', events: 4000, labelling: { share: 0.01, delay: 60_000 }, causes: basic },
];

const { values } = parseArgs({ options: { seeds: { type: 'string', default: '20' } } });
const seeds = Number(values.seeds);
const misses: string[] = [];
let quietWindows = 0;
let falseConcept = 0;

const cache = new Map<string, ReturnType<typeof baselineFor>>();

/** Baselines differ by seed and noise alone. */
function baselineOf(cause: Cause, seed: number) {
  const key = `${seed}/${cause.noise}`;
  let baseline = cache.get(key);
  if (baseline === undefined) cache.set(key, (baseline = baselineFor(cause, 4000, seed)));
  return baseline;
}

console.log(`${seeds} seeds; 24 labelled windows of baseline, then 4 windows without a change and 4 with it`);
for (const setting of SETTINGS) {
  console.log(`\n${setting.name}: verdicts on the windows of each cause, %`);
  console.log(
    ['cause', 'before', 'right', ...VERDICTS]
      .map((head, i) => (i === 0 ? head.padEnd(24) : head.slice(0, 15).padStart(16)))
      .join(''),
  );
  for (const cause of setting.causes) report(setting, cause);
}

function report(setting: Setting, cause: Cause): void {
  const found: Verdict[] = [];
  for (let seed = 0; seed < seeds; seed++) {
    const baseline = baselineOf(cause, seed);
    found.push(...runTrial(cause, setting.labelling, setting.events, baseline, seed).verdicts);
  }
  const changed = found.filter((each) => each.changed);
  const quiet = found.filter((each) => !each.changed);
  const share = (verdicts: readonly Verdict[], of: QualityVerdict): number =>
    verdicts.filter(({ verdict }) => verdict === of).length / verdicts.length;
  const none = cause.verdict === 'concept-drift' || cause.verdict === 'inputs-changed-quality-fell' ? quiet : found;
  quietWindows += none.length;
  falseConcept += none.filter(({ verdict }) => verdict === 'concept-drift').length;
  const right = share(changed, cause.verdict);
  line(cause.name, changed, [share(quiet, 'unchanged'), right]);
  if (enoughLabels(setting)) {
    if (right < 0.9) misses.push(`${setting.name}: ${cause.name}: ${(100 * right).toFixed(1)} % right`);
    const quietRight = share(quiet, 'unchanged');
    if (quietRight < 0.9)
      misses.push(`${setting.name}: before ${cause.name}: ${(100 * quietRight).toFixed(1)} % right`);
  }
  if (cause.name === 'covariate shift' && enoughLabels(setting)) {
    const realised = mean(changed.map((each) => each.realised));
    const expected = mean(changed.map((each) => each.expected));
    const before = mean(quiet.map((each) => each.realised));
    console.log(
      `  accuracy before ${before.toFixed(4)}; after: realised ${realised.toFixed(4)}, expected without labels ${expected.toFixed(4)}, ` +
        `furthest apart in a window ${Math.max(...changed.map((each) => Math.abs(each.realised - each.expected))).toFixed(4)}`,
    );
    // NaN, too, is a miss.
    if (!(Math.abs(realised - expected) <= 0.02))
      misses.push(`expected quality is ${(realised - expected).toFixed(4)} off`);
  }

  function line(name: string, verdicts: readonly Verdict[], rightShares: readonly number[]): void {
    const cells = [...rightShares, ...VERDICTS.map((verdict) => share(verdicts, verdict))];
    console.log(
      name.padEnd(24) + cells.map((cell) => (cell === 0 ? '·' : (100 * cell).toFixed(1)).padStart(16)).join(''),
    );
  }
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}

const rate = falseConcept / quietWindows;
console.log(
  `\n"concept-drift" in ${falseConcept} of ${quietWindows} windows that have none: ${(100 * rate).toFixed(2)} %`,
);
if (rate > 0.01) misses.push(`concept drift in ${(100 * rate).toFixed(2)} % of windows that have none`);
console.log(misses.length === 0 ? 'every figure is met' : `missed:\n${misses.map((miss) => `  ${miss}`).join('\n')}`);
process.exitCode = misses.length === 0 ? 0 : 1;
