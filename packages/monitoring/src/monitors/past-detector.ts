import type { BaselineRenewal } from '../baselines/baseline-renewal.js';
import { Detector } from './detector.js';
import type { DetectorOutput } from './model-monitor.js';
import type { Stream } from '../model/stream.js';
import { panesNeeded } from '../windows/needed-panes.js';
import type { SketchPartial } from '../summaries/partial.js';
import type { PaneRow } from '../windows/rows.js';
import type { StreamKnowledge } from '../model/stream-knowledge.js';

/** A detector that takes a past as if it came now, with the log between it and the sketcher left out, and the store. */
export class PastDetector {
  readonly #detector: Detector;
  /** What rolling baselines are renewed from. */
  #panes: PaneRow[] = [];
  #kept = 0;
  #offset = 0;

  /** @param database the one that the queries of its drift events are about. */
  constructor(
    private readonly knowledge: StreamKnowledge,
    database?: string,
  ) {
    this.#detector = new Detector(0, knowledge, database);
  }

  /** What closes with a step: what the sketcher makes of some events, and how far event time has come with them, milliseconds since the epoch. */
  take(partials: readonly SketchPartial[], watermark: number): DetectorOutput {
    for (const partial of partials) this.#detector.takePartial(this.#offset++, partial);
    this.#detector.takeWatermark(this.#offset++, { sourcePartition: 0, sourcePartitions: 1, watermark, idleFor: 0 });
    const outputs = [this.#drain()];
    for (let due = this.#detector.renewals; due.length > 0; due = this.#detector.renewals) {
      for (const renewal of due) this.#renew(renewal);
      outputs.push(this.#drain());
    }
    this.#forgetOldest();
    return outputs.reduce(joined);
  }

  /** What is still open at the end of the past. */
  finish(): DetectorOutput {
    this.#detector.finish();
    return this.#detector.drain();
  }

  #drain(): DetectorOutput {
    const output = this.#detector.drain();
    for (const row of output.panes) if (this.#reachOf(row.pane.stream) > 0) this.#panes.push(row);
    return output;
  }

  #forgetOldest(): void {
    if (this.#panes.length < 2 * this.#kept + 1000) return;
    const { watermark } = this.#detector;
    this.#panes = this.#panes.filter(({ pane }) => pane.start >= watermark - this.#reachOf(pane.stream));
    this.#kept = this.#panes.length;
  }

  #renew(renewal: BaselineRenewal): void {
    for (let needed = renewal.needed; needed !== null; needed = renewal.needed) {
      for (const row of panesNeeded(this.#panes, needed)) this.#detector.giveTo(renewal, row);
      renewal.advance();
    }
    this.#detector.renew(renewal);
  }

  /** How far back from the watermark the next baseline of a stream may reach, milliseconds; 0: it does not roll. */
  #reachOf(stream: Stream): number {
    const { baseline, allowedLateness, windows } = this.knowledge.monitorOf(stream);
    if (baseline.from !== 'rolling') return 0;
    return (
      baseline.length + baseline.lag + baseline.every + allowedLateness + Math.max(...windows.map(({ size }) => size))
    );
  }
}

function joined(a: DetectorOutput, b: DetectorOutput): DetectorOutput {
  return {
    panes: [...a.panes, ...b.panes],
    windows: [...a.windows, ...b.windows],
    quality: [...a.quality, ...b.quality],
    events: [...a.events, ...b.events],
    baselines: [...a.baselines, ...b.baselines],
    answers: [...a.answers, ...b.answers],
  };
}
