import type { WindowSettings } from './monitor.js';

/** The start of the pane of `size` milliseconds that a time lies in; panes start at multiples of their size since the epoch. */
export function paneStart(time: number, size: number): number {
  return Math.floor(time / size) * size;
}

/**
 * The starts of all windows that a pane belongs to, earliest first: one for tumbling windows, size ÷ slide for sliding ones.
 * The pane must lie wholly in each, which holds when size, slide and origin are multiples of the pane.
 */
export function windowStartsOf(start: number, paneSize: number, window: WindowSettings): number[] {
  const last = window.origin + Math.floor((start - window.origin) / window.slide) * window.slide;
  const starts: number[] = [];
  for (let at = last; at + window.size >= start + paneSize; at -= window.slide) starts.push(at);
  return starts.reverse();
}

/** The start of the last window that begins at or before a time. */
export function lastWindowStart(time: number, window: WindowSettings): number {
  return window.origin + Math.floor((time - window.origin) / window.slide) * window.slide;
}

/** Which of a window's slides it starts in, 0 to size ÷ slide − 1: windows of one phase follow each other without overlapping. */
export function phaseOf(start: number, { size, slide, origin }: WindowSettings): number {
  const phases = size / slide;
  return Math.round((((start - origin) / slide) % phases) + phases) % phases;
}
