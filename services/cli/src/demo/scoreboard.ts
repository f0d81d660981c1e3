import type { DriftEvent } from '@tidemark/monitoring';
import { describeTime } from './clock.js';
import { INJECTIONS, type Injection } from './scenario.js';

const MINUTE = 60_000;

/** An injected fault beside what was found of it. */
export interface Score {
  readonly injection: Injection;
  readonly injectedAt: number;
  readonly found: DriftEvent | null;
}

/** Holds the incidents that opened against the faults that were injected. */
export class Scoreboard {
  readonly #opened: DriftEvent[] = [];

  /** @param start of the traffic, milliseconds since the epoch. */
  constructor(private readonly start: number) {}

  take(event: DriftEvent): void {
    if (event.status === 'opened') this.#opened.push(event);
  }

  get scores(): Score[] {
    return INJECTIONS.map((injection) => {
      const injectedAt = this.start + injection.atMinute * MINUTE;
      const found = this.#opened.find((event) => explains(event, injection, injectedAt)) ?? null;
      return { injection, injectedAt, found };
    });
  }

  /** Incidents that nothing injected explains. */
  get unexplained(): DriftEvent[] {
    return this.#opened.filter(
      (event) => !INJECTIONS.some((injection) => explains(event, injection, this.start + injection.atMinute * MINUTE)),
    );
  }

  /** The injection that an event is about, in words: "injected 10:30". */
  remark(event: DriftEvent): string {
    const score = this.scores.find(({ injection }) => injection.column === event.column);
    return score === undefined ? '' : `injected ${describeTime(score.injectedAt)}`;
  }
}

/** An incident is explained by an injection in its column, if the window it rests on ended after that. */
function explains(event: DriftEvent, injection: Injection, injectedAt: number): boolean {
  return event.column === injection.column && event.windowEnd > injectedAt && event.since + 30 * MINUTE > injectedAt;
}
