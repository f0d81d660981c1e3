import type { Mute } from './monitor.js';

/** When the mute ends that some time lies in, in part at least; null where it does not. Milliseconds since the epoch. */
export function muteAt({ from, to, every }: Mute, start: number, end: number): number | null {
  // The last time that it began before the end.
  const times = every === null ? 0 : Math.max(0, Math.ceil((end - from) / every) - 1);
  const shift = times * (every ?? 0);
  return end <= from + shift || start >= to + shift ? null : to + shift;
}
