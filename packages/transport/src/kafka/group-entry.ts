/** How long stopping waits for a broker to take our leave; after it the session's end does the same. */
const LEAVE_TIMEOUT = 10_000;
/** How long it waits for a join that is under way; where that takes longer, the group is left as soon as it has been joined. */
const JOIN_PATIENCE = 1000;

/**
 * A client's way into its group: its first join since it began, or began anew after a failure. kafkajs, disconnected on that way, does not
 * turn back: once a broker answers it is a member that nobody knows of, and keeps partitions that nobody reads. So whoever disconnects it
 * waits until it has joined or given up.
 */
export class GroupEntry {
  #underWay: { readonly over: Promise<void>; readonly end: () => void } | null = null;

  get isUnderWay(): boolean {
    return this.#underWay !== null;
  }

  begin(): void {
    this.failed();
    let end!: () => void;
    const over = new Promise<void>((resolve) => (end = resolve));
    this.#underWay = { over, end };
  }

  /** Over a little later: the client calls itself running only after it has told of the join, and stops only what runs. */
  joined(): void {
    const joined = this.#underWay;
    setImmediate(() => {
      if (this.#underWay === joined) this.failed();
    });
  }

  failed(): void {
    this.#underWay?.end();
    this.#underWay = null;
  }

  /** Disconnects the client, which leaves the group; returns after some patience, and where a join is under way goes on after that. */
  async leave(disconnect: () => Promise<void>): Promise<void> {
    const patience = this.#underWay === null ? LEAVE_TIMEOUT : JOIN_PATIENCE;
    const left = (async () => {
      while (this.#underWay !== null) await this.#underWay.over;
      await disconnect();
    })().catch(() => undefined);
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([left, new Promise<void>((resolve) => (timer = setTimeout(resolve, patience)))]);
    clearTimeout(timer);
  }
}
