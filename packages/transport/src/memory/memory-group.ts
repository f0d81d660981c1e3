/** One member's hold on a group: told to let go when members come or leave. */
export interface GroupMember {
  /** Lets go of all partitions; resolves when what was read of them is written. */
  release(): Promise<void>;
  /** Takes partitions over. */
  take(partitions: readonly number[]): void;
}

/** A consumer group of one topic: who reads which partition, and how far each has been read. Rebalances eagerly. */
export class MemoryGroup {
  readonly committed = new Map<number, number>();
  #members: GroupMember[] = [];
  #rebalancing: Promise<void> = Promise.resolve();

  constructor(private readonly partitions: number) {}

  join(member: GroupMember): Promise<void> {
    return this.#rebalance(() => this.#members.push(member));
  }

  leave(member: GroupMember): Promise<void> {
    return this.#rebalance(() => (this.#members = this.#members.filter((other) => other !== member)));
  }

  /** All let go before anyone takes over: no partition is ever in two hands. */
  #rebalance(change: () => void): Promise<void> {
    this.#rebalancing = this.#rebalancing.then(async () => {
      await Promise.all(this.#members.map((member) => member.release()));
      change();
      this.#members.forEach((member, index) => {
        member.take(
          Array.from({ length: this.partitions }, (_, partition) => partition).filter(
            (partition) => partition % this.#members.length === index,
          ),
        );
      });
    });
    return this.#rebalancing;
  }
}
