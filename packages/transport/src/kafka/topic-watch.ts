/**
 * Whether a topic that is being read is still the same: brokers answer by its name, and one made anew under it may have grown past the
 * position. While it was gone, fetches failed: after one that did, it is looked up.
 */
export class TopicWatch {
  #topicId: string | null = null;
  readonly #unanswered = new Set<number>();
  #isUncertain = false;

  /** @param lookUp gives the topic's id; null where brokers give none. */
  constructor(private readonly lookUp: () => Promise<string | null>) {}

  /** The id of the topic that is being read. */
  get topicId(): string | null {
    return this.#topicId;
  }

  /** Takes the topic that is there for the one that is read from now on. */
  async begin(): Promise<void> {
    this.#isUncertain = false;
    this.#topicId = await this.lookUp();
  }

  fetching(broker: number): void {
    if (this.#unanswered.has(broker)) this.#isUncertain = true;
    this.#unanswered.add(broker);
  }

  fetched(broker: number): void {
    this.#unanswered.delete(broker);
  }

  /** Whether it is another than before; said once. */
  async isAnew(): Promise<boolean> {
    if (!this.#isUncertain) return false;
    const [before, topicId] = [this.#topicId, await this.lookUp()];
    this.#isUncertain = false;
    this.#topicId = topicId ?? before;
    return before !== null && topicId !== null && topicId !== before;
  }
}
