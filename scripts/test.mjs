// Runs the tests. Those under test/real need a real Kafka and schema registry, which are started once for all of them;
// `--light` leaves them out, for machines without Java and Maven. Other arguments narrow the run to files whose path has them.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const light = process.argv.includes('--light');
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));

const files = [
  ...['packages', 'services'].flatMap((folder) =>
    readdirSync(folder).map((name) => join(folder, name, 'dist', 'test')),
  ),
  join('test', 'dist'),
]
  .flatMap(testFiles)
  .filter((file) => !light || !file.startsWith(join('test', 'dist', 'real')))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)));

if (files.length === 0) {
  console.error('No test file matches.');
  process.exit(1);
}

const needsRealParts = files.some((file) => file.startsWith(join('test', 'dist', 'real')));
const parts = needsRealParts ? await startRealParts() : null;
const tests = spawn(process.execPath, ['--enable-source-maps', '--test', '--test-force-exit', ...files], {
  stdio: 'inherit',
  env: { ...process.env, ...parts?.environment },
});
tests.on('exit', (code) => {
  parts?.stop();
  if (light) console.log('The tests on a real Kafka and schema registry were left out: `npm test` runs them.');
  process.exitCode = code ?? 1;
});

function testFiles(folder) {
  try {
    return readdirSync(folder, { recursive: true })
      .filter((file) => file.endsWith('.test.js'))
      .map((file) => join(folder, file))
      .sort();
  } catch {
    return [];
  }
}

function startRealParts() {
  const server = spawn(process.execPath, [join('test', 'dist', 'real', 'serve.js')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  return new Promise((resolve) => {
    server.on('exit', (code) => {
      console.error(`Kafka and the schema registry could not be started (exit code ${code}).`);
      console.error('`npm run test:light` runs the tests that need neither.');
      process.exit(1);
    });
    createInterface({ input: server.stdout }).once('line', (line) => {
      server.removeAllListeners('exit');
      const { brokers, registryUrl } = JSON.parse(line);
      resolve({
        environment: { TIDEMARK_TEST_BROKERS: [brokers].flat().join(), TIDEMARK_TEST_REGISTRY: registryUrl },
        stop: () => server.stdin.end(),
      });
    });
  });
}
