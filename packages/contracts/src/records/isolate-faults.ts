import type { FaultyRecord } from './record-fault.js';

/** What came of work on many items of which some could not be worked on. */
export interface Isolated<T, R> {
  /** Of groups of items, in their order: one where all were sound. */
  readonly results: readonly R[];
  readonly faulty: readonly { readonly item: T; readonly fault: FaultyRecord }[];
}

/**
 * Does work on items whose own contents may make it fail: on all at once, and where that throws, on halves, until the items are alone
 * that cannot be worked on. Nothing stops for a record; whatever the decoder let through ends as its dead letter.
 *
 * @param work has no effects when it throws; what it gives for the parts must add up to what it gives for the whole.
 * @param isOfProcess whether an error is no item's fault, as one of a store that does not answer: it is thrown on.
 * @param pause is waited for before each attempt, so that long work lets others have their turn.
 */
export async function isolateFaults<T, R>(
  items: readonly T[],
  work: (items: readonly T[]) => R | Promise<R>,
  pause: () => Promise<void> = () => Promise.resolve(),
  isOfProcess: (error: unknown) => boolean = () => false,
): Promise<Isolated<T, R>> {
  const results: R[] = [];
  const faulty: { item: T; fault: FaultyRecord }[] = [];
  // The next group is last.
  const left: (readonly T[])[] = items.length === 0 ? [] : [items];
  for (let group = left.pop(); group !== undefined; group = left.pop()) {
    await pause();
    try {
      results.push(await work(group));
    } catch (error) {
      if (isOfProcess(error)) throw error;
      if (group.length === 1) faulty.push({ item: group[0], fault: unprocessable(error) });
      else left.push(group.slice(group.length >>> 1), group.slice(0, group.length >>> 1));
    }
  }
  return { results, faulty };
}

const MOST_DETAIL = 500;

/** The fault of a record that was read, but made later work fail. */
export function unprocessable(error: unknown): FaultyRecord {
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { ok: false, reason: 'unprocessable', detail: detail.slice(0, MOST_DETAIL) };
}
