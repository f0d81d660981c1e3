import { EventBatch, type Outcome, type QualityVerdict } from '@tidemark/monitoring';
import type { Answer } from '@tidemark/sketches';
import type { Draws } from '../detection/draws.js';

export const HOUR = 3_600_000;
export const START = Date.UTC(2026, 0, 5);
export const STREAM = { model: 'bench', version: '1', role: 'champion' } as const;

/** What happens to the world in the changed windows of a stream. */
export interface Cause {
  readonly name: string;
  /** What a verdict on its changed windows must be. */
  readonly verdict: QualityVerdict;
  /** By how many standard deviations the first two features move, and to what spread, which is 1 otherwise. */
  readonly shift: number;
  readonly spread: number;
  /** Whether the classes depend on the features in another way: the weights of the first and the last are exchanged. */
  readonly concept: boolean;
  /** The share of the positive class; null: as the features have it. */
  readonly baseRate: number | null;
  /** The share of labels that are wrong, always. */
  readonly noise: number;
}

const NOTHING = { shift: 0, spread: 1, concept: false, baseRate: null, noise: 0 } as const;

export const CAUSES: readonly Cause[] = [
  { ...NOTHING, name: 'none', verdict: 'unchanged' },
  { ...NOTHING, name: 'covariate shift', verdict: 'inputs-changed', shift: 0.4, spread: 0.6 },
  { ...NOTHING, name: 'concept change', verdict: 'concept-drift', concept: true },
  { ...NOTHING, name: 'both', verdict: 'inputs-changed-quality-fell', shift: 0.4, spread: 0.6, concept: true },
  { ...NOTHING, name: 'base rate', verdict: 'base-rate-changed', baseRate: 0.62 },
  { ...NOTHING, name: 'noisy labels', verdict: 'unchanged', noise: 0.1 },
  { ...NOTHING, name: 'noisy labels, concept', verdict: 'concept-drift', noise: 0.1, concept: true },
];

/** The weights of the features in the logit of the positive class, as the model learnt them. */
const WEIGHTS = [1.6, -1.2, 0.8, 0.3];
/** Of equal length, so that scores of the new world would spread as those of the old, and the classes' shares stay. */
const CHANGED_WEIGHTS = [0.3, -1.2, 0.8, 1.6];
const MOVES = [1, 0.6, 0, 0];

/** How labels come: for which share of the events, and how late. */
export interface Labelling {
  readonly share: number;
  /** The mean delay in milliseconds; each is drawn from an exponential distribution. */
  readonly delay: number;
}

/** One window of events, with the outcomes that will come of them. */
export interface WindowOfEvents {
  readonly batch: EventBatch;
  /** By when they come, milliseconds since the epoch. */
  readonly outcomes: readonly { readonly at: number; readonly outcome: Outcome }[];
}

/** Draws a window of events of a cause. @param changed whether the cause is at work. */
export function drawWindow(
  cause: Cause,
  changed: boolean,
  { share, delay }: Labelling,
  window: number,
  events: number,
  draws: Draws,
): WindowOfEvents {
  const batch = new EventBatch(STREAM);
  const outcomes: { at: number; outcome: Outcome }[] = [];
  const start = START + window * HOUR;
  for (let i = 0; i < events; i++) {
    const time = start + Math.floor((i * HOUR) / events);
    const { features, truth } = drawEvent(cause, changed, draws);
    const score = 1 / (1 + Math.exp(-logit(WEIGHTS, features)));
    const predicted = score >= 0.5 ? '1' : '0';
    const row = batch.append(`${window}-${i}`, time);
    features.forEach((value, at) => batch.column(`x${at}`).setNumber(row, value));
    batch.column('prediction.score').setNumber(row, score);
    batch.column('prediction.class').setString(row, predicted);
    if (draws.uniform() >= share) continue;
    const flipped = draws.uniform() < cause.noise ? 1 - truth : truth;
    const answer: Answer = { score, class: predicted, value: null, confidence: null, probabilities: new Map() };
    outcomes.push({
      at: time - delay * Math.log(1 - draws.uniform()),
      outcome: {
        ...{ stream: STREAM, eventTime: time, segments: [], answer },
        ...{ truth: { class: String(flipped), value: null }, inclusionProbability: 1, sign: 1 },
      },
    });
  }
  return { batch, outcomes };
}

function drawEvent(cause: Cause, changed: boolean, draws: Draws): { features: number[]; truth: number } {
  const weights = changed && cause.concept ? CHANGED_WEIGHTS : WEIGHTS;
  const shift = changed ? cause.shift : 0;
  const spread = changed ? cause.spread : 1;
  // With a stated base rate the class comes first, and events are drawn until one has it: within the classes nothing changes.
  const asked = changed && cause.baseRate !== null ? Number(draws.uniform() < cause.baseRate) : null;
  for (;;) {
    const features = MOVES.map((move) => spread * draws.normal() + shift * move);
    const truth = Number(draws.uniform() < 1 / (1 + Math.exp(-logit(weights, features))));
    if (asked === null || asked === truth) return { features, truth };
  }
}

function logit(weights: readonly number[], features: readonly number[]): number {
  return weights.reduce((sum, weight, at) => sum + weight * features[at], -0.3);
}
