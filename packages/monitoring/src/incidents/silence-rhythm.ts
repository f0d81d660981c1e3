import { ROLLING, type Baseline } from '../model/baseline.js';

/** A stretch without events, milliseconds since the epoch: inclusive and exclusive. */
export interface SilentStretch {
  readonly from: number;
  readonly to: number;
}

export const DAY = 86_400_000;
const WEEK = 7 * DAY;
/** Nobody goes home at the same minute every day: what was silent so much earlier or later is as usual. */
const SLACK = 2 * 3_600_000;
/** A baseline with fewer events a window than this has empty windows by chance. */
export const LEAST_USUAL_EVENTS = 30;

/** Whether a window of a size that starts at a time, or a little before or after it, lies in a silent stretch. */
function isSilentNear(time: number, size: number, stretches: readonly SilentStretch[]): boolean {
  return stretches.some(({ from, to }) => to - from >= size && from <= time + SLACK && to - size >= time - SLACK);
}

/**
 * Whether a stream was silent at the same time before, in the last days that it was watched: on the two days before, or a week ago. One
 * day alone may have been an outage, and the next one is to be told.
 *
 * @param time at which a window starts, milliseconds since the epoch. @param size of it, milliseconds.
 */
export function wasSilentBefore(time: number, size: number, stretches: readonly SilentStretch[]): boolean {
  const daysAgo = (days: number): boolean => isSilentNear(time - days * DAY, size, stretches);
  return (daysAgo(1) && daysAgo(2)) || daysAgo(7);
}

/** So many silences within a day are a rhythm of their own, as of a batch that comes every hour. */
const OFTEN = 5;
const LONGER = 1.5;

/** Whether a silence is no longer than those that the stream often had in the last day: by their median, so that no outage counts. */
export function isOften({ from, to }: SilentStretch, stretches: readonly SilentStretch[]): boolean {
  const lengths = stretches
    .filter((stretch) => stretch.to > to - DAY)
    .map((stretch) => stretch.to - stretch.from)
    .sort((a, b) => a - b);
  return lengths.length >= OFTEN && to - from <= LONGER * lengths[Math.floor(lengths.length / 2)];
}

/** At which hours the streams that a baseline was made of are silent: those between its windows of all events. */
export class BaselineRhythm {
  readonly #stretches: readonly SilentStretch[];
  readonly #from: number;
  readonly #to: number;

  /** A rolling baseline leaves out the windows of incidents: one week without them is no rhythm. */
  readonly #leastWeeks: number;

  constructor({ windows, source }: Pick<Baseline, 'windows' | 'source'>) {
    this.#leastWeeks = source === ROLLING ? 2 : 1;
    const all = windows?.segments.find(({ segment }) => segment.dimension === '')?.windows ?? [];
    const events = all.reduce((sum, window) => sum + window.events, 0);
    const size = windows?.size ?? 0;
    const known = size > 0 && events >= LEAST_USUAL_EVENTS * all.length ? all.filter((each) => each.events > 0) : [];
    this.#from = known.at(0)?.start ?? Infinity;
    this.#to = known.length === 0 ? -Infinity : known[known.length - 1].start + size;
    this.#stretches = known.slice(1).flatMap(({ start }, before) => {
      const from = known[before].start + size;
      return start > from ? [{ from, to: start }] : [];
    });
  }

  /** Whether it was silent at that time of the day on half of its days, two at least, or every week at that time of the week. */
  isSilentAt(time: number, size: number): boolean {
    return this.#share(time, size, DAY, 2) >= 0.5 || this.#share(time, size, WEEK, this.#leastWeeks) === 1;
  }

  /** The share of the times, a period from each other, at which it was silent; 0 where fewer than so many lie within it. */
  #share(time: number, size: number, period: number, least: number): number {
    let times = 0;
    let silent = 0;
    const last = time - Math.ceil((time + size - this.#to) / period) * period;
    for (let at = last; at >= this.#from; at -= period) {
      times++;
      if (isSilentNear(at, size, this.#stretches)) silent++;
    }
    return times < least ? 0 : silent / times;
  }
}
