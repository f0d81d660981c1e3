/** What a run took. */
export interface Measured {
  readonly events: number;
  /** By the clock on the wall. */
  readonly seconds: number;
  /** The time that processors spent on the process, all its threads together: other programs on the machine hardly change it. */
  readonly cpuSeconds: number;
}

/** A run to be measured, or the reference that it is held against. */
export interface Subject {
  readonly name: string;
  readonly run: () => Promise<Measured> | Measured;
}

/** The least events a second that the sketcher is to take from Kafka on one core, and where it is to go. */
const TARGET = { least: 40_000, aim: 100_000 } as const;

/** Times what a function does in this process. @param events how many it handles */
export async function measure(events: number, action: () => Promise<void> | void): Promise<Measured> {
  const from = performance.now();
  const cpu = process.cpuUsage();
  await action();
  const { user, system } = process.cpuUsage(cpu);
  return { events, seconds: (performance.now() - from) / 1000, cpuSeconds: (user + system) / 1e6 };
}

/**
 * Runs all subjects in turn, round by round, so that a disturbance of the machine falls on all, and prints each one's rate and
 * its ratio to the last subject's of the same round.
 * @param warmUps rounds that do not count
 */
export async function compareRates(
  subjects: readonly Subject[],
  { rounds, warmUps }: { readonly rounds: number; readonly warmUps: number },
  print: (line: string) => void,
): Promise<Measured[][]> {
  const measured = subjects.map((): Measured[] => []);
  for (let round = -warmUps; round < rounds; round++) {
    for (const [i, { run }] of subjects.entries()) {
      const each = await run();
      if (round >= 0) measured[i].push(each);
    }
  }
  const reference = subjects.length - 1;
  const width = Math.max(...subjects.map(({ name }) => name.length));
  for (const [i, { name }] of subjects.entries()) {
    const ratios = measured[i].map((each, round) => cpuRate(each) / cpuRate(measured[reference][round]));
    const ratio = i === reference ? 'the reference' : `${spread(ratios, 2)} of the reference's`;
    print(
      `  ${name.padEnd(width)}  ${spread(measured[i].map(rate))} events/s; ${spread(measured[i].map(cpuRate))} a second of processor time, ${ratio}`,
    );
  }
  return measured;
}

/** Prints whether the least rate was reached, by the clock on the wall. */
export function printVerdict(rounds: readonly Measured[], print: (line: string) => void): void {
  const reached = median(rounds.map(rate));
  const ofProcessor = median(rounds.map(cpuRate));
  const figures = `${group(reached)} events/s by the clock, ${group(ofProcessor)} a second of processor time`;
  const aim = `(it is to go to ${group(TARGET.aim)})`;
  print(
    `  target: at least ${group(TARGET.least)} events/s ${aim}: ${reached >= TARGET.least ? 'met' : 'MISSED'}, ${figures}`,
  );
}

function rate({ events, seconds }: Measured): number {
  return events / seconds;
}

function cpuRate({ events, cpuSeconds }: Measured): number {
  return events / cpuSeconds;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

/** The median, the least and the greatest. */
function spread(values: readonly number[], digits = 0): string {
  const text = (value: number): string => (digits === 0 ? group(value) : value.toFixed(digits));
  return `${text(median(values))} (${text(Math.min(...values))} to ${text(Math.max(...values))})`;
}

function group(value: number): string {
  return Math.round(value).toLocaleString('en');
}
