import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FrontMode } from './clickhouse-front.js';
import { memoryOf } from './memory-of.js';

/** The ClickHouse front in a process of its own. */
export class FrontProcess {
  readonly url: string;
  #child: ChildProcess;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(
    child: ChildProcess,
    private readonly folder: string,
    private readonly port: number,
  ) {
    this.#child = child;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(folder: string): Promise<FrontProcess> {
    const { child, port } = await launch(folder, 0);
    return new FrontProcess(child, folder, port);
  }

  /** @returns how many requests met the fault of the mode before. */
  setMode(mode: FrontMode): Promise<number> {
    const set = this.#queue.then(async () => {
      this.#child.send(mode);
      const [{ met }] = (await once(this.#child, 'message')) as [{ met: number }];
      return met;
    });
    this.#queue = set.catch(() => undefined);
    return set;
  }

  /** SIGKILL, and the same folder served again on the same port after a while. */
  async killAndRestart(pauseMs: number): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    this.#child = (await launch(this.folder, this.port)).child;
  }

  /** Rows of a SELECT, by an ordinary request. */
  async query<Row>(sql: string): Promise<Row[]> {
    const url = `${this.url}/?output_format_json_quote_64bit_integers=0&output_format_json_quote_denormals=1`;
    const ask = async () => {
      const answer = await fetch(url, { method: 'POST', body: `${sql} FORMAT JSONEachRow` });
      return { answer, text: await answer.text() };
    };
    // A connection that was kept may be closed at the very moment; asking again changes nothing.
    const { answer, text } = await ask().catch(ask);
    if (!answer.ok) throw new Error(`${text}\n${sql}`);
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Row);
  }

  get peakMemory(): number {
    return memoryOf(this.#child.pid).peak;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const patience = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await exited;
    clearTimeout(patience);
  }
}

async function launch(folder: string, port: number): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(fileURLToPath(new URL('serve-front.js', import.meta.url)), [folder, String(port)]);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`The ClickHouse front ended at its start with exit code ${code}`);
  });
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [{ port: number }];
  ended.catch(() => undefined);
  return { child, port: message.port };
}
