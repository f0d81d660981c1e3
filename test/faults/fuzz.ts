// Feeds the services' code hostile records: `fuzz.js [--inputs N] [--seed S]`. Half are valid ones, damaged; half are legal events with extreme
// numbers, names, times and sizes. Every input must give a record or a fault, at once, and what is taken must be sound. Events that are
// taken go the whole way, to the rows of the tables: what the decoder takes must arrive. Prints what became of the inputs and the
// slowest legal record; the exit code is 1 where anything else came of one.
import { parseArgs } from 'node:util';
import { isolateFaults } from '@tidemark/contracts';
import { corpus } from './fuzz-corpus.js';
import { decodersOf, NOW, type Outcome } from './fuzz-decoders.js';
import { hostileEvent, largeEvent, worldOf } from './fuzz-events.js';
import { Way } from './fuzz-way.js';
import { mutate } from './mutations.js';
import { seeded } from './random.js';

/** Milliseconds that one input may take. */
const SLOWEST = 250;
const MOST_COMPLAINTS = 10;
/** So many events go the way together; one in so many goes alone, too, and is timed; one in so many is as large as it may be. */
const EVENTS_A_BATCH = 1000;
const TIMED = 200;
const LARGE = 2000;

const { values: options } = parseArgs({
  options: { inputs: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } },
});
const inputs = Number(options.inputs);
const seed = Number(options.seed);
const random = seeded(seed);
const valid = await corpus();
const { records } = valid;
const way = await Way.open(valid.registry, valid.baseline, NOW);
const decoders = await decodersOf(valid);
const tally = new Map<string, Map<string, number>>();
const complaints: string[] = [];
const slowest = { decoding: 0, whole: 0, of: '' };
let pending: Buffer[] = [];
let arrived = 0;
const startedAt = performance.now();

let world = worldOf(random);
for (let input = 0; input < inputs && complaints.length < MOST_COMPLAINTS; input++) {
  if (random() < 0.5) await damaged();
  else await legal(input);
  if (pending.length >= EVENTS_A_BATCH) await goAll();
}
await goAll();

const seconds = (performance.now() - startedAt) / 1000;
for (const [name, outcomes] of tally) {
  const total = [...outcomes.values()].reduce((sum, each) => sum + each, 0);
  const list = [...outcomes].sort(([, a], [, b]) => b - a).map(([outcome, times]) => `${outcome} ${times}`);
  console.log(`${name.padEnd(20)} ${String(total).padStart(8)}: ${list.join(', ')}`);
}
const total = [...tally.values()].flatMap((outcomes) => [...outcomes.values()]).reduce((sum, each) => sum + each, 0);
console.log(
  `slowest record: ${slowest.decoding.toFixed(0)} ms to decode, ${slowest.whole.toFixed(0)} ms of one service's processor time the whole way (bound ${SLOWEST} ms each): ${slowest.of}`,
);
console.log(
  `seed ${seed}: ${total} inputs in ${seconds.toFixed(0)} s, ${arrived} events went the whole way; crashes, hangs and damage taken: ${complaints.length}`,
);
for (const complaint of complaints) console.log(complaint);
process.exitCode = complaints.length > 0 ? 1 : 0;

async function damaged(): Promise<void> {
  const original = records[Math.floor(random() * records.length)];
  const other = records[Math.floor(random() * records.length)];
  const { bytes, name } = mutate(original.bytes, other.bytes, random);
  const outcome = decode(original.decoder, bytes, name);
  count(original.name, outcome);
  if (original.decoder === 'event' && outcome.kind === 'taken') pending.push(bytes);
  await Promise.resolve();
}

