import { PREDICTION_COLUMNS } from '@tidemark/monitoring';

const MINUTE = 60_000;

/** A fault that the simulated service is given, and how it should show. */
export interface Injection {
  readonly name: string;
  readonly column: string;
  /** Minutes of event time after the start of the traffic. */
  readonly atMinute: number;
  readonly description: string;
}

/** The faults, each in a column of its own, so that what is found can be held against what was done. */
export const INJECTIONS = [
  {
    name: 'abrupt',
    column: 'income',
    atMinute: 30,
    description: 'incomes 25 % higher from one event to the next',
  },
  {
    name: 'broken-upstream',
    column: 'employment_years',
    atMinute: 45,
    description: 'sent in months instead of years',
  },
  {
    name: 'null-surge',
    column: 'credit_lines',
    atMinute: 60,
    description: 'missing in 30 % of the events',
  },
  {
    name: 'new-category',
    column: 'channel',
    atMinute: 75,
    description: 'a category "partner" never seen before, 10 % of the events',
  },
  {
    name: 'gradual',
    column: 'debt_ratio',
    atMinute: 30,
    description: 'creeps up by one standard deviation within 90 minutes',
  },
  {
    name: 'prediction',
    column: PREDICTION_COLUMNS.score,
    atMinute: 90,
    description: 'scores half as far from 0 as before',
  },
] as const satisfies readonly Injection[];

export type InjectionName = (typeof INJECTIONS)[number]['name'];

/** The whole of the simulated time, milliseconds. */
export const SCENARIO_DURATION = 120 * MINUTE;

/** Whether an injection has begun at a time, given in milliseconds since the start of the traffic. */
export function hasBegun(name: InjectionName, elapsed: number): boolean {
  return elapsed >= beginningOf(name);
}

/** How far an injection that grows has grown by a time: 0 before it begins, 1 from the end of the scenario on. */
export function progressOf(name: InjectionName, elapsed: number): number {
  const start = beginningOf(name);
  return Math.min(1, Math.max(0, (elapsed - start) / (SCENARIO_DURATION - start)));
}

function beginningOf(name: InjectionName): number {
  return INJECTIONS.find((injection) => injection.name === name)!.atMinute * MINUTE;
}
