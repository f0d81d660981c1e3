import { pause } from './fault.js';
import type { Rig } from './rig.js';
import type { PlannedRecord } from './stream.js';

/** The share of a stream that comes before the first window is there. */
const BEGINNING = 0.2;
/** From here on it comes more slowly where something needs it to flow, at this share of its pace. */
const LATTER = 0.6;
const SLOW = 0.2;

/** Writes the stream at its pace; what an outage held up follows at once. */
export class Publisher {
  #next = 0;
  #position = 0;
  #held = true;
  #awaited = 0;

  constructor(
    private readonly rig: Rig,
    private readonly records: readonly PlannedRecord[],
    private readonly duration: number,
  ) {}

  /** Goes on beyond the stream's beginning: a machine that is busy may take long until the services run, and faults are to meet a stream that flows. */
  release(): void {
    this.#held = false;
  }

  /** Something that needs a stream that flows: until it is over the stream comes to its end the more slowly. */
  async outlast<T>(action: Promise<T>): Promise<T> {
    this.#awaited++;
    try {
      return await action;
    } finally {
      this.#awaited--;
    }
  }

  /** How far event time has come. */
  get time(): number {
    return this.records[Math.max(0, this.#next - 1)].time;
  }

  /** Milliseconds until the stream's end. */
  get left(): number {
    return this.until(1);
  }

  until(position: number): number {
    return Math.max(0, position - this.#position) * this.duration;
  }

  async run(): Promise<void> {
    const { records, rig } = this;
    let last = performance.now();
    while (this.#next < records.length) {
      const now = performance.now();
      const pace = this.#awaited > 0 && this.#position > LATTER ? SLOW : 1;
      this.#position += ((now - last) / this.duration) * pace;
      if (this.#held) this.#position = Math.min(this.#position, BEGINNING);
      last = now;
      const position = this.#position;
      let end = this.#next;
      while (end < records.length && records[end].position <= position && end - this.#next < 1000) end++;
      const due = records.slice(this.#next, end);
      if (due.length > 0) {
        await rig.publish(
          due.map(({ topic, key, value, partition }) => ({
            ...{ topic: rig.topics[topic], key, value },
            ...(partition === undefined ? {} : { partition }),
          })),
        );
        this.#next = end;
      }
      await pause(100);
    }
  }
}
