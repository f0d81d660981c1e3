/**
 * For how long a client has been no member of its group. It is one from a join on, until it goes to join anew, or none of its heartbeats
 * has been answered for as long as the brokers wait for one: they have thrown it out by then, whatever it believes.
 */
export class GroupPresence {
  #outsideSince: number | null;
  #lastSign = -Infinity;

  /** @param patience milliseconds that brokers wait for a heartbeat. @param now milliseconds of a clock that only goes forward. */
  constructor(
    private readonly patience: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#outsideSince = now();
  }

  joined(): void {
    this.#outsideSince = null;
    this.#lastSign = this.now();
  }

  heartbeatAnswered(): void {
    this.#lastSign = this.now();
  }

  /** It is about to join anew, or was ended by a failure. */
  left(): void {
    this.#outsideSince ??= Math.min(this.now(), this.#lastSign + this.patience);
  }

  /** Milliseconds; 0 while it is a member. */
  get outsideFor(): number {
    return Math.max(0, this.now() - (this.#outsideSince ?? this.#lastSign + this.patience));
  }
}
