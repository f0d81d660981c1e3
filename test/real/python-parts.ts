import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ROOT } from './java-parts.js';

const PACKAGE = 'confluent-kafka==2.16.1';
const INSTALL = 'On Debian or Ubuntu: apt-get install python3 python3-venv. Tests without it: npm run test:light.';

/**
 * A Python with librdkafka's client, in an environment of its own in the checkout's cache, made at the first call.
 * @throws Error that says what to install where there is no Python, or pip cannot fetch the client
 */
export async function pythonWithLibrdkafka(): Promise<string> {
  const folder = join(ROOT, '.cache', 'real-parts', PACKAGE.replace('==', '-'));
  const python = join(folder, 'bin', 'python');
  if (existsSync(join(folder, 'complete'))) return python;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  try {
    await promisify(execFile)('python3', ['-m', 'venv', folder], { timeout: 120_000 });
    await promisify(execFile)(python, ['-m', 'pip', 'install', '--quiet', PACKAGE], { timeout: 300_000 });
  } catch (error) {
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr).trim().slice(-1000) : '';
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`The tests with librdkafka need Python with ${PACKAGE}: ${output}\n${INSTALL}`, { cause: error });
  }
  mkdirSync(join(folder, 'complete'));
  return python;
}

/** A file beside this one's source. */
export function sourceFile(name: string): string {
  const folder = dirname(fileURLToPath(import.meta.url));
  return join(folder.replace(join('test', 'dist', 'real'), join('test', 'real')), name);
}
