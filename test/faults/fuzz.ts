// Feeds the decoders damaged records: `fuzz.js [--inputs N] [--seed S]`. Every input must give an event or a fault, at once; what is taken
// must be sound. Prints what became of the inputs; the exit code is 1 where anything else came of one.
import { parseArgs } from 'node:util';
import { corpus } from './fuzz-corpus.js';
import { decodersOf, type Outcome } from './fuzz-decoders.js';
import { mutate } from './mutations.js';
import { seeded } from './random.js';

/** Milliseconds that one input may take. */
const SLOWEST = 250;
const MOST_COMPLAINTS = 10;

const { values: options } = parseArgs({
  options: { inputs: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } },
});
const inputs = Number(options.inputs);
const random = seeded(Number(options.seed));
const valid = await corpus();
const { records } = valid;
const decoders = await decodersOf(valid);
const tally = new Map<string, Map<string, number>>();
const complaints: string[] = [];
let slowest = 0;
const startedAt = performance.now();

for (let input = 0; input < inputs && complaints.length < MOST_COMPLAINTS; input++) {
  const original = records[Math.floor(random() * records.length)];
  const other = records[Math.floor(random() * records.length)];
  const { bytes, name } = mutate(original.bytes, other.bytes, random);
  const { outcome, took } = timed(() => decoders[original.decoder](bytes));
  slowest = Math.max(slowest, took);
  if (took > SLOWEST) complain('hang', `${took.toFixed(0)} ms`, bytes, name);
  if (outcome.kind === 'crash' || outcome.kind === 'unsound') complain(outcome.kind, outcome.detail, bytes, name);
  count(original.name, outcome.kind === 'fault' ? outcome.reason : outcome.kind);
}

const seconds = (performance.now() - startedAt) / 1000;
for (const [name, outcomes] of tally) {
  const total = [...outcomes.values()].reduce((sum, each) => sum + each, 0);
  const list = [...outcomes].sort(([, a], [, b]) => b - a).map(([outcome, times]) => `${outcome} ${times}`);
  console.log(`${name.padEnd(20)} ${String(total).padStart(8)}: ${list.join(', ')}`);
}
const total = [...tally.values()].flatMap((outcomes) => [...outcomes.values()]).reduce((sum, each) => sum + each, 0);
console.log(
  `${total} inputs in ${seconds.toFixed(0)} s, slowest ${slowest.toFixed(0)} ms (bound ${SLOWEST} ms); crashes, hangs and damage taken: ${complaints.length}`,
);
for (const complaint of complaints) console.log(complaint);
process.exitCode = complaints.length > 0 ? 1 : 0;

/** Decodes, again where it took long: what is slow at the second time too is not the machine. */
function timed(decode: () => Outcome): { outcome: Outcome; took: number } {
  let least = Infinity;
  for (let attempt = 1; ; attempt++) {
    const before = performance.now();
    let outcome: Outcome;
    try {
      outcome = decode();
    } catch (error) {
      outcome = { kind: 'crash', detail: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
    least = Math.min(least, performance.now() - before);
    if (least <= SLOWEST || attempt === 3) return { outcome, took: least };
  }
}

function count(name: string, outcome: string): void {
  const outcomes = tally.get(name) ?? new Map<string, number>();
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  tally.set(name, outcomes);
}

function complain(kind: string, detail: string, bytes: Buffer, mutation: string): void {
  complaints.push(`${kind} (${mutation}): ${detail}\n  ${bytes.subarray(0, 400).toString('base64')}`);
}
