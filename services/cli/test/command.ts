import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

export const MAIN = fileURLToPath(new URL('../src/main.js', import.meta.url));

/** A folder that goes when the file's tests have ended; the command runs in it. */
export const FOLDER = mkdtempSync(join(tmpdir(), 'tidemark-cli-'));
after(() => rmSync(FOLDER, { recursive: true, force: true }));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as a user does, with none of the TIDEMARK_ variables but those given. @param input on a pipe to its standard input. */
export function tidemark(
  commandLine: readonly string[],
  variables: Readonly<Record<string, string>> = {},
  input: string | null = null,
): Promise<Ended> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(TIDEMARK_|NODE_)/.test(name));
  const child = spawn(process.execPath, [MAIN, ...commandLine], {
    cwd: FOLDER,
    env: { ...Object.fromEntries(inherited), ...variables },
    stdio: [input === null ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  // A command that does not read has ended by the time it is written.
  child.stdin?.on('error', () => undefined).end(input);
  let stdout = '';
  let stderr = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** The rows of a query, each as the command prints it with --json. */
export async function rowsOf<Row>(store: string, sql: string): Promise<Row[]> {
  const { code, stdout, stderr } = await tidemark(['query', '--store', store, '--json', sql]);
  if (code !== 0) throw new Error(stderr);
  return jsonLines(stdout) as Row[];
}

export function jsonLines(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}

export function fileWith(name: string, content: string): string {
  writeFileSync(join(FOLDER, name), content);
  return name;
}

export interface FileRow {
  readonly at: string;
  readonly x: number;
  readonly plan: string;
  readonly visits: number;
}

/** A hundred rows a minute from a time on; `x` is uniform on [0, 1), and moved from a minute on. */
export function fileRows(seed: number, minutes: number, movedFrom = Infinity): FileRow[] {
  let state = seed;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  return Array.from({ length: minutes * 100 }, (_, n) => ({
    at: new Date(Date.UTC(2026, 0, 1) + n * 600).toISOString(),
    x: next() + (n >= movedFrom * 100 ? 0.5 : 0),
    plan: next() < 0.7 ? 'basic' : 'pro',
    visits: Math.floor(next() * 5),
  }));
}

export function csvOf(rows: readonly FileRow[]): string {
  return ['at,x,plan,visits', ...rows.map(({ at, x, plan, visits }) => `${at},${x},${plan},${visits}`), ''].join('\n');
}

export const MONITOR = `
model: m
pane: 1m
windows: [5m]
allowed_lateness: 0s
mapping:
  event_time: at
`;
