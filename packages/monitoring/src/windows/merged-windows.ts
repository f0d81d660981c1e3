import type { WindowSettings } from '../model/monitor.js';

/** A baseline's windows as those of a monitor: merged to its size, and small ones with their neighbours, as in production. */
export function mergedWindows<Window extends { readonly start: number; readonly events: number }>(
  windows: readonly Window[],
  size: number,
  window: WindowSettings,
  minimumEvents: number,
  sum: (parts: readonly Window[]) => Window,
): Window[] {
  if (size === 0 || window.size % size !== 0) return [];
  const groups = new Map<number, Window[]>();
  for (const each of windows) {
    const start = window.origin + Math.floor((each.start - window.origin) / window.size) * window.size;
    if (each.start + size > start + window.size) return [];
    const group = groups.get(start);
    if (group === undefined) groups.set(start, [each]);
    else group.push(each);
  }
  const merged: Window[] = [];
  let waiting: Window[] = [];
  for (const [start, group] of groups) {
    waiting.push(group.length === 1 ? group[0] : { ...sum(group), start });
    if (waiting.reduce((total, { events }) => total + events, 0) < minimumEvents) continue;
    merged.push(waiting.length === 1 ? waiting[0] : sum(waiting));
    waiting = [];
  }
  return merged;
}
