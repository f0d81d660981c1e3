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
  const drawn = [...runs].map(([run, members]) => ({
    rank: hashHigh(run | 0, Math.floor(run / 2 ** 32)) >>> 0,
    members,
  }));
  return drawn
    .sort((a, b) => a.rank - b.rank)
    .flatMap(({ members }) => members)
    .slice(most);
}

/**
 * Which windows follow the one before them: 0 where a whole run or more between them is not there. Where most windows are that far apart, as in a stream
 * that comes once a day, that is how they follow each other.
 *
 * @param starts of windows as they are judged, ascending. @param windowSize of these, and @param size of those that are kept, milliseconds.
 */
export function followsOf(starts: readonly number[], windowSize: number, size: number): Uint8Array {
  const follows = Uint8Array.from(starts, (start, at) =>
    Number(at === 0 || start - starts[at - 1] - windowSize < RUN * size),
  );
  const apart = follows.reduce((sum, each) => sum + 1 - each, 0);
  return 2 * apart > starts.length ? follows.fill(1) : follows;
}
