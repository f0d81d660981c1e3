import { START } from '../pipeline/stream.js';
import { audit, type Audit } from './audit.js';
import { EVERY_CODEC } from './codec-producers.js';
import { pause, type Fault } from './fault.js';
import { allDone, allJoined, closingRecords } from './finish.js';
import { Publisher } from './publisher.js';
import { seeded, type Random } from './random.js';
import { RECOVERY_BOUND, recoveryTime } from './recovery.js';
import { STOP_BOUND, type ServiceName } from './replica.js';
import { PARTITIONS, Rig, type RigParts } from './rig.js';
import { nameOfStep, StepKiller, type Step } from './steps.js';
import { MODELS, EVOLUTION, planStream, together, type Stream } from './stream.js';

/** What a stream may have of its own that once stopped something. */
export interface StreamContents {
  /** Written with every codec. */
  readonly codecs: boolean;
  /** Malformed records, and legal ones that are as hostile as can be. */
  readonly poison: boolean;
  /** Models with clocks of their own. */
  readonly clocks: boolean;
}

export interface SeedSettings {
  readonly seed: number;
  readonly faults: readonly Fault[];
  readonly registryDownAtStart: boolean;
  readonly sketchers: number;
  readonly detectors: number;
  readonly outcomes: number;
  /** Points in the services' work at which each is killed; there must be one of each service then. */
  readonly steps: readonly Step[];
  /** What the stream has besides events of sound models. */
  readonly contents: StreamContents;
  /** Whether a sketcher and a detector are killed first, and their recovery measured. */
  readonly measured: boolean;
  readonly events: number;
  /** Milliseconds over which the stream is written, were nothing to fail. */
  readonly duration: number;
  /** Keep the logs and the store, come what may. */
  readonly keep: boolean;
  readonly onLine: (line: string) => void;
}

export interface SeedResult {
  readonly seed: number;
  readonly faults: readonly string[];
  readonly audit: Audit;
  /** Milliseconds from a SIGKILL until every stream has a new window; null where none came. */
  readonly recovery: Readonly<Partial<Record<ServiceName, number | null>>>;
  readonly stops: readonly { readonly took: number; readonly clean: boolean; readonly lastLine: string }[];
  /** Of services that ended though nobody had told them to: their last lines. */
  readonly crashes: readonly string[];
  /** Bytes at the highest. */
  readonly peaks: Readonly<Record<ServiceName, number>>;
  /** Steps that no service came to. */
  readonly missedSteps: readonly Step[];
  /** Whether all panes of the stream closed in time. */
  readonly finished: boolean;
  readonly seconds: number;
  readonly folder: string;
}

const MINUTE = 60_000;
/** Event time against the clock's. */
const PACE = 10;
/** How long the services have to catch up once everything is whole again. */
const FINISH_BOUND = 180_000;
/** How long the services have to come to a step, and die of it, each. */
const STEP_BOUND = 20_000;
/** Milliseconds within which a process has no handlers of signals yet. */
const STARTING = 5000;
/** A stream that follows a fault between two: its events, and milliseconds that it takes. */
const FURTHER_EVENTS = 2000;
const FURTHER_DURATION = 8000;
/** A killed service has this long before the next fault comes. */
const MEASURED = 17_000;

