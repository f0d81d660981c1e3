import { aggregatesIn, startDetector, type DetectorOptions } from '@tidemark/detector';
import type { Store } from '@tidemark/store';

/** A detector that says how far it has come. */
export interface CountingDetector {
  readonly done: Promise<void>;
  /** How many events the panes count that it has written to the store. */
  eventsStored(): number;
  stop(): Promise<void>;
}

/** @param options onStored hears of every flush that wrote panes */
export async function startCountingDetector({
  store,
  onStored,
  ...options
}: Omit<DetectorOptions, 'store' | 'flushInterval' | 'onFlush'> & {
  readonly store: Store;
  readonly onStored?: (events: number) => void;
}): Promise<CountingDetector> {
  let stored = 0;
  const detector = await startDetector({
    ...options,
    store: aggregatesIn(store),
    flushInterval: 1000,
    onFlush: (_, { panes }) => {
      for (const { pane, events } of panes) if (pane.segment.dimension === '') stored += events;
      if (panes.length > 0) onStored?.(stored);
    },
  });
  return { done: detector.done, eventsStored: () => stored, stop: () => detector.stop() };
}
