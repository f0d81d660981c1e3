/** A request on its way: before it comes to whom it was sent to, or after it has been done and before the sender hears of it. */
export interface Passing {
  /** What is asked: the name of a request of Kafka's protocol, or a statement and its table. */
  readonly name: string;
  /** Who asks; null where that is not told. */
  readonly clientId: string | null;
  /** The transactional id that a request to Kafka is made under; null of others. */
  readonly transactionalId: string | null;
  readonly moment: 'before' | 'after';
}

/** Hears of every request of note. @returns whether the request, or its answer, is to get no further. */
export type Trap = (passing: Passing) => Promise<boolean>;
