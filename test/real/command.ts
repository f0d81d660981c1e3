import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../services/cli/dist/src/main.js', import.meta.url));

type Variables = Readonly<Record<string, string>>;

function start(commandLine: readonly string[], variables: Variables): ChildProcess {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(TIDEMARK_|NODE_)/.test(name));
  return spawn(process.execPath, [MAIN, ...commandLine], {
    env: { ...Object.fromEntries(inherited), ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Runs the command to its end, in a process of its own. */
export async function command(commandLine: readonly string[], variables: Variables) {
  const child = start(commandLine, variables);
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** A service in a process of its own, and what it has logged so far. */
export class ServiceProcess {
  readonly lines: Record<string, unknown>[] = [];
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;

  constructor(name: string, variables: Variables) {
    this.#child = start([name], variables);
    this.ended = once(this.#child, 'close').then(([code]) => code as number | null);
    let rest = '';
    this.#child.stdout?.resume();
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        this.lines.push(line.startsWith('{') ? (JSON.parse(line) as Record<string, unknown>) : { message: line });
      }
    });
  }

  /** The most memory that the process has had resident, in bytes; as Linux tells. */
  get peakBytes(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
  }

  /** Asks it to stop, and waits until it has. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return this.ended;
  }
}

/** Waits for something that comes about within a minute. */
export async function eventually<T>(what: string, look: () => T | null | Promise<T | null>): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (Date.now() > deadline) throw new Error(`${what}: not within a minute`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
