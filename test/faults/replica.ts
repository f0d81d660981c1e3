import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { memoryOf } from './memory-of.js';

export const SERVICES = ['sketcher', 'detector', 'outcomes'] as const;
export type ServiceName = (typeof SERVICES)[number];

/** How a process came to its end. */
export interface Ending {
  readonly at: number;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Milliseconds from SIGTERM to the end; null where none was sent. */
  readonly took: number | null;
  /** Milliseconds that it ran. */
  readonly lived: number;
  /** The last line that it logged. */
  readonly lastLine: string;
}

const COMMAND = fileURLToPath(new URL('../../../services/cli/dist/src/main.js', import.meta.url));
/** Milliseconds that a service may take to end once it is told to. */
export const STOP_BOUND = 10_000;
/** Milliseconds after which whoever looks after the services starts one again. */
const RESTART_PAUSE = 500;

/** No service outlives the suite, however that ends. */
const running = new Set<ChildProcess>();
const killAll = () => running.forEach((child) => child.kill('SIGKILL'));
process.on('exit', killAll);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, killAll);

/** One instance of a service, started again whenever it ends, as an orchestrator would. */
export class Replica {
  /** Ends that nobody asked for. */
  readonly crashes: Ending[] = [];
  /** Ends after SIGTERM. */
  readonly stops: Ending[] = [];
  peakMemory = 0;
  #child: ChildProcess | null = null;
  #ended: Promise<Ending> = Promise.resolve({ at: 0, code: 0, signal: null, took: null, lived: 0, lastLine: '' });
  #wanted = true;
  #killed = false;
  #toldAt: number | null = null;
  #startedAt = 0;
  /** A process that is frozen cannot obey: it is told to stop once it runs again. */
  #thawed: Promise<void> = Promise.resolve();
  readonly #poll: NodeJS.Timeout;

  constructor(
    readonly service: ServiceName,
    readonly name: string,
    private readonly environment: Readonly<Record<string, string>>,
    private readonly folder: string,
  ) {
    this.#poll = setInterval(() => this.#measure(), 250);
    this.#start();
  }

  /** SIGKILL; it is started again after a pause. @returns when it was dead. */
  async kill(): Promise<number> {
    const child = await this.#running();
    this.#killed = true;
    this.#measure();
    child.kill('SIGKILL');
    return (await this.#ended).at;
  }

  /** SIGSTOP for a while, then SIGCONT. */
  async freeze(milliseconds: number): Promise<void> {
    const child = await this.#running();
    child.kill('SIGSTOP');
    this.#thawed = new Promise((resolve) => setTimeout(resolve, milliseconds));
    await this.#thawed;
    child.kill('SIGCONT');
  }

  /** SIGTERM; it is started again once it has ended. */
  async restart(): Promise<Ending> {
    await this.#running();
    await this.#thawed;
    this.#tell();
    return this.#ended;
  }

  /** SIGTERM, for good. */
  async stop(): Promise<void> {
    this.#wanted = false;
    await this.#thawed;
    this.#tell();
    await this.#ended;
    clearInterval(this.#poll);
  }

  /** SIGTERM; it is not started again until `resume`. */
  async halt(): Promise<void> {
    this.#wanted = false;
    await this.#thawed;
    this.#tell();
    await this.#ended;
  }

  resume(): void {
    this.#wanted = true;
    if (this.#child === null) this.#start();
  }

  /** The process, once there is one. */
  async #running(): Promise<ChildProcess> {
    while (this.#child === null) await new Promise((resolve) => setTimeout(resolve, 50));
    return this.#child;
  }

  /** Once, whoever asks for it: a second signal would end it on the spot. */
  #tell(): void {
    if (this.#toldAt !== null) return;
    this.#measure();
    this.#toldAt = performance.now();
    const child = this.#child;
    child?.kill('SIGTERM');
    // One that does not end holds up the rest; it has missed its bound by then.
    setTimeout(() => child?.kill('SIGKILL'), 3 * STOP_BOUND).unref();
  }

  #start(): void {
    const log = openSync(join(this.folder, `${this.name}.log`), 'a');
    const child = spawn(process.execPath, [COMMAND, this.service], {
      env: { ...process.env, ...this.environment },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    running.add(child);
    child.once('exit', () => running.delete(child));
    this.#child = child;
    this.#startedAt = performance.now();
    this.#killed = false;
    this.#toldAt = null;
    this.#ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve(this.#onExit(code, signal)));
    });
  }

  #onExit(code: number | null, signal: NodeJS.Signals | null): Ending {
    const took = this.#toldAt === null ? null : performance.now() - this.#toldAt;
    const ending = {
      at: Date.now(),
      code,
      signal,
      took,
      lived: performance.now() - this.#startedAt,
      lastLine: this.#lastLine(),
    };
    if (took !== null && !this.#killed) this.stops.push(ending);
    else if (!this.#killed) this.crashes.push(ending);
    this.#child = null;
    if (this.#wanted) {
      setTimeout(() => {
        if (this.#wanted && this.#child === null) this.#start();
      }, RESTART_PAUSE);
    }
    return ending;
  }

  #lastLine(): string {
    const lines = readFileSync(join(this.folder, `${this.name}.log`), 'utf8')
      .trimEnd()
      .split('\n');
    return lines[lines.length - 1].slice(0, 400);
  }

  #measure(): void {
    if (this.#child !== null) this.peakMemory = Math.max(this.peakMemory, memoryOf(this.#child.pid).peak);
  }

  /** At the end of the whole process: nothing that was started outlives it. */
  abandon(): void {
    this.#wanted = false;
    clearInterval(this.#poll);
    this.#child?.kill('SIGKILL');
  }
}
