import type { SourceWatermark } from '../summaries/partial.js';
import { generalTime } from './watermarks.js';

/** How far a model had come in one partition of the event topic when it last had events there. */
interface SeenModel {
  /** Milliseconds since the epoch, as is `clock`: that of the partition's reader. */
  readonly watermark: number;
  readonly clock: number;
}

/**
 * How far the event time of one model has come: the least of its watermarks over the partitions of the event topic that it is in. One
 * in which it has had no events for the idle timeout is not waited for, where the partition itself has gone on past it; when it is
 * idle in all of them its time goes on at the pace of the readers' clocks, so that its silence is seen. A partition in which it has
 * never been holds it back by the partition's own watermark, as there may be a backlog to read. Never goes back.
 *
 * Akidau et al., "The Dataflow Model" (VLDB 2015), section 2.3.
 */
export class ModelTime {
  readonly #seen = new Map<number, SeenModel>();
  #current = -Infinity;

  /** Milliseconds since the epoch; -Infinity until every source partition has been heard from. */
  get current(): number {
    return this.#current;
  }

  /** The greatest event time that is known of the model: how far it would be if no partition were waited for. */
  furthestOf(sources: ReadonlyMap<number, SourceWatermark>): number {
    let furthest = this.#current;
    for (const source of sources.values()) {
      furthest = Math.max(furthest, this.#watermarkIn(source) ?? -Infinity);
    }
    return furthest;
  }

  /**
   * @param source what a partition has last said. @param watermark the model's in it; null: it had no events since the one before.
   */
  observe({ sourcePartition, reader }: SourceWatermark, watermark: number | null): void {
    if (reader === undefined || watermark === null) return;
    const known = this.#seen.get(sourcePartition)?.watermark ?? -Infinity;
    this.#seen.set(sourcePartition, { watermark: Math.max(known, watermark), clock: reader.clock });
  }

  /** @param sources what each partition has last said. @param partitions how many there are. @returns whether time went on. */
  advance(sources: ReadonlyMap<number, SourceWatermark>, partitions: number): boolean {
    const before = this.#current;
    if (sources.size >= partitions) this.#current = Math.max(before, this.#combined(sources));
    return this.#current > before;
  }

  /** Goes on to a time at once, without waiting for anything. */
  advanceTo(time: number): void {
    this.#current = Math.max(this.#current, time);
  }

  /** Whether a partition is waited for: the model may still have events there. */
  waitsFor(source: SourceWatermark): boolean {
    return this.#idleIn(source) === 0;
  }

  /** What `restore` takes. */
  snapshot(): ModelTimeSnapshot {
    return { current: this.#current, sources: [...this.#seen] };
  }

  restore({ current, sources }: ModelTimeSnapshot): void {
    this.#current = current;
    for (const [partition, seen] of sources) this.#seen.set(partition, seen);
  }

  #combined(sources: ReadonlyMap<number, SourceWatermark>): number {
    let active = Infinity;
    let furthest = -Infinity;
    let idleFor = Infinity;
    let elsewhere = Infinity;
    let known = false;
    for (const source of sources.values()) {
      const watermark = this.#watermarkIn(source);
      const idle = this.#idleIn(source);
      if (idle > 0) idleFor = Math.min(idleFor, idle);
      if (watermark === null) {
        if (idle === 0) elsewhere = Math.min(elsewhere, source.watermark);
        continue;
      }
      known = true;
      furthest = Math.max(furthest, watermark);
      if (idle === 0) active = Math.min(active, watermark);
    }
    if (!known) return generalTime(sources);
    return Math.min(active === Infinity ? furthest + idleFor : active, elsewhere);
  }

  /** Null where the model has never had events in the partition. */
  #watermarkIn({ sourcePartition, watermark, reader }: SourceWatermark): number | null {
    return reader === undefined ? watermark : (this.#seen.get(sourcePartition)?.watermark ?? null);
  }

  /** Milliseconds for which the model has had no events in a partition, once it counts as idle there; 0 while it is waited for. */
  #idleIn({ sourcePartition, watermark, idleFor, reader }: SourceWatermark): number {
    if (reader === undefined || watermark === -Infinity) return idleFor;
    const seen = this.#seen.get(sourcePartition);
    if (seen === undefined) return idleFor === 0 ? 0 : Math.max(idleFor, reader.clock - reader.since);
    // It is how far the partition has come that the partition's own idleness is about.
    if (seen.watermark >= watermark) return idleFor;
    const elapsed = reader.clock - Math.max(seen.clock, reader.since);
    return idleFor > 0 || elapsed >= reader.idleTimeout ? Math.max(elapsed, idleFor) : 0;
  }
}

export interface ModelTimeSnapshot {
  readonly current: number;
  /** By source partition. */
  readonly sources: readonly (readonly [number, SeenModel])[];
}
