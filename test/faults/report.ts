import type { Audit } from './audit.js';
import { KINDS } from './discrepancies.js';
import type { ExplosionResult } from './explosion.js';
import { isWrong, type SeedResult } from './run-seed.js';
import { RECOVERY_BOUND } from './recovery.js';
import { SERVICES, STOP_BOUND } from './replica.js';
import { nameOfStep } from './steps.js';

/** Bytes of resident memory that no service goes beyond. */
export const MEMORY_BOUND = 700 * 2 ** 20;

const COLUMNS = [
  ...['seed', 'events in', 'counted', 'lost', 'doubled', 'other', 'late parts', 'windows'],
  ...[
    'labels',
    'lost',
    'doubled',
    'orphans',
    'drift events',
    'duplicates',
    'missing',
    'dead letters',
    'recovery s/d',
    'stops',
    'ended itself',
    'peak s/d/o MB',
    'time',
  ],
];

/** Prints a table of runs and what they broke. @returns whether everything that is promised was kept. */
export function printReport(results: readonly SeedResult[], recoveryBound = RECOVERY_BOUND): boolean {
  const rows = results.map(rowOf);
  const table = [COLUMNS, ...rows];
  const widths = COLUMNS.map((_, column) => Math.max(...table.map((row) => row[column].length)));
  console.log(table.map((row) => row.map((cell, i) => cell.padStart(widths[i])).join('  ')).join('\n'));
  printDiscrepancies(results);
  const complaints = results.flatMap((result) => complaintsOf(result, recoveryBound));
  for (const complaint of complaints) console.log(complaint);
  if (results.length > 1) printTotals(results, recoveryBound);
  return complaints.length === 0;
}

/** All that differs besides the counts that have columns of their own. */
function otherThan({ discrepancyCounts }: Audit): number {
  return Object.values(discrepancyCounts).reduce((sum, count) => sum + count, 0);
}

/** Prints how often something was not as it must be, by kind; those of 0 too. */
function printDiscrepancies(results: readonly SeedResult[]): void {
  const sum = (of: (audit: Audit) => number) => results.reduce((total, { audit }) => total + of(audit), 0);
  const counts = [
    ...KINDS.map((kind) => [kind, sum(({ discrepancyCounts }) => discrepancyCounts[kind])] as const),
    ['label', sum(({ labelsLost, labelsDoubled }) => labelsLost + labelsDoubled)] as const,
    ['drift event', sum(({ driftDoubled, driftMissing }) => driftDoubled + driftMissing)] as const,
    ['dead letter', sum((audit) => audit.lettersLost + audit.lettersDoubled + audit.lettersAltered)] as const,
  ];
  console.log(`discrepancies by kind: ${counts.map(([kind, count]) => `${kind} ${count}`).join(', ')}`);
}

function rowOf(result: SeedResult): string[] {
  const { audit, recovery, stops, peaks } = result;
  const clean = stops.filter((stop) => stop.clean).length;
  return [
    ...[result.seed, audit.events, audit.counted, audit.lost, audit.doubled, otherThan(audit)].map(String),
    ...[audit.lateParts, audit.windows].map(String),
    `${audit.labelsCounted}/${audit.labelled}`,
    ...[audit.labelsLost, audit.labelsDoubled].map(String),
    `${audit.orphansFound}/${audit.orphans}`,
    ...[audit.driftEvents, audit.driftDoubled, audit.driftMissing].map(String),
    `${audit.lettersFound}/${audit.lettersExpected}`,
    `${seconds(recovery.sketcher)}/${seconds(recovery.detector)}`,
    `${clean}/${stops.length} ${seconds(longestStop(result))}`,
    String(result.crashes.length),
    SERVICES.map((service) => megabytes(peaks[service])).join('/'),
    `${Math.round(result.seconds)} s`,
  ];
}

/** Milliseconds from SIGTERM to the end. */
function longestStop({ stops }: SeedResult): number {
  return Math.max(0, ...stops.map(({ took }) => took));
}

