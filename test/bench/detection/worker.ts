import workerpool from 'workerpool';
import { STREAMS } from './catalogue.js';
import { outcomeOf, type Outcome } from './score.js';
import { baselineFor, monitored, sourceOf } from './trial.js';

/**
 * Runs streams of equal traffic, which share a baseline, with one seed.
 *
 * @param names of the streams.
 * @returns what each of them showed, in the order of the names.
 */
function outcomesOf(names: readonly string[], seed: number): Outcome[] {
  const plans = names.map((name) => {
    const plan = STREAMS.find((each) => each.name === name);
    if (plan === undefined) throw new RangeError(`no stream is named ${name}`);
    return plan;
  });
  const [{ traffic }] = plans;
  const longest = Math.max(...plans.map(({ quiet, changed }) => quiet + changed));
  const source = sourceOf(traffic, seed, longest);
  const baseline = baselineFor(traffic, source);
  return plans.map((plan) => outcomeOf(plan, monitored(plan, source, baseline)));
}

export type DetectionTasks = { readonly outcomesOf: typeof outcomesOf };

workerpool.worker({ outcomesOf } satisfies DetectionTasks);
