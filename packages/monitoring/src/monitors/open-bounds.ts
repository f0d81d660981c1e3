/**
 * The open panes of a model hold at most so many sketches, of some 4 KB each, beside those of the last minutes. Beyond that the oldest
 * are closed without the partitions of the event topic that lag behind the one furthest ahead by these minutes and the lateness.
 */
export const MOST_OPEN_SKETCHES = 20_000;
export const LEAST_LAG = 5 * 60_000;

/** The same of all models of one partition of the partials together: they come by themselves, and share the memory of one detector. */
export const MOST_LAGGING_SKETCHES = 100_000;

/** What models may hold for partitions of the event topic that lag behind, where all of them hold too much. */
export interface LaggingRoom {
  /** Each may hold so many sketches: those that hold the most give way, down to one level, and whoever holds less keeps all. */
  readonly level: number;
  /** What all of them held, and may hold. */
  readonly held: number;
  readonly most: number;
}

/**
 * The level to which the models that hold the most must come down for all to hold no more than `most` together; the order of the models
 * does not matter.
 *
 * @param held by each model, sketches. @returns null where they hold no more.
 */
export function laggingRoom(held: readonly number[], most = MOST_LAGGING_SKETCHES): LaggingRoom | null {
  const all = held.reduce((sum, sketches) => sum + sketches, 0);
  if (all <= most) return null;
  const ascending = [...held].sort((a, b) => a - b);
  let left = most;
  for (const [index, sketches] of ascending.entries()) {
    const share = left / (ascending.length - index);
    if (sketches > share) return { level: Math.floor(share), held: all, most };
    left -= sketches;
  }
  return null;
}
