import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A Java server that a test started. */
export interface RunningPart {
  /** Ends it as an operator would, and removes its data. */
  stop(): Promise<void>;
  /** SIGKILL: no flush, no goodbye. Its data stay. */
  kill(): Promise<void>;
  /** Starts it again on the same ports and data, after kill() or as it runs; resolves when it answers. */
  restart(): Promise<void>;
}

export interface PartDescription {
  readonly name: string;
  readonly javaArguments: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Holds data and the log. */
  readonly folder: string;
  /** Resolves when it answers; rejects while it does not. */
  readonly answers: () => Promise<unknown>;
  /** Milliseconds. */
  readonly startTimeout: number;
}

/** Milliseconds that a server may take to end of itself. */
const STOP_PATIENCE = 5000;

/** No process outlives the one that started it. */
const running = new Set<ChildProcess>();
/** Nor do its data. */
const folders = new Set<string>();
let guarded = false;

export function newFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `tidemark-${name}-`));
  folders.add(folder);
  return folder;
}

export async function startPart(description: PartDescription): Promise<RunningPart> {
  let child = await launch(description);
  return {
    stop: async () => {
      await end(child, 'SIGTERM');
      rmSync(description.folder, { recursive: true, force: true });
      folders.delete(description.folder);
    },
    kill: () => end(child, 'SIGKILL'),
    restart: async () => {
      await end(child, 'SIGTERM');
      child = await launch(description);
    },
  };
}

async function launch({ name, javaArguments, environment, folder, answers, startTimeout }: PartDescription) {
  guard();
  const logPath = join(folder, `${name}.log`);
  const log = openSync(logPath, 'a');
  const child = spawn('java', [...javaArguments], {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  running.add(child);
  child.once('exit', () => running.delete(child));
  const deadline = Date.now() + startTimeout;
  for (;;) {
    try {
      await answers();
      return child;
    } catch (error) {
      const gone = child.exitCode !== null || child.signalCode !== null;
      if (!gone && Date.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        continue;
      }
      const why = gone ? `ended with exit code ${child.exitCode}` : `did not answer within ${startTimeout} ms`;
      await end(child, 'SIGKILL');
      const tail = readFileSync(logPath, 'utf8').split('\n').slice(-40).join('\n');
      throw new Error(`${name} ${why}. The end of its log:\n${tail}`, { cause: error });
    }
  }
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill(signal);
  const patience = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE);
  await exited;
  clearTimeout(patience);
}

function guard(): void {
  if (guarded) return;
  guarded = true;
  const killAll = () => {
    running.forEach((child) => child.kill('SIGKILL'));
    folders.forEach((folder) => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  };
  // Also after an uncaught error, which ends in `exit`; signals end a process without it.
  process.on('exit', killAll);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      killAll();
      process.kill(process.pid, signal);
    });
  }
}

/** Ports that nobody listens on, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', resolve);
      });
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('No port was given');
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
