import { hashHigh } from '@tidemark/sketches';

/** Windows are kept in runs of so many that follow each other: how they wander shows from one to the next. */
const RUN = 12;

/**
 * Which windows are to be forgotten, so that the rest are at most so many, and lie all over the stretch: its last hours alone would know
 * neither the night nor the weekend. Runs are drawn by their place in time, so that the same remain whatever order windows come in.
 *
 * @param starts of windows, milliseconds since the epoch. @param size of each, milliseconds. @param most how many are kept, 1 or more.
 * @returns their starts; none where all may be kept.
 */
export function toForget(starts: readonly number[], size: number, most: number): number[] {
  if (starts.length <= most) return [];
  const runs = new Map<number, number[]>();
  for (const start of [...starts].sort((a, b) => b - a)) {
    const run = Math.floor(start / (RUN * Math.max(1, size)));
    const members = runs.get(run);
    if (members === undefined) runs.set(run, [start]);
    else members.push(start);
  }
  const drawn = [...runs].map(([run, members]) => ({ rank: hashHigh(run | 0, Math.floor(run / 2 ** 32)) >>> 0, members }));
  return drawn
    .sort((a, b) => a.rank - b.rank)
    .flatMap(({ members }) => members)
    .slice(most);
}
