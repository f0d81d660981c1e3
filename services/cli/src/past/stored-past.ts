import type { PaneRow, SketchPartial, Stream } from '@tidemark/monitoring';
import { readPanes, type PaneSelection, type Store } from '@tidemark/store';
import type { PastStep } from './past-step.js';

/**
 * The past of some streams as the store's panes hold it, a step for each start of a pane. Events that came late are in their panes
 * as if they had come in time, and what exceeded a limit is not told again. Some hundred panes a stream are in memory at once.
 *
 * @throws StoreError.
 */
export async function* storedPast(
  store: Store,
  streams: readonly Stream[],
  selection: Pick<PaneSelection, 'from' | 'to' | 'paneSize'>,
): AsyncGenerator<PastStep, void, undefined> {
  const readers = streams.map((stream) => readPanes(store, { ...selection, stream }));
  const heads: IteratorResult<PaneRow, void>[] = [];
  for (const reader of readers) heads.push(await reader.next());
  for (;;) {
    const start = Math.min(...heads.map((head) => (head.done === true ? Infinity : head.value.pane.start)));
    if (start === Infinity) return;
    const partials: SketchPartial[] = [];
    for (const [at, reader] of readers.entries()) {
      let head = heads[at];
      while (head.done !== true && head.value.pane.start === start) {
        partials.push({ ...head.value, overflow: [] });
        head = await reader.next();
      }
      heads[at] = head;
    }
    yield { partials, requests: [], predictions: [], watermark: start + selection.paneSize };
  }
}