async function legal(input: number): Promise<void> {
  const large = random() < 1 / LARGE;
  const event = large ? largeEvent(random, input) : hostileEvent(random, world, input);
  const { eventId: event_id, eventTime: event_time, ...rest } = event;
  const plain = random() < 0.3;
  const bytes = plain ? Buffer.from(JSON.stringify({ event_id, event_time, ...rest })) : way.encode(event);
  const name = `${large ? 'large' : 'hostile'} event, ${plain ? 'JSON' : 'Avro'}`;
  const outcome = decode('event', bytes, name);
  count(name, outcome);
  if (outcome.kind !== 'taken') return;
  if (large || input % TIMED === 0) await goAlone(bytes, name);
  if (!large) pending.push(bytes);
}

function decode(decoder: keyof typeof decoders, bytes: Buffer, name: string): Outcome {
  const { outcome, took } = timed(() => decoders[decoder](bytes));
  slowest.decoding = Math.max(slowest.decoding, took);
  if (took > SLOWEST) complain('hang', `${took.toFixed(0)} ms`, bytes, name);
  if (outcome.kind === 'crash' || outcome.kind === 'unsound') complain(outcome.kind, outcome.detail, bytes, name);
  return outcome;
}

/** The whole way of one event; again where it took long: what is slow at the third time too is not the machine. */
async function goAlone(bytes: Buffer, name: string): Promise<void> {
  let least = { took: Infinity, where: '' };
  for (let attempt = 0; attempt < 3 && least.took > SLOWEST / 5; attempt++) {
    try {
      arrived += await way.take([bytes]);
    } catch (error) {
      complain('on the way', textOf(error), bytes, name);
      return;
    }
    const { sketcher, detector } = way.spent;
    const took = Math.max(sketcher, detector);
    if (took < least.took) least = { took, where: took === sketcher ? 'sketcher' : 'detector' };
  }
  if (least.took > slowest.whole) {
    Object.assign(slowest, { whole: least.took, of: `${name}, ${bytes.length} bytes, in the ${least.where}` });
  }
  if (least.took > SLOWEST) complain('slow on the way', `${least.took.toFixed(0)} ms`, bytes, name);
}

/** The whole way of all that waits. Where it fails, the guilty are found by halves. */
async function goAll(): Promise<void> {
  const messages = pending;
  pending = [];
  world = worldOf(random);
  const before = performance.now();
  let together = '';
  const { results, faulty } = await isolateFaults(messages, async (some) => {
    try {
      return await way.take(some);
    } catch (error) {
      together = textOf(error);
      throw error;
    }
  });
  arrived += results.reduce((sum, taken) => sum + taken, 0);
  for (const { item, fault } of faulty) complain('on the way', fault.detail, item, 'alone');
  if (results.length > 1 && faulty.length === 0) complain('on the way', together, messages[0], 'only with others');
  // A batch that takes long may have one event that does.
  if (performance.now() - before > 20 * SLOWEST)
    for (const message of messages) await goAlone(message, 'of a slow batch');
}

/** Decodes, again where it took long, by the processor's time: what is slow at the third time too is not the machine. */
function timed(run: () => Outcome): { outcome: Outcome; took: number } {
  let least = Infinity;
  for (let attempt = 1; ; attempt++) {
    const before = performance.now();
    const cpu = process.cpuUsage();
    let outcome: Outcome;
    try {
      outcome = run();
    } catch (error) {
      outcome = { kind: 'crash', detail: textOf(error) };
    }
    const { user, system } = process.cpuUsage(cpu);
    least = Math.min(least, performance.now() - before, (user + system) / 1000);
    if (least <= SLOWEST || attempt === 3) return { outcome, took: least };
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function count(name: string, outcome: Outcome): void {
  const kind = outcome.kind === 'fault' ? outcome.reason : outcome.kind;
  const outcomes = tally.get(name) ?? new Map<string, number>();
  outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
  tally.set(name, outcomes);
}

function complain(kind: string, detail: string, bytes: Buffer, mutation: string): void {
  complaints.push(`${kind} (${mutation}): ${detail}\n  ${bytes.subarray(0, 400).toString('base64')}`);
}
