/** What a service is at: connecting, reading, waiting to connect again after a failure, or letting go of what it holds. */
export type Phase = 'starting' | 'running' | 'waiting' | 'stopping';

export interface HealthLimits {
  /** Milliseconds that starting may take without a sign of progress. */
  readonly starting: number;
  /** Milliseconds that any other phase may go without one, all dependencies answering. */
  readonly stalled: number;
  /** Milliseconds that a reader of a service that runs may be no member of its group, all dependencies answering. */
  readonly outside: number;
}

/** An answer to a probe, with what it rests on. */
export interface Verdict {
  readonly ok: boolean;
  /** One phrase; empty where all is well. */
  readonly reason: string;
  readonly phase: Phase;
  readonly partitions: readonly number[];
  /** Since the loop last turned. */
  readonly secondsSinceTurn: number;
  /** Whether each dependency answered when it was last asked. */
  readonly dependencies: Readonly<Record<string, boolean>>;
  /** For how long each that does not answer has been away; left out where all answer. */
  readonly secondsAway?: Readonly<Record<string, number>>;
  /** By topic, for how long its reader has been no member of its group; left out where all are. */
  readonly secondsOutsideGroup?: Readonly<Record<string, number>>;
}

/**
 * Longer than any call to a dependency that answers may take (ClickHouse has 30 s to), with a rebalance on top. Starting reads
 * whole topics and connects to brokers that may just be starting themselves.
 */
const DEFAULT_LIMITS: HealthLimits = { starting: 300_000, stalled: 60_000, outside: 300_000 };

/**
 * Whether a service lives and whether it is ready, from what its loop reports.
 *
 * Liveness asks one thing: would a restart help? It would where the loop has stood still although everything it could be waiting
 * for is there. It would not while a dependency is away: then either the loop ends and tries anew, which counts as a turn, or a
 * call under way is still being repeated, and the failed check of that dependency is the excuse. So an outage of hours
 * kills no process; a promise that never settles does.
 */
export class ServiceHealth {
  readonly #now: () => number;
  readonly #limits: HealthLimits;
  /** How often each is held: a service may read several topics. */
  readonly #partitions = new Map<number, number>();
  /** What each answered when it was last asked, and since when. */
  readonly #dependencies = new Map<string, { readonly answers: boolean; readonly since: number }>();
  /** For how many milliseconds each reader has been no member of its group, with the topic that it reads. */
  readonly #groups = new Map<() => number, string>();
  #phase: Phase = 'starting';
  #lastTurn: number;
  #lastNeighbourFault = -Infinity;
  #callsUnderWay = 0;
  #takingOver = false;

