import { parseDuration } from '@tidemark/contracts';
import { UsageError } from './exit-codes.js';

/**
 * The milliseconds since the epoch of a time, or of how long ago. @param option that the text was given to.
 *
 * @throws UsageError where it is neither.
 */
export function momentOf(option: string, text: string): number {
  const ago = parseDuration(text);
  const time = ago === null ? Date.parse(text) : Date.now() - ago;
  if (!Number.isNaN(time)) return time;
  throw new UsageError([`${option} ${text}: must be a time such as 2026-01-05T10:00:00Z, or a duration such as 2h`]);
}

/** A time as tables show it: to the minute, UTC. @param time milliseconds since the epoch. */
export function minuteOf(time: number): string {
  return new Date(time).toISOString().slice(0, 16);
}
