import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { DetectorQuestion, DetectorReport, DetectorTask } from './detector-child.js';

const CHILD = fileURLToPath(new URL('detector-child.js', import.meta.url));

/** A detector in a process of its own. */
export class DetectorProcess {
  private constructor(private readonly child: ChildProcess) {}

  static async start(task: DetectorTask): Promise<DetectorProcess> {
    const environment = { ...process.env, TIDEMARK_SCALE_TASK: JSON.stringify(task) };
    const detector = new DetectorProcess(
      fork(CHILD, { env: environment, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
    );
    await detector.#message();
    return detector;
  }

  /** What happened since it was asked last. */
  report(): Promise<DetectorReport> {
    return this.#ask('report') as Promise<DetectorReport>;
  }

  /** Stops the detector, and starts another in the same process. */
  async restart(): Promise<void> {
    await this.#ask('restart');
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.send('stop' satisfies DetectorQuestion);
    const patience = setTimeout(() => this.child.kill('SIGKILL'), 20_000);
    await ended;
    clearTimeout(patience);
  }

  async kill(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }

  #ask(question: DetectorQuestion): Promise<unknown> {
    const answer = this.#message();
    this.child.send(question);
    return answer;
  }

  async #message(): Promise<unknown> {
    const stopped = new AbortController();
    const { signal } = stopped;
    try {
      const ended = once(this.child, 'exit', { signal }).then(([code]) => {
        throw new Error(`A detector ended with exit code ${code}`);
      });
      const [message] = (await Promise.race([once(this.child, 'message', { signal }), ended])) as unknown[];
      return message;
    } finally {
      // Whichever was not waited for rejects with the abort: nobody needs to know.
      stopped.abort();
    }
  }
}
