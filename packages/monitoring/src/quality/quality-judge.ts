import type { QualitySketch } from '@tidemark/sketches';
import type { QualitySettings } from '../monitor.js';
import { qualityFigures } from './quality-figures.js';
import { evidenceOf, QualityNull, type QualityEvidence } from './quality-evidence.js';
import { QualityExpectation } from './quality-expectation.js';
import type { QualityReference } from './quality-reference.js';
import type { QualityRow } from './quality-rows.js';
import { scoredClassesOf, strataOf, type ScoredClasses } from './quality-sketch-strata.js';
import type { Stratum } from './quality-strata.js';
import { judgeQuality, type JudgedQuality } from './quality-verdict.js';
import type { Segment, Stream } from '../stream.js';

/** The falls that matter unless the monitor states one: two points of accuracy, and a tenth of the expected error of values. */
const TOLERANCE = { points: 0.02, share: 0.1 };
/** The number of labels that e-values are tuned to, unless the least is greater. */
const USUAL_LABELS = 1000;

/** A segment of a window as its labels have it. */
export interface JudgedWindow {
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly rows: readonly QualityRow[];
  /** Whether it has labels enough for a verdict. */
  readonly known: boolean;
  readonly judged: JudgedQuality;
  /** Null where there is nothing to hold it against. */
  readonly evidence: QualityEvidence | null;
  /** The fall that matters, in the unit of the loss. */
  readonly tolerance: number;
  readonly predictions: number;
  readonly labels: number;
}

const NOT_JUDGED: JudgedQuality = {
  verdict: 'no-reference',
  fell: false,
  lingers: false,
  miscalibrated: false,
  labelsNeeded: 0,
  evidence: [],
};

/** Judges windows of one stream against one reference. */
export class QualityJudge {
  readonly #expectation: QualityExpectation | null;
  readonly #null: QualityNull | null;
  readonly #scored: ScoredClasses | null;
  readonly #reference: { readonly strata: readonly Stratum[]; readonly sketch: QualitySketch } | null;

  constructor(
    private readonly stream: Stream,
    private readonly settings: QualitySettings,
    readonly reference: QualityReference | null,
    readonly baselineId: string | null,
  ) {
    const scored = reference === null ? null : scoredClassesOf(reference.sketch, settings.positive);
    const strata = reference === null ? null : strataOf(reference.sketch, scored);
    this.#scored = scored;
    this.#reference = reference === null ? null : { strata: strata!, sketch: reference.sketch };
    const expectation = strata === null ? null : new QualityExpectation(strata);
    this.#expectation = expectation !== null && expectation.labels > 0 ? expectation : null;
    this.#null =
      this.#expectation === null ? null : new QualityNull(this.#expectation.classes.length, reference!.windows);
  }

  /** @param moved the columns whose distribution had changed in the window. */
  judge(segment: Segment, start: number, quality: QualitySketch, moved: readonly string[]): JudgedWindow {
    const { minimumLabels } = this.settings;
    const expectation = this.#expectation;
    const scored = this.#scored ?? scoredClassesOf(quality, this.settings.positive);
    const strata = strataOf(quality, scored);
    const evidence =
      expectation === null ? null : evidenceOf(strata, expectation, this.#null!, Math.max(USUAL_LABELS, minimumLabels));
    const tolerance = expectation === null ? 0 : this.#toleranceOf(expectation);
    // What is expected of an answer may differ from segment to segment: the reference is of all events, and so is the verdict.
    const judged =
      evidence === null || segment.dimension !== ''
        ? NOT_JUDGED
        : judgeQuality(evidence, moved, { tolerance, minimumLabels });
    const common = {
      ...{ stream: this.stream, segment, windowStart: start, windowSize: this.settings.window.size },
      ...{ baselineId: this.baselineId, predictions: quality.predictions, labels: quality.labels },
      ...{ verdict: judged.verdict, labelsNeeded: judged.labelsNeeded, evidence: judged.evidence },
    };
    const figures = qualityFigures(quality, strata, this.#reference, expectation, scored);
    return {
      ...{ start, judged, evidence, tolerance },
      rows: figures.map((figure) => ({ ...common, ...figure })),
      known: judged.verdict !== 'no-reference' && judged.verdict !== 'not-enough-labels',
      predictions: quality.predictions,
      labels: quality.labels,
    };
  }

  #toleranceOf({ classification, loss }: QualityExpectation): number {
    if (classification) return this.settings.tolerance ?? TOLERANCE.points;
    return (this.settings.tolerance ?? TOLERANCE.share) * loss;
  }
}
