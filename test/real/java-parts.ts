import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Where the checkout is: the folder that holds this file's source or its build. */
export const ROOT = findRoot(dirname(fileURLToPath(import.meta.url)));
const POM = join(ROOT, 'test', 'real', 'pom.xml');
const INSTALL =
  'On Debian or Ubuntu: apt-get install default-jdk-headless maven. Tests without it: npm run test:light.';
/** A download that takes longer than this is taken for dead. */
const DOWNLOAD_TIMEOUT = 10 * 60_000;

/** The unpacked programs. */
export interface JavaParts {
  /** A folder of Kafka's jars. */
  readonly kafka: string;
  /** A folder with the schema registry's runner and its libraries. */
  readonly registry: string;
}

let parts: Promise<JavaParts> | null = null;

/**
 * Fetches what pom.xml names, once for each state of that file, into the checkout's cache. Processes that ask at the same time
 * wait for the first.
 * @throws Error that says what to install where Java or Maven is missing
 */
export function javaParts(): Promise<JavaParts> {
  return (parts ??= fetchParts());
}

async function fetchParts(): Promise<JavaParts> {
  await checkJava();
  const hash = createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 16);
  const folder = join(ROOT, '.cache', 'real-parts', hash);
  if (!existsSync(folder)) await withLock(`${folder}.lock`, () => download(folder));
  return { kafka: join(folder, 'kafka'), registry: join(folder, 'registry') };
}

async function download(folder: string): Promise<void> {
  if (existsSync(folder)) return;
  // Complete or absent: the name appears once all is there.
  const unfinished = `${folder}.${process.pid}`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  console.error('Fetching Apache Kafka and the schema registry for the tests, once (about 190 MB) …');
  try {
    await run('mvn', ['-q', '-B', '-f', POM, 'package', `-Dout=${unfinished}`], DOWNLOAD_TIMEOUT);
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    const output = error instanceof Error && 'stdout' in error ? String(error.stdout).trim().slice(-2000) : '';
    throw new Error(`Maven could not fetch what test/real/pom.xml names: ${messageOf(error)}\n${output}`, {
      cause: error,
    });
  }
}

async function checkJava(): Promise<void> {
  const output = await run('java', ['-version'], 30_000);
  const major = Number(/version "(\d+)/.exec(output)?.[1]);
  if (!(major >= 17)) throw new Error(`Kafka 4 needs Java 17 or newer; this machine has:\n${output}\n${INSTALL}`);
  await run('mvn', ['-version'], 60_000);
}

async function run(command: string, args: readonly string[], timeout: number): Promise<string> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, [...args], { timeout, maxBuffer: 16 << 20 });
    return stdout + stderr;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    throw new Error(`\`${command}\` was not found; the tests on a real Kafka and registry need it. ${INSTALL}`, {
      cause: error,
    });
  }
}

/** Holds a lock file, by the process's id, while an action runs; the lock of a process that is gone is broken. */
async function withLock(path: string, action: () => Promise<void>): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  while (!take(path)) {
    if (isAbandoned(path)) rmSync(path, { force: true });
    else await new Promise((resolve) => setTimeout(resolve, 250));
  }
  try {
    await action();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
}

function isAbandoned(path: string): boolean {
  try {
    if (Date.now() - statSync(path).mtimeMs > DOWNLOAD_TIMEOUT) return true;
    const holder = Number(readFileSync(path, 'utf8'));
    if (holder > 0) process.kill(holder, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'tsconfig.base.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('The checkout that these tests belong to was not found');
  return findRoot(parent);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
