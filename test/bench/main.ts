import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

type Bench = (print: (line: string) => void) => Promise<void>;

/** Each is loaded by its own process only. */
const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  sketches: async () => (await import('./sketches.js')).benchSketches,
  decode: async () => (await import('./decode.js')).benchDecode,
  sketcher: async () => (await import('./sketcher.js')).benchSketcher,
  embedded: async () => (await import('./embedded.js')).benchEmbedded,
  renewal: async () => (await import('./renewal.js')).benchRenewal,
  restore: async () => (await import('./restore.js')).benchRestore,
  closing: async () => (await import('./closing.js')).benchClosing,
  join: async () => (await import('./join.js')).benchJoin,
  kafka: async () => (await import('./kafka.js')).benchKafka,
};

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const names = values.only?.split(',') ?? Object.keys(BENCHES);
const unknown = names.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`);
  process.exitCode = 2;
} else if (names.length === 1) {
  const bench = await BENCHES[names[0]]();
  await bench((line) => console.log(line));
} else {
  const load = `${loadavg()[0].toFixed(1)} programs ran on average in the last minute`;
  console.log(`Node ${process.version}, ${availableParallelism()} processors (${cpus()[0].model}); ${load}.`);
  console.log('Timings of a machine that does other work are noisy: the ratios say more.');
  // Each in a process of its own, so that none runs on what another left to the compiler and the heap.
  for (const name of names) {
    console.log();
    const command = [...process.execArgv, fileURLToPath(import.meta.url), '--only', name];
    const { status } = spawnSync(process.execPath, command, { stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
  }
}
