import type { PaneRow } from './rows.js';

/** What the names of late parts begin with. */
export const LATE_PART = 'late-';

/**
 * Where the partials of a model lie. Adding partitions to their topic moves models to others: then two detectors have had panes of one
 * model, and neither knows what the other has written.
 */
export interface ModelHomes {
  /** The partition in which a model's partials lay, or would have, with the partitions that the topic had at first. */
  first(model: string): number;
  /** The partition in which they lie with so many partitions. */
  among(model: string, partitions: number): number;
}

/**
 * The part of a pane that holds what had come when it closed: `pane` in the partition that a model was in first, and in one that it
 * came to later `pane-<partition>`, so that what both have of a pane adds up.
 */
export function closedPart(model: string, partition: number, homes: ModelHomes | null): string {
  return homes === null || homes.first(model) === partition ? 'pane' : `pane-${partition}`;
}

/** The part that a late partial is: named after its record, so that read again it is the same. */
export function latePart(partition: number, offset: number): string {
  return `${LATE_PART}${partition}-${offset}`;
}

/** Whether a part is of what came after its pane had closed. */
export function isLatePart(part: string): boolean {
  return part.startsWith(LATE_PART);
}

/** Whether a part is the late one that comes of a record of a partition at an offset or beyond. */
export function isLatePartFrom({ part }: Pick<PaneRow, 'part'>, partition: number, offset: number): boolean {
  const prefix = `${LATE_PART}${partition}-`;
  return part.startsWith(prefix) && Number(part.slice(prefix.length)) >= offset;
}