/** A stream, the faults, and the audit. */
export async function runSeed(parts: RigParts, settings: SeedSettings): Promise<SeedResult> {
  const { seed, duration } = settings;
  const startedAt = performance.now();
  const random = seeded(seed);
  const { codecs, poison, clocks } = settings.contents;
  const tapped = settings.steps.length > 0;
  const rig = await Rig.open(parts, `s${seed}`, { tapped, codecs: codecs ? EVERY_CODEC : [0] });
  const say = (line: string) =>
    settings.onLine(`  seed ${seed} ${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${line}`);
  let keep = true;
  try {
    const plan = (act: number, events: number, length: number): Promise<Stream> =>
      planStream(rig.registry, {
        ...{ seed, act, events, clocks, minutes: (length * PACE) / MINUTE, partitions: PARTITIONS },
        malformed: act === 0 && poison ? 64 : 0,
        poison: act === 0 && poison ? 30 : 0,
      });
    const acts = [await plan(0, settings.events, duration)];
    const faults: string[] = [
      'schema evolution',
      ...Object.keys(CONTENTS)
        .filter((name) => settings.contents[name as keyof StreamContents])
        .map((name) => CONTENTS[name as keyof StreamContents]),
    ];
    if (settings.registryDownAtStart) {
      faults.push('registry down at start');
      await rig.gate.shut();
      void pause(5000).then(() => rig.gate.open());
    }
    const killed = (step: Step) => {
      faults.push(nameOfStep(step));
      say(nameOfStep(step));
    };
    const killer = new StepKiller(settings.steps, (service) => rig.of(service)[0], killed);
    if (settings.steps.length > 0) rig.setTrap(killer.trap);
    for (let index = 1; index <= settings.sketchers; index++) rig.start('sketcher', `sketcher-${index}`);
    for (let index = 1; index <= settings.detectors; index++) rig.start('detector', `detector-${index}`);
    for (let index = 1; index <= settings.outcomes; index++) rig.start('outcomes', `outcomes-${index}`);

    const publisher = new Publisher(rig, acts[0].records, duration);
    const published = publisher.run();
    // Wait for the first windows, so that a recovery is one and not a start.
    if (settings.steps.length === 0) await firstWindow(rig, 120_000);
    publisher.release();
    const missedSteps = await killer.finished(settings.steps.length * STEP_BOUND);
    rig.setTrap(null);
    const kills: { service: ServiceName; at: number; time: number }[] = [];
    for (const service of settings.measured ? (['sketcher', 'detector'] as const) : []) {
      await pause(Math.floor(random() * 1500));
      const replicas = rig.of(service);
      const time = publisher.time;
      const at = await replicas[Math.floor(random() * replicas.length)].kill();
      faults.push(`SIGKILL ${service}`);
      say(`SIGKILL ${service}, measured`);
      kills.push({ service, at, time });
      await pause(MEASURED);
    }
    const inflicted = inflictAll(rig, settings, publisher, random, say);
    faults.push(...settings.faults.map(({ name }) => name));
    await published;
    await inflicted;
    say('all is whole again');
    let finished = await close(rig, acts[0], acts[0].labels, say);
    for (const fault of settings.faults.filter((each) => each.between === true)) {
      if (!finished) break;
      say(fault.name);
      await fault.inflict(rig, random);
      say(`${fault.name}: over`);
      const further = await plan(acts.length, FURTHER_EVENTS, FURTHER_DURATION);
      acts.push(further);
      await wake(rig, further.end);
      const next = new Publisher(rig, further.records, FURTHER_DURATION);
      next.release();
      await next.run();
      finished = await close(rig, further, together(acts).labels, say);
    }
    const stream = together(acts);
    for (const replica of rig.replicas) await replica.stop();
    const outcome = await audit(rig, stream);
    const recovery: Partial<Record<ServiceName, number | null>> = {};
    for (const kill of kills) recovery[kill.service] = await recoveryTime(rig, kill.at, kill.time);
    const { replicas } = rig;
    const slow = Object.values(recovery).some((took) => took === null || took > RECOVERY_BOUND);
    keep = settings.keep || !finished || slow || isWrong(outcome);
    return {
      ...{ seed, faults, audit: outcome, recovery, missedSteps, finished, folder: keep ? rig.folder : '' },
      stops: replicas.flatMap(({ stops }) =>
        stops.map(({ took, code, lastLine, lived }) => {
          const milliseconds = took ?? 0;
          // One that had not yet begun to run has nothing to drain, and nobody to take the signal; one whose store is away says what
          // it leaves to be read again.
          const clean = code === 0 || (code === null && lived < STARTING) || lastLine.includes('undrained');
          return { took: milliseconds, clean: clean && milliseconds < STOP_BOUND, lastLine };
        }),
      ),
      crashes: replicas.flatMap(({ name, crashes }) =>
        crashes.map(({ code, lastLine }) => `${name} (${code}): ${lastLine}`),
      ),
      peaks: peaksOf(rig),
      seconds: (performance.now() - startedAt) / 1000,
    };
  } finally {
    await rig.close(keep);
  }
}

