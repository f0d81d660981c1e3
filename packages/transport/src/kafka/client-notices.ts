/** How the client's words reach whoever reads the log. */
export type OnLog = (level: 'warn' | 'error', message: string, details: Readonly<Record<string, unknown>>) => void;

/**
 * What the client calls errors and warnings though it is the usual course: brokers still writing the markers of the transaction
 * before, groups that rebalance, joins that we hold back or refuse, retries that are limited as a producer that gives up is replaced;
 * and that a reader starts again, whose crash has just been told.
 */
const ROUTINE =
  /another concurrent operation|rebalanc|valid member id|Limiting retries|still being written|reader has been stopped|^Restarting the consumer/i;

/** What passes by itself as brokers start and topics are made: the client asks again. By what is waited for. */
const PASSING: readonly (readonly [RegExp, string])[] = [
  [/coordinator/i, "Kafka's coordinator"],
  [/leader|does not host this topic|not available on this broker/i, 'a leader of each partition'],
];
/** Milliseconds: so long a wait is worth a line, as often as this; one that has not shown for as long is over. */
const WORTH_A_LINE = 3000;
const AGAIN = 30_000;
const OVER = 10_000;
/** Milliseconds for which a warning is not repeated: the client gives the same with every attempt. */
const REPEATED = 60_000;

/** What nobody but the operator can mend. */
const DENIED = /authoriz|authentic|SASL|credential|certificate/i;

/**
 * Gives the client's lines their level: an error is what an operator must act on. What the client repeats is none, and what it gives up
 * ends in an error of ours, which the service that meets it reports.
 */
export class ClientNotices {
  /** Warnings by what they say, with how often each has come since it was told. */
  readonly #warnings = new Map<string, { readonly told: number; repeated: number }>();
  readonly #waits = new Map<string, { since: number; seen: number; told: number }>();

  /** @param now milliseconds of a clock that never goes back */
  constructor(
    private readonly onLog: OnLog,
    private readonly now: () => number = () => performance.now(),
  ) {}

  take(message: string, details: Readonly<Record<string, unknown>>): void {
    const text = `${message} ${typeof details.error === 'string' ? details.error : ''}`;
    if (ROUTINE.test(text)) return;
    if (DENIED.test(text)) {
      this.onLog('error', message, details);
      return;
    }
    const passing = PASSING.find(([pattern]) => pattern.test(text));
    if (passing === undefined) this.#warn(inWords(message), details);
    else this.#wait(passing[1], details);
  }

  /** At most once a minute of each broker or group; the next says how often it was kept back. */
  #warn(message: string, details: Readonly<Record<string, unknown>>): void {
    const now = this.now();
    for (const [key, { told }] of this.#warnings) if (now - told > 10 * REPEATED) this.#warnings.delete(key);
    const key = JSON.stringify([message.replace(/\d+/g, ''), details.error, details.broker, details.groupId]);
    const warning = this.#warnings.get(key);
    if (warning !== undefined && now - warning.told < REPEATED) {
      warning.repeated++;
      return;
    }
    this.#warnings.set(key, { told: now, repeated: 0 });
    const repeated = warning?.repeated ?? 0;
    this.onLog('warn', message, repeated === 0 ? details : { ...details, repeated });
  }

  #wait(awaited: string, details: Readonly<Record<string, unknown>>): void {
    const now = this.now();
    let wait = this.#waits.get(awaited);
    if (wait === undefined || now - wait.seen > OVER) {
      wait = { since: now, seen: now, told: -Infinity };
      this.#waits.set(awaited, wait);
    }
    wait.seen = now;
    if (now - wait.since < WORTH_A_LINE || now - wait.told < AGAIN) return;
    wait.told = now;
    this.onLog('warn', `waiting for ${awaited} (${Math.round((now - wait.since) / 1000)} s so far)`, details);
  }
}

/** The client calls it a crash, with the name of its error, though mostly it begins anew. */
function inWords(message: string): string {
  return message.replace(/^Crash: \w+: /, 'reading was interrupted: ');
}
