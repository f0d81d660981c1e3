import type { SourceWatermark } from '../summaries/partial.js';

/**
 * How far event time has come over all partitions of the event topic: the least of their watermarks, once each has been
 * heard from. Partitions that are idle are not waited for; when all are idle, time goes on from where it was, at the pace of
 * the clock that measured their idleness. Never goes back.
 *
 * Akidau et al., "The Dataflow Model" (VLDB 2015), section 2.3.
 */
export class WatermarkTracker {
  readonly #sources = new Map<number, SourceWatermark>();
  #current = -Infinity;

  /** Milliseconds since the epoch; -Infinity until every source partition has been heard from. */
  get current(): number {
    return this.#current;
  }

  /** The last word of each source partition heard from, its watermark never going back. */
  get sources(): ReadonlyMap<number, SourceWatermark> {
    return this.#sources;
  }

  observe(source: SourceWatermark): void {
    const known = this.#sources.get(source.sourcePartition);
    // A partition that is read again after a crash reports an older watermark for a while; what it had reached still holds.
    const watermark = known === undefined ? source.watermark : Math.max(known.watermark, source.watermark);
    this.#sources.set(source.sourcePartition, withoutModels(source, watermark));
    if (this.#sources.size < source.sourcePartitions) return;
    this.#current = Math.max(this.#current, generalTime(this.#sources));
  }

  /** What `restore` takes. */
  snapshot(): WatermarkSnapshot {
    return { current: this.#current, sources: [...this.#sources.values()] };
  }

  static restore(snapshot: WatermarkSnapshot): WatermarkTracker {
    const tracker = new WatermarkTracker();
    for (const source of snapshot.sources) tracker.#sources.set(source.sourcePartition, source);
    tracker.#current = snapshot.current;
    return tracker;
  }
}

/** The event time of all models together: the least over the partitions that are not idle. */
export function generalTime(sources: ReadonlyMap<number, SourceWatermark>): number {
  let active = Infinity;
  let furthest = -Infinity;
  let idleFor = Infinity;
  for (const source of sources.values()) {
    furthest = Math.max(furthest, source.watermark);
    idleFor = Math.min(idleFor, source.idleFor);
    if (source.idleFor === 0) active = Math.min(active, source.watermark);
  }
  return active === Infinity ? furthest + idleFor : active;
}

/** What is remembered of it: what it said of single models is theirs. */
function withoutModels({ reader, ...source }: SourceWatermark, watermark: number): SourceWatermark {
  return { ...source, watermark, ...(reader === undefined ? {} : { reader: { ...reader, models: [] } }) };
}

export interface WatermarkSnapshot {
  readonly current: number;
  readonly sources: readonly SourceWatermark[];
}