/** What a run's contents are called among its faults. */
const CONTENTS: Readonly<Record<keyof StreamContents, string>> = {
  codecs: 'every codec mixed',
  poison: 'poisoned records',
  clocks: 'models with clocks of their own',
};

/** Closes all panes of a stream. @param labels of all streams by now. @returns whether all was judged in time. */
async function close(
  rig: Rig,
  { end }: Stream,
  labels: Stream['labels'],
  say: (line: string) => void,
): Promise<boolean> {
  const time = end + 60 * MINUTE;
  await rig.publish(closingRecords(rig, time, MODELS));
  const labelled = await allJoined(rig, labels, FINISH_BOUND);
  if (!labelled) say('labels are still waiting');
  const finished = (await allDone(rig, time, FINISH_BOUND)) && labelled;
  say(finished ? 'all panes are closed' : 'panes are still open');
  return finished;
}

/**
 * Lets every partition have an event of each model before a further stream: one that was idle is not waited for, and at this pace the first
 * events of a partition would be late where another's had been there a second before.
 */
async function wake(rig: Rig, end: number): Promise<void> {
  const time = end - 30 * MINUTE;
  await rig.publish(closingRecords(rig, time, MODELS));
  await allDone(rig, time, FINISH_BOUND);
}

export function isWrong(audit: Audit): boolean {
  const { lost, doubled, driftDoubled, driftMissing } = audit;
  const discrepancyCount = Object.values(audit.discrepancyCounts).reduce((sum, count) => sum + count, 0);
  const letters = audit.lettersLost + audit.lettersDoubled + audit.lettersAltered;
  const labels = audit.labelsLost + audit.labelsDoubled;
  return labels + lost + doubled + discrepancyCount + driftDoubled + driftMissing + letters > 0;
}

/** The highest of each service's instances, in bytes. */
export function peaksOf(rig: Rig): Record<ServiceName, number> {
  const peakOf = (service: ServiceName) => Math.max(0, ...rig.of(service).map(({ peakMemory }) => peakMemory));
  return { sketcher: peakOf('sketcher'), detector: peakOf('detector'), outcomes: peakOf('outcomes') };
}

/** Each fault at a moment of its own in what is left of the stream; those of the same resource one after another. */
async function inflictAll(
  rig: Rig,
  { faults, measured }: SeedSettings,
  publisher: Publisher,
  random: Random,
  say: (line: string) => void,
): Promise<void> {
  const queues = new Map<string, Promise<void>>();
  const left = publisher.left;
  const all = faults
    .filter(({ between }) => between !== true)
    .map(async (fault) => {
      // A fault that is looked at by itself begins at once.
      let wait = measured ? Math.floor(random() * left * 0.8) : 0;
      const own = seeded(Math.floor(random() * 2 ** 32));
      // The registry is missed most as a schema appears that nobody knows yet.
      if (fault.resource === 'registry') wait = Math.max(0, publisher.until(EVOLUTION) - 1500);
      await pause(wait);
      const ran = (queues.get(fault.resource) ?? Promise.resolve()).then(async () => {
        say(fault.name);
        const inflicted = fault.inflict(rig, own);
        const met = await (fault.flowing === true ? publisher.outlast(inflicted) : inflicted);
        say(`${fault.name}: over${typeof met === 'number' ? `, met by ${met} requests` : ''}`);
      });
      queues.set(fault.resource, ran);
      await ran;
    });
  await Promise.all(all);
}

async function firstWindow(rig: Rig, bound: number): Promise<void> {
  const deadline = performance.now() + bound;
  while (performance.now() < deadline) {
    const [{ windows }] = await rig.front.query<{ windows: number }>(
      'SELECT count() AS windows FROM tidemark.windows_raw',
    );
    if (windows > 0) return;
    await pause(500);
  }
  throw new Error(`No window was written within ${bound / 1000} s of the start (event time since ${START})`);
}