function complaintsOf(result: SeedResult, recoveryBound: number): string[] {
  const { audit, recovery, peaks, stops } = result;
  const about: string[] = [];
  if (isWrong(audit)) {
    about.push(
      `not what was promised: ${JSON.stringify({ ...audit, discrepancies: undefined })}`,
      ...audit.discrepancies,
    );
  }
  if (!result.finished) about.push('panes were still open at the end');
  for (const service of SERVICES) {
    const took = recovery[service];
    if (took === null || (took ?? 0) > recoveryBound) about.push(`recovery of the ${service} took ${seconds(took)} s`);
    if (peaks[service] > MEMORY_BOUND) about.push(`the ${service} took ${megabytes(peaks[service])} MB`);
  }
  for (const step of result.missedSteps) about.push(`never came to this: ${nameOfStep(step)}`);
  for (const crash of result.crashes) about.push(`ended by itself: ${crash}`);
  for (const stop of stops) if (!stop.clean) about.push(`SIGTERM was not obeyed: ${JSON.stringify(stop)}`);
  if (about.length > 0 && result.folder !== '') about.push(`logs and store: ${result.folder}`);
  return about.map((line) => `seed ${result.seed}: ${line}`);
}

function printTotals(results: readonly SeedResult[], recoveryBound: number): void {
  const counts = new Map<string, number>();
  for (const fault of results.flatMap(({ faults }) => faults)) counts.set(fault, (counts.get(fault) ?? 0) + 1);
  const sum = (of: (result: SeedResult) => number) => results.reduce((total, result) => total + of(result), 0);
  const worst = (of: (result: SeedResult) => number | null | undefined) =>
    Math.max(0, ...results.map(of).map((value) => (value === null ? Infinity : (value ?? 0))));
  console.log(`
${results.length} seeds, ${[...counts.values()].reduce((a, b) => a + b, 0)} faults injected:
${[...counts].map(([name, count]) => `  ${String(count).padStart(4)} × ${name}`).join('\n')}
events in ${sum(({ audit }) => audit.events)}, counted ${sum(({ audit }) => audit.counted)}, lost ${sum(({ audit }) => audit.lost)}, doubled ${sum(({ audit }) => audit.doubled)}
labels ${sum(({ audit }) => audit.labelled)}, counted ${sum(({ audit }) => audit.labelsCounted)}, lost ${sum(({ audit }) => audit.labelsLost)}, doubled ${sum(({ audit }) => audit.labelsDoubled)}
labels without an event ${sum(({ audit }) => audit.orphans)}, kept waiting or given up as they must ${sum(({ audit }) => audit.orphansFound)}
drift events ${sum(({ audit }) => audit.driftEvents)}, duplicates ${sum(({ audit }) => audit.driftDoubled)}, missing ${sum(({ audit }) => audit.driftMissing)}
dead letters found ${sum(({ audit }) => audit.lettersFound)} of ${sum(({ audit }) => audit.lettersExpected)}
longest recovery after SIGKILL: sketcher ${seconds(worst(({ recovery }) => recovery.sketcher))} s, detector ${seconds(worst(({ recovery }) => recovery.detector))} s (bound ${RECOVERY_BOUND / 1000} s${recoveryBound > RECOVERY_BOUND ? ', for which a short run does not fail' : ''})
longest end after SIGTERM: ${seconds(worst(longestStop))} s (bound ${STOP_BOUND / 1000} s)
peak memory: ${SERVICES.map((service) => `${service} ${megabytes(worst(({ peaks }) => peaks[service]))} MB`).join(', ')} (bound ${megabytes(MEMORY_BOUND)} MB)`);
}

function seconds(milliseconds: number | null | undefined): string {
  return milliseconds === null || milliseconds === undefined ? '–' : (milliseconds / 1000).toFixed(1);
}

export function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}

/** Prints what an explosion of cardinality took. @returns whether it stayed within the bound and every event was counted. */
export function printExplosion(result: ExplosionResult): boolean {
  const { events, counted, inSegments, cells, peaks } = result;
  console.log(
    `explosion: ${events} events in ${Math.round(result.seconds)} s, counted ${counted}, over segments ${inSegments}, cells of the category ${cells}; ` +
      `${result.columns} columns and ${result.segments} segments kept; ` +
      `${result.logged} predictions logged; peak memory: ` +
      `${SERVICES.map((service) => `${service} ${megabytes(peaks[service])} MB`).join(', ')} (bound ${megabytes(MEMORY_BOUND)} MB)${result.finished ? '' : '; not finished in time'}`,
  );
  const exact = counted === events && inSegments === events && cells === events && result.logged === events;
  return exact && result.finished && SERVICES.every((service) => peaks[service] <= MEMORY_BOUND);
}
