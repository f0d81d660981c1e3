import type { Steps } from '@tidemark/statistics';

/** A baseline's windows are held against it without the part of it that they lie in; so many parts, one after the other. */
const PARTS = 8;

/**
 * What new windows would show, by a baseline's own, part by part: each is held against the baseline without the part that it lies in. One that the baseline
 * has seen is nearer to it than one to come, and so is, where means wander, one that it has seen next to it.
 *
 * @param windows in the order of their starts, eight or more. @param learn makes of windows what others are held against.
 * @returns for each window what `show` makes of it.
 */
export function* heldOut<Window, Learnt, Shown>(
  windows: readonly Window[],
  learn: (windows: readonly Window[]) => Learnt,
  show: (window: Window, learnt: Learnt) => Shown,
): Steps<Shown[]> {
  const partOf = (at: number): number => Math.floor((at * PARTS) / windows.length);
  const without: Learnt[] = [];
  for (let part = 0; part < PARTS; part++) {
    without.push(learn(windows.filter((_window, at) => partOf(at) !== part)));
    yield;
  }
  const shown: Shown[] = [];
  for (const [at, window] of windows.entries()) {
    shown.push(show(window, without[partOf(at)]));
    yield;
  }
  return shown;
}
