import type { Detector } from '@tidemark/monitoring';
import { TimeSlice } from '@tidemark/runtime';
import type { AggregateStore } from './aggregate-store.js';

/**
 * Makes the baselines that are due, at once, as what comes next is held against them: the same records give the same baselines, whatever
 * batches they come in. What goes wrong with a stream's own panes sets that stream aside.
 *
 * @param written writes what has closed so far, which is read back.
 */
export async function renewBaselines(
  detector: Detector,
  store: Pick<AggregateStore, 'readPanes'>,
  written: () => Promise<void>,
): Promise<void> {
  const time = new TimeSlice();
  for (let [renewal] = detector.renewals; renewal !== undefined; [renewal] = detector.renewals) {
    // A crash before the next flush: the state says that it is due still.
    await written();
    const { stream } = renewal;
    const attempt = <Result>(action: () => Result): Result | null => {
      try {
        return action();
      } catch (error) {
        detector.setAside(stream, error);
        return null;
      }
    };
    for (let needed = attempt(() => renewal.needed); needed !== null; needed = attempt(() => renewal.needed)) {
      for await (const row of store.readPanes(needed)) {
        if (time.spent) await time.yield();
        if (!detector.isSetAside(stream)) attempt(() => detector.giveTo(renewal, row));
      }
      if (detector.isSetAside(stream)) break;
      attempt(() => renewal.advance());
    }
    if (detector.isSetAside(stream)) continue;
    // Windows that waited for it close now, and its null is fitted.
    for (const steps = detector.resume(renewal); steps.next().done !== true;) {
      if (time.spent) await time.yield();
    }
  }
}
