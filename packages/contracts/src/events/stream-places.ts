import type { Stream } from '@tidemark/monitoring';

/** Milliseconds for which a stream without events keeps its place. */
const KEEP_FOR = 24 * 3_600_000;

interface Place {
  readonly expected: boolean;
  /** Milliseconds since the epoch; null until the first event proved sound. */
  usedAt: number | null;
}

/**
 * Which streams are taken, where a model is named after an id and every event would be a stream of its own: first come, and
 * a place is kept for a day after the last event. Expected streams have places of their own, which others cannot take.
 *
 * Events of further streams are turned away one by one, and not counted in a stream that all of them share: a sketch of
 * different models' features says nothing about any, while a dead letter can be sent again once there is room.
 */
export class StreamPlaces {
  readonly #places = new Map<string, Place>();
  #expected = 0;
  /** Before this no place becomes free by its age: spares a search for every event that is turned away. */
  #nextFree = -Infinity;

  /** @param most streams that are expected, and as many that are not. */
  constructor(
    readonly most: number,
    private readonly expects: (stream: Stream) => boolean,
  ) {}

  /** Whether the stream has a place, or gets one. */
  take(id: string, stream: Stream, now: number): boolean {
    if (this.#places.has(id)) return true;
    const expected = this.expects(stream);
    if (!this.#hasRoom(expected)) {
      if (now >= this.#nextFree) this.#expire(now);
      if (!this.#hasRoom(expected)) return false;
    }
    this.#places.set(id, { expected, usedAt: null });
    if (expected) this.#expected++;
    return true;
  }

  /** Notes whether a stream had events. @returns false for one that never had a sound one: it has lost its place. */
  note(id: string, used: boolean, now: number): boolean {
    const place = this.#places.get(id);
    if (place === undefined) return true;
    if (used) place.usedAt = now;
    else if (place.usedAt === null) {
      this.#free(id, place);
      return false;
    }
    return true;
  }

  #hasRoom(expected: boolean): boolean {
    return (expected ? this.#expected : this.#places.size - this.#expected) < this.most;
  }

  #expire(now: number): void {
    this.#nextFree = now + KEEP_FOR;
    for (const [id, place] of this.#places) {
      if (place.usedAt === null) continue;
      if (place.usedAt + KEEP_FOR <= now) this.#free(id, place);
      else this.#nextFree = Math.min(this.#nextFree, place.usedAt + KEEP_FOR);
    }
  }

  #free(id: string, place: Place): void {
    this.#places.delete(id);
    if (place.expected) this.#expected--;
    this.#nextFree = -Infinity;
  }
}
