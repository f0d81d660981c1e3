import type { Monitor } from '../model/monitor.js';
import type { Pane } from '../model/pane.js';
import { segmentId } from '../model/stream.js';
import { isLatePart } from '../windows/part-names.js';
import type { PaneRow } from '../windows/rows.js';

/**
 * What is learnt from parts of panes that do not come in the order of the panes' starts: late ones, and those of a size that the monitor had
 * before. After a restart they are read back in that order. Sums of digests depend on the order, so each pane's are kept apart, and added once all have
 * come, by the panes' starts. The parts of one pane come in the order of their offsets both times.
 */
export class PartsApart<Sum> {
  readonly #panes = new Map<string, { readonly pane: Pane; sum: Sum }>();

  /** Whether a part may come out of order. */
  static isMeant({ pane, part }: Pick<PaneRow, 'pane' | 'part'>, monitor: Monitor): boolean {
    return isLatePart(part) || pane.size !== monitor.pane;
  }

  /** @param add what the sum of a pane's parts becomes; null: it is the first. */
  add(pane: Pane, add: (sum: Sum | null) => Sum): void {
    const key = `${segmentId(pane.segment)}\u0001${pane.start}\u0001${pane.size}`;
    const known = this.#panes.get(key);
    if (known === undefined) this.#panes.set(key, { pane, sum: add(null) });
    else known.sum = add(known.sum);
  }

  /** By the panes' starts. */
  get inOrder(): { readonly pane: Pane; readonly sum: Sum }[] {
    return [...this.#panes]
      .sort(([a, { pane: p }], [b, { pane: q }]) => p.start - q.start || p.size - q.size || (a < b ? -1 : 1))
      .map(([, each]) => each);
  }
}
