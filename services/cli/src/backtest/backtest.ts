import type { FalseAlarms } from '@tidemark/contracts';
import {
  FIRST_WINDOWS,
  PastDetector,
  shortestWindow,
  streamId,
  type DetectorOutput,
  type Monitor,
  type Stream,
} from '@tidemark/monitoring';
import { regularizedGammaP } from '@tidemark/statistics';
import type { PastStep } from '../past/past-step.js';
import type { PastKnowledge } from '../past/past-knowledge.js';
import { IncidentLog, type PastIncident } from './incident-log.js';
import { JudgedTime } from './judged-time.js';
import { isAbout, type KnownIncident } from './known-incidents.js';

/** A stated rate counts as exceeded when so many false alarms would come by chance less often than this. */
const LEAST_ODDS = 0.01;

/** What one setting would have raised over a past. */
export interface Score {
  readonly falseAlarms: FalseAlarms;
  readonly incidents: readonly PastIncident[];
  /** For each known incident the first of these that is about it; null: missed. */
  readonly found: readonly (PastIncident | null)[];
  /** Windows in which an incident opened that is about nothing known. */
  readonly falseWindows: number;
  /** How many of them the setting accepts in the time that was judged. */
  readonly accepted: number;
  /** The probability of at least so many if they come at the accepted rate, as a Poisson process. */
  readonly odds: number;
  /** Whether the stated rate was kept, as far as such a past can tell. */
  readonly kept: boolean;
}

interface Candidate {
  readonly monitor: Monitor;
  readonly detector: PastDetector;
  readonly log: IncidentLog;
}

/** Judges one past by several settings in one pass: its events are sketched once. */
export class Backtest {
  readonly judged: JudgedTime;
  readonly #candidates: readonly Candidate[];

  constructor(
    monitor: Monitor,
    settings: readonly FalseAlarms[],
    private readonly known: readonly KnownIncident[],
    private readonly knowledge: PastKnowledge,
  ) {
    this.judged = new JudgedTime(monitor, known);
    this.#candidates = settings.map((falseAlarms) => {
      const candidate = { ...monitor, decision: { ...monitor.decision, falseAlarms } };
      const knows = { monitorOf: () => candidate, baselineOf: (stream: Stream) => knowledge.baselineOf(stream) };
      return { monitor: candidate, detector: new PastDetector(knows), log: new IncidentLog() };
    });
  }

  take({ partials, watermark }: PastStep): void {
    this.#note(this.#candidates.map(({ detector }) => detector.take(partials, watermark)));
  }

  finish(): void {
    this.#note(this.#candidates.map(({ detector }) => detector.finish()));
  }

  get scores(): Score[] {
    return this.#candidates.map(({ monitor, log }) => this.#scoreOf(monitor, log.incidents));
  }

  /** Baselines are taken in when all have had the step: what one has learnt from it the others learn for themselves. */
  #note(outputs: readonly DetectorOutput[]): void {
    outputs.forEach(({ events }, at) => events.forEach((event) => this.#candidates[at].log.take(event)));
    for (const baseline of outputs[0].baselines) {
      // A rolling one depends on the incidents, and so on the setting: each goes on with its own.
      if (baseline.source === FIRST_WINDOWS) this.knowledge.learn(baseline);
    }
    for (const row of outputs[0].windows) this.judged.take(row, this.knowledge.baselineOf(row.stream));
  }

  #scoreOf(monitor: Monitor, incidents: readonly PastIncident[]): Score {
    const { falseAlarms } = monitor.decision;
    const wrong = incidents.filter((incident) => !this.known.some((known) => isAbout(incident, known)));
    const windows = wrong.map((each) => `${streamId(each.stream)}\u0000${each.windowStart}\u0000${each.windowEnd}`);
    const falseWindows = new Set(windows).size;
    const accepted = (falseAlarms.count * this.judged.quiet * shortestWindow(monitor).slide) / falseAlarms.per;
    // P(N ≥ k) of a Poisson variable is the regularised gamma function P(k, mean).
    const odds = falseWindows === 0 ? 1 : accepted === 0 ? 0 : regularizedGammaP(falseWindows, accepted);
    const found = this.known.map((known) => incidents.find((incident) => isAbout(incident, known)) ?? null);
    return { falseAlarms, incidents, found, falseWindows, accepted, odds, kept: odds >= LEAST_ODDS };
  }
}
