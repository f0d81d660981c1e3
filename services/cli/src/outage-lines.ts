import type { DependencyNotice } from '@tidemark/operations';
import type { OnLog } from '@tidemark/transport';
import { logLine, type LogLevel } from './log-lines.js';

/** Milliseconds: longer than it takes to find out that Kafka is away. */
const HOLD = 15_000;

/**
 * What a service's log says of an outage: one line when a dependency goes, one a minute while it is away, one when it is back. Kafka's client
 * warns of the same with every attempt: what it says is held until it is known whether Kafka is away, and left out where it is.
 */
export class OutageLines {
  readonly #held = new Set<NodeJS.Timeout>();
  #kafkaIsAway = false;

  /** @param client tells what Kafka's client says. @param write writes a line; the process's log unless stated. */
  constructor(
    private readonly client: OnLog,
    private readonly write: (
      level: LogLevel,
      message: string,
      fields: Readonly<Record<string, unknown>>,
    ) => void = logLine,
    private readonly hold = HOLD,
  ) {}

  /** Hears of the client. What only an operator can mend is told at once. */
  readonly takeClient: OnLog = (level, message, details) => {
    if (level === 'error') return this.client(level, message, details);
    if (this.#kafkaIsAway) return;
    const timer = setTimeout(() => {
      this.#held.delete(timer);
      this.client(level, message, details);
    }, this.hold);
    timer.unref();
    this.#held.add(timer);
  };

  readonly takeDependency = ({ name, state, seconds, error }: DependencyNotice): void => {
    if (name === 'kafka') this.#note(state !== 'back');
    if (state === 'gone') this.write('warn', `${name} does not answer; it is asked again until it does`, { error });
    else if (state === 'away') this.write('warn', `${name} has not answered for ${seconds} s`, { error });
    else this.write('info', `${name} answers again, after ${seconds} s`, {});
  };

  #note(isAway: boolean): void {
    this.#kafkaIsAway = isAway;
    for (const timer of this.#held) clearTimeout(timer);
    this.#held.clear();
  }
}
