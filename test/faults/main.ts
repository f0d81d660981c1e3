// The fault suite: real services as processes, a real Kafka and registry, ClickHouse's engine behind a front that fails at will.
//   node test/dist/faults/main.js [--seeds N] [--first N] [--minutes M] [--quick] [--faults a,b] [--only WHAT] [--keep]
// WHAT: seeds, steps, memory, or one kind of fault: codecs, poison, clocks, or that of a fault in the catalogue
import { parseArgs } from 'node:util';
import { startRegistry } from '../real/registry.js';
import { FAULT_KINDS, FAULTS, outageOf } from './catalogue.js';
import type { Fault, FaultKind } from './fault.js';
import { runExplosion } from './explosion.js';
import { startTappedKafka } from './kafka-tap.js';
import { seeded, shuffled } from './random.js';
import { printExplosion, printReport } from './report.js';
import { runSeed, type SeedResult, type StreamContents } from './run-seed.js';
import { RECOVERY_BOUND } from './recovery.js';
import type { RigParts } from './rig.js';
import { STEPS } from './steps.js';

const { values: options } = parseArgs({
  options: {
    seeds: { type: 'string' },
    first: { type: 'string', default: '1' },
    minutes: { type: 'string' },
    quick: { type: 'boolean', default: false },
    faults: { type: 'string' },
    only: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const { quick, only } = options;
const CONTENTS: readonly (keyof StreamContents)[] = ['codecs', 'poison', 'clocks'];
const EVERYTHING: StreamContents = { codecs: true, poison: true, clocks: true };
/** One kind of fault by itself; null: all of them. */
const alone = only === undefined || ['seeds', 'steps', 'memory'].includes(only) ? null : only;
if (alone !== null && !(CONTENTS as readonly string[]).includes(alone) && !FAULT_KINDS.has(alone as FaultKind)) {
  const kinds = ['seeds', 'steps', 'memory', ...CONTENTS, ...FAULT_KINDS];
  throw new Error(`There is no --only ${alone}: ${kinds.join(', ')}`);
}
const DEALT = FAULTS.filter((fault) => !quick || fault.quick);
/** Of a seed, besides the two kills that are measured. */
const FAULTS_A_SEED = quick ? Math.ceil(DEALT.length / 2) : 6;
const seeds =
  only === 'steps' || only === 'memory' ? 0 : Number(options.seeds ?? (alone !== null ? 1 : quick ? 2 : 20));
const first = Number(options.first);
const deadline = performance.now() + Number(options.minutes ?? (quick ? 7 : 120)) * 60_000;
// A short run is made on machines that do other work: it prints what a recovery took, and fails only where there was none.
const recoveryBound = quick ? Infinity : RECOVERY_BOUND;
const say = (line: string) => console.log(line);

const [{ kafka, tap }, registry] = await Promise.all([startTappedKafka(), startRegistry()]);
const parts: RigParts = { kafka, registry, tap };
/** What every run has that says nothing else. */
const usual = {
  seed: first,
  faults: [],
  steps: [],
  registryDownAtStart: false,
  contents: EVERYTHING,
  sketchers: 2,
  detectors: 1,
  outcomes: 1,
};
const results: SeedResult[] = [];
let failed = false;
try {
  const deck = dealer();
  for (let seed = first; seed < first + seeds; seed++) {
    if (performance.now() > deadline) {
      console.log(`The time is up after ${results.length} of ${seeds} seeds.`);
      failed ||= results.length < seeds && options.minutes === undefined;
      break;
    }
    const duration = alone === null ? 75_000 : 40_000;
    const result = await runSeed(parts, {
      ...{ ...usual, seed, duration, events: Math.round(duration / 3.75), keep: options.keep, onLine: say },
      measured: alone === null,
      faults: options.faults !== undefined ? named(options.faults) : alone === null ? deck() : ofKind(alone),
      contents: alone === null ? EVERYTHING : contentsOf(alone),
      registryDownAtStart: alone === null && seed % 3 === 1,
      detectors: 1 + (seed % 2),
      outcomes: 2 - (seed % 2),
    });
    results.push(result);
    failed = !printReport([result], recoveryBound) || failed;
  }
  if (only === undefined || only === 'steps') failed = !(await everyStep()) || failed;
  if (only === undefined || only === 'memory') failed = !(await memory()) || failed;
} finally {
  await Promise.all([kafka.stop(), registry.stop()]);
  tap.close();
}
if (results.length > 1) printReport(results, recoveryBound);
process.exitCode = failed ? 1 : 0;

/** A sketcher and a detector, each killed after every effect it has. @returns whether all was kept. */
async function everyStep(): Promise<boolean> {
  const steps = quick ? STEPS.filter((_, index) => index % 2 === 0) : STEPS;
  const result = await runSeed(parts, {
    ...{ ...usual, measured: false, events: 20_000, duration: 90_000, keep: options.keep, onLine: say },
    ...{ sketchers: 1, steps },
  });
  console.log(`${steps.length - result.missedSteps.length} deaths, one after each effect of a commit or a start:`);
  return printReport([result], recoveryBound);
}

/** What the services take while ClickHouse is away, and while everything that can be of many values is. @returns whether it is within the bound. */
async function memory(): Promise<boolean> {
  const away = quick ? 20_000 : 120_000;
  const outage = await runSeed(parts, {
    ...{ ...usual, measured: false, keep: options.keep, onLine: say },
    faults: [outageOf(away)],
    events: quick ? 15_000 : 100_000,
    duration: away + 20_000,
  });
  console.log(`an outage of ClickHouse for ${away / 1000} s:`);
  const survived = printReport([outage]);
  const explosion = { events: quick ? 50_000 : 1_000_000, segments: 10_000, names: quick ? 5000 : 50_000 };
  return printExplosion(await runExplosion(parts, explosion)) && survived;
}

/** Deals the faults in shuffled rounds, so that each comes once before any comes again. */
function dealer(): () => Fault[] {
  const random = seeded(first);
  let deck: Fault[] = [];
  return () => {
    const hand: Fault[] = [];
    while (hand.length < FAULTS_A_SEED) {
      if (deck.length === 0) deck = shuffled(DEALT, random);
      hand.push(deck.pop() as Fault);
    }
    return hand;
  };
}

/** The faults of a kind, those of a short run where it is one. */
function ofKind(kind: string): Fault[] {
  return DEALT.filter((fault) => fault.kind === kind);
}

/** Without faults it is the stream itself that is looked at. */
function contentsOf(kind: string): StreamContents {
  // Sound streams beside a poisoned one are told apart by their clocks too.
  const clocks = kind === 'clocks' || kind === 'set-aside';
  return { codecs: kind === 'codecs', poison: kind === 'poison', clocks };
}

function named(list: string): Fault[] {
  return list.split(',').map((part) => {
    const fault = FAULTS.find(({ name }) => name.includes(part));
    if (fault === undefined) throw new Error(`No fault is named ${part}: ${FAULTS.map(({ name }) => name).join(', ')}`);
    return fault;
  });
}
