import type { ScannedChange } from '@tidemark/statistics';

/** A change is worth an incident where it may be as large as this part of the least effect that matters. */
export const NEAR_MINOR = 0.8;
/** How far beyond its estimate a change may lie (5 % on one side). */
export const PLAUSIBLE = 1.645;
/** Of the windows of a change, so many must speak for it by themselves. */
export const LEAST_SPEAKING = 2;
/** The last windows that tell whether a change is still there. */
export const RECENT = 3;
/** An open incident lingers while they show so much of the evidence that opened it. */
export const LINGERING_EVIDENCE = 0.6;
/** And may be as large as this part of the least effect that matters: in much traffic there is evidence for the least of remainders. */
export const LINGERING_EFFECT = LINGERING_EVIDENCE * NEAR_MINOR;

/**
 * A change that a long stretch shows but the last windows, taken by themselves, do not is over. By themselves, as in the stretch
 * they only tell what has come on top of what was before.
 */
export function lastsIn(change: ScannedChange, recent: ScannedChange): boolean {
  return change.windows <= RECENT || recent.size / change.size >= 0.5;
}

export function lastOf(changes: readonly ScannedChange[]): ScannedChange {
  return changes[changes.length - 1];
}