  /** @param now milliseconds of a clock that only goes forward. */
  constructor(now: () => number = () => performance.now(), limits: Partial<HealthLimits> = {}) {
    this.#now = now;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#lastTurn = now();
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Partitions that are this process's now, of whatever topic. */
  get partitions(): readonly number[] {
    return [...this.#partitions.keys()].sort((a, b) => a - b);
  }

  /** The dependencies that did not answer when they were last asked. */
  get away(): readonly string[] {
    return [...this.#dependencies].filter(([, { answers }]) => !answers).map(([name]) => name);
  }

  /** Enters a phase: a sign of progress. A loop that starts again holds nothing of the one before; what is known of the dependencies stays. */
  enter(phase: Phase): void {
    this.#phase = phase;
    if (phase === 'starting' || phase === 'waiting') {
      this.#partitions.clear();
      this.#groups.clear();
      this.#callsUnderWay = 0;
      this.#takingOver = false;
    }
    this.turned();
  }

  /** A sign of progress: a handler's call returned, a row was read while restoring. */
  turned(): void {
    this.#lastTurn = this.#now();
  }

  /** Runs one of the loop's calls: a turn when it begins and when it ends. */
  async during<T>(call: () => Promise<T>): Promise<T> {
    this.#callsUnderWay++;
    this.turned();
    try {
      return await call();
    } finally {
      this.#callsUnderWay = Math.max(0, this.#callsUnderWay - 1);
      this.turned();
    }
  }

  /** Takes partitions over: not ready until it is done. */
  async takingOver<T>(partitions: readonly number[], call: () => Promise<T>): Promise<T> {
    this.#takingOver = true;
    const given = await this.during(call);
    this.#takingOver = false;
    for (const partition of partitions) this.#partitions.set(partition, (this.#partitions.get(partition) ?? 0) + 1);
    return given;
  }

  letGo(partitions: readonly number[]): void {
    for (const partition of partitions) {
      const held = (this.#partitions.get(partition) ?? 0) - 1;
      if (held > 0) this.#partitions.set(partition, held);
      else this.#partitions.delete(partition);
    }
  }

  /**
   * Watches whether a reader is in its group: one that is not may hold no partition, like a standby, and yet nobody would give it any.
   *
   * @param outsideFor milliseconds for which it has been no member; 0 while it is one. @returns what ends that.
   */
  watchGroup(topic: string, outsideFor: () => number): () => void {
    this.#groups.set(outsideFor, topic);
    return () => void this.#groups.delete(outsideFor);
  }

  /** Notes whether a dependency answered. */
  dependency(name: string, answers: boolean): void {
    const known = this.#dependencies.get(name);
    if (known?.answers !== answers) this.#dependencies.set(name, { answers, since: this.#now() });
    if (!answers) this.#lastNeighbourFault = this.#now();
  }

  /** 'Not ok' asks for the process to be ended and started anew. */
  live(): Verdict {
    const { starting, stalled } = this.#limits;
    const limit = this.#phase === 'starting' ? starting : stalled;
    // A standby has nothing to turn for: no partition is its own, and no call under way.
    const standby = this.#phase === 'running' && this.#partitions.size === 0 && this.#callsUnderWay === 0;
    const still = this.#now() - Math.max(this.#lastTurn, this.#lastNeighbourFault);
    if (!standby && still > limit) {
      return this.#verdict(`${this.#phase} for ${Math.round(still / 1000)} s without a turn of the loop`);
    }
    // While a dependency is away nobody can join: the time counts from its return.
    const sinceFault = this.#now() - this.#lastNeighbourFault;
    const outside = this.#outside.find(([, duration]) => Math.min(duration, sinceFault) > this.#limits.outside);
    return this.#verdict(this.#phase === 'running' && outside !== undefined ? outsideReason(outside) : '');
  }

  /** Whether it does its work now: in the group, with its partitions taken over or as a standby, and every dependency there. */
  ready(): Verdict {
    const reasons: string[] = [];
    if (this.#phase !== 'running') reasons.push(this.#phase);
    else if (this.#takingOver) reasons.push('taking partitions over');
    const { away } = this;
    if (away.length > 0) reasons.push(`no answer from ${away.join(', ')}`);
    const [outside] = this.#outside;
    if (reasons.length === 0 && outside !== undefined) reasons.push(outsideReason(outside));
    return this.#verdict(reasons.join(': '));
  }

  #verdict(reason: string): Verdict {
    const outside = this.#outside.map(([topic, duration]): [string, number] => [
      topic,
      Math.round(duration / 100) / 10,
    ]);
    return {
      ok: reason === '',
      reason,
      phase: this.#phase,
      partitions: this.partitions,
      secondsSinceTurn: this.#secondsSince(this.#lastTurn),
      dependencies: Object.fromEntries([...this.#dependencies].map(([name, { answers }]) => [name, answers])),
      ...(this.away.length === 0 ? {} : { secondsAway: this.#secondsAway() }),
      ...(outside.length === 0 ? {} : { secondsOutsideGroup: Object.fromEntries(outside) }),
    };
  }

  /** The topics whose readers are no members of their groups, with the milliseconds; the longest first. */
  get #outside(): (readonly [topic: string, duration: number])[] {
    const durations = [...this.#groups].map(([outsideFor, topic]) => [topic, outsideFor()] as const);
    return durations.filter(([, duration]) => duration > 0).sort(([, a], [, b]) => b - a);
  }

  #secondsAway(): Record<string, number> {
    const gone = [...this.#dependencies].filter(([, { answers }]) => !answers);
    return Object.fromEntries(gone.map(([name, { since }]) => [name, this.#secondsSince(since)]));
  }

  #secondsSince(time: number): number {
    return Math.round((this.#now() - time) / 100) / 10;
  }
}

function outsideReason([topic, duration]: readonly [topic: string, duration: number]): string {
  return `the reader of ${topic} has not been in its consumer group for ${Math.round(duration / 1000)} s`;
}
