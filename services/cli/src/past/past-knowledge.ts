import { BaselineBook, type Baseline, type Monitor, type Stream, type StreamKnowledge } from '@tidemark/monitoring';

/** One monitor for all streams of a past, and the baselines that were given, or that it has become itself. */
export class PastKnowledge implements StreamKnowledge {
  readonly #learnt = new BaselineBook();

  /** @param given the baseline that a stream has from the beginning, or null. */
  constructor(
    private readonly monitor: Monitor,
    private readonly given: (stream: Stream) => Baseline | null,
  ) {}

  monitorOf(): Monitor {
    return this.monitor;
  }

  baselineOf(stream: Stream): Baseline | null {
    const given = this.given(stream);
    const learnt = this.#learnt.of(stream, this.monitor.baseline);
    // A rolling baseline is newer than the one it began with.
    return given === null || (learnt !== null && learnt.createdAt > given.createdAt) ? learnt : given;
  }

  learn(baseline: Baseline): void {
    this.#learnt.add(baseline);
  }
}
