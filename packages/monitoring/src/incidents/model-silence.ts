import { MODEL_ROLES, streamId, type Stream } from '../model/stream.js';

/** A version of the model in one role, as far as its silence goes. */
export interface LastHeard {
  readonly stream: Stream;
  /** The greatest event time seen, milliseconds since the epoch. */
  readonly lastEvent: number;
  /** Another version has taken its place: no more is expected of it. */
  readonly ended: boolean;
}

/** Windows without events, milliseconds since the epoch: when the first began, and how long they are. The stream stopped in the one before. */
export interface SilentWindows {
  readonly since: number;
  readonly size: number;
}

/** A silence that has been told. It speaks for all streams that stopped with the one in which it was seen. */
interface ToldSilence extends SilentWindows {
  readonly incidentId: string;
  /** The one in which it was seen, by its id. */
  readonly seenIn: string;
  /** The one that it was told of: the foremost of those that stopped. */
  readonly toldOf: Stream;
  /** End of the window with which it was over, milliseconds since the epoch; null: it is not. */
  readonly until: number | null;
}

/** What is to be told of a silence. */
export interface SilenceReport {
  readonly toldOf: Stream;
  /** All streams that stopped at the same time, the foremost first. */
  readonly stopped: readonly Stream[];
  /** Whether any of the model's has gone on. */
  readonly goesOn: boolean;
}

/** What is over is remembered for streams that come to the same windows later; of the last few. */
const REMEMBERED = 20;

/**
 * The silences of one model that have been told: its traffic stops once, however many versions and roles it has. A stream that stops
 * with another is told with it, and for itself only where it is still silent when the other is not.
 */
export class ModelSilence {
  #told: ToldSilence[] = [];

  /** @param streams those that the model has now. @param changed hears that the snapshot is another. */
  constructor(
    private readonly streams: () => Iterable<LastHeard>,
    private readonly changed: () => void = () => undefined,
  ) {}

  /** Whether a silence that has been told speaks for windows of another stream too. @param end of the last of them, milliseconds since the epoch. */
  speaksFor({ since, size }: SilentWindows, end: number): boolean {
    return this.#told.some((told) => {
      const together = since - size < told.since && told.since - told.size < since;
      return together && (told.until === null || end <= told.until);
    });
  }

  /** Notes that a silence is told of now. */
  tell(incidentId: string, stream: Stream, { since, size }: SilentWindows): SilenceReport {
    const own = streamId(stream);
    const rest = [...this.streams()].filter((each) => streamId(each.stream) !== own && !each.ended);
    const stopped = rest.filter(({ lastEvent }) => lastEvent >= since - size && lastEvent < since + size);
    const all = [stream, ...stopped.map((each) => each.stream)].sort((a, b) => rankOf(a) - rankOf(b));
    this.#told.push({ incidentId, seenIn: own, toldOf: all[0], since, size, until: null });
    this.changed();
    return { toldOf: all[0], stopped: all, goesOn: rest.some(({ lastEvent }) => lastEvent >= since + size) };
  }

  /** Notes that a silence is over. @param until end of the window that shows it. @returns the stream that it was told of; null: it was not noted. */
  end(incidentId: string, until: number): Stream | null {
    const told = this.#told.find((each) => each.incidentId === incidentId && each.until === null);
    if (told === undefined) return null;
    const over = this.#told.filter((each) => each !== told && each.until !== null);
    const open = this.#told.filter((each) => each !== told && each.until === null);
    this.#told = [...[...over, { ...told, until }].slice(-REMEMBERED), ...open];
    this.changed();
    return told.toldOf;
  }

  /** Forgets what was seen in a stream that is itself forgotten. */
  forget(stream: Stream): void {
    const id = streamId(stream);
    const kept = this.#told.filter(({ seenIn }) => seenIn !== id);
    if (kept.length !== this.#told.length) this.changed();
    this.#told = kept;
  }

  snapshot(): ModelSilenceSnapshot {
    return this.#told;
  }

  restore(snapshot: ModelSilenceSnapshot): void {
    this.#told = [...snapshot];
  }
}

export type ModelSilenceSnapshot = readonly ToldSilence[];

/** Champions before canaries before shadows: who is told of a stop hears of what its users saw. */
function rankOf({ role }: Stream): number {
  return role === 'canary' ? 0.5 : MODEL_ROLES.indexOf(role);
}
