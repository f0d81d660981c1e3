import { eBenjaminiHochberg } from '@tidemark/statistics';
import type { QualityMetric, QualitySettings } from '../model/monitor.js';
import type { Figures } from '../expected-quality/class-figures.js';
import { ExpectedMetrics } from '../expected-quality/expected-metrics.js';
import { qualityFigures } from '../expected-quality/quality-figures.js';
import {
  evidenceOf,
  QualityNull,
  segmentEvidenceOf,
  type QualityEvidence,
  type QualityGround,
} from './quality-evidence.js';
import { QualityExpectation } from '../expected-quality/quality-expectation.js';
import type { QualityRow } from './quality-rows.js';
import { scoredClassesOf, strataOf, type ScoredClasses } from '../expected-quality/quality-sketch-strata.js';
import type { Stratum } from '../expected-quality/quality-strata.js';
import { FALSE_RISE, judgeQuality, type JudgedQuality, type VerdictSettings } from './quality-verdict.js';
import type { OpenQualityWindow, SegmentQuality } from './quality-windows.js';
import { segmentId, type Segment, type Stream } from '../model/stream.js';
import { figuresOf } from '../expected-quality/figures-of.js';
import type { QualityReference } from '../model/quality-reference.js';

/** The falls that matter unless the monitor states one: two points of accuracy, and a tenth of the expected error of values. */
const TOLERANCE = { points: 0.02, share: 0.1 };
/** The number of labels that e-values are tuned to, unless the least is greater. */
const USUAL_LABELS = 1000;

/** A segment of a window as its labels have it. */
export interface JudgedWindow {
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly segment: Segment;
  /** Whether it has labels enough for a verdict. */
  readonly known: boolean;
  readonly judged: JudgedQuality;
  /** Null where there is nothing to hold it against. */
  readonly evidence: QualityEvidence | null;
  /** The fall that matters, in the unit of the metric that is judged. */
  readonly tolerance: number;
  readonly predictions: number;
  readonly labels: number;
}

/** The same with its metrics. */
export interface JudgedSegment {
  readonly window: JudgedWindow;
  readonly rows: readonly QualityRow[];
}

const NOT_JUDGED: JudgedQuality = {
  verdict: 'no-reference',
  fell: false,
  lingers: false,
  miscalibrated: false,
  labelsNeeded: 0,
  evidence: [],
};

/** What there is to judge of a segment. */
interface Weighed extends SegmentQuality {
  readonly strata: readonly Stratum[];
  readonly figures: Figures;
  readonly scored: ScoredClasses | null;
  readonly evidence: QualityEvidence | null;
}

/** Judges windows of one stream against one reference. */
export class QualityJudge {
  readonly #scored: ScoredClasses | null = null;
  readonly #ground: QualityGround | null = null;
  /** In the unit of the metric that is judged. */
  readonly #tolerance: number = 0;
  /** Why another metric is judged than the monitor states; empty: none is. */
  readonly #instead: readonly string[] = [];

  constructor(
    private readonly stream: Stream,
    private readonly settings: QualitySettings,
    readonly reference: QualityReference | null,
    readonly baselineId: string | null,
  ) {
    if (reference === null) return;
    const { sketch, windows } = reference;
    this.#scored = scoredClassesOf(sketch, settings.positive);
    const strata = strataOf(sketch, this.#scored);
    const expectation = new QualityExpectation(strata);
    if (expectation.labels === 0) return;
    const expected = new ExpectedMetrics({ sketch, strata }, expectation, this.#scored);
    const variation = new QualityNull(expectation.classes.length, windows);
    const usual: QualityMetric = expectation.classification ? 'accuracy' : 'mae';
    const known = [usual, ...expected.known];
    const metric = known.find((each) => each === settings.metric) ?? usual;
    if (settings.metric !== null && metric !== settings.metric) {
      this.#instead = [`${settings.metric} is not known of this stream: ${metric} is judged`];
    }
    const between = metric === usual ? variation.loss : variation.of(metric);
    const fullLabels = Math.max(USUAL_LABELS, settings.minimumLabels);
    this.#ground = { expectation, expected, variation, metric, between, fullLabels };
    const { classification, loss } = expectation;
    const level = metric === 'rmse' ? expected.figures.rmse.value : loss;
    this.#tolerance = classification
      ? (settings.tolerance ?? TOLERANCE.points)
      : (settings.tolerance ?? TOLERANCE.share) * level;
  }

  /** Judges all events of a window and its segments: of these the false discovery rate is held together. */
  judge({ start, segments, moved }: Pick<OpenQualityWindow, 'start' | 'segments' | 'moved'>): JudgedSegment[] {
    const weighed = [...segments.values()].map((each) => this.#weigh(each));
    const sliced = weighed.flatMap(({ segment, evidence }) =>
      segment.dimension === '' || evidence === null ? [] : [evidence],
    );
    const enoughOf = (rise: 'beyond' | 'fall') =>
      eBenjaminiHochberg(
        sliced.map((evidence) => evidence[rise].logEValue),
        FALSE_RISE,
      );
    const ofSegments = { beyond: enoughOf('beyond'), fall: enoughOf('fall') };
    const alone = { beyond: -Math.log(FALSE_RISE), fall: -Math.log(FALSE_RISE) };
    return weighed.map((each) => {
      const { segment } = each;
      const columns = [...(moved.get(segmentId(segment)) ?? [])];
      return this.#judged(start, each, columns, segment.dimension === '' ? alone : ofSegments);
    });
  }

  #weigh({ segment, quality }: SegmentQuality): Weighed {
    const ground = this.#ground;
    const scored = this.#scored ?? scoredClassesOf(quality, this.settings.positive);
    const strata = strataOf(quality, scored);
    const figures = figuresOf({ sketch: quality, strata }, scored);
    const all = { segment, quality, strata, figures, scored };
    if (ground === null) return { ...all, evidence: null };
    if (segment.dimension === '') return { ...all, evidence: evidenceOf(strata, figures, ground) };
    const usual = this.reference!.segments.find((each) => segmentId(each.segment) === segmentId(segment))?.metrics.find(
      ({ metric }) => metric === ground.metric,
    );
    const evidence = usual === undefined ? null : segmentEvidenceOf(strata, figures, ground, usual);
    return { ...all, evidence };
  }

  /** @param moved the columns whose distribution had changed in the window. */
  #judged(
    start: number,
    { segment, quality, strata, figures, scored, evidence }: Weighed,
    moved: readonly string[],
    enough: VerdictSettings['enough'],
  ): JudgedSegment {
    const { minimumLabels } = this.settings;
    const tolerance = this.#tolerance;
    const judged = evidence === null ? NOT_JUDGED : judgeQuality(evidence, moved, { tolerance, minimumLabels, enough });
    const common = {
      ...{ stream: this.stream, segment, windowStart: start, windowSize: this.settings.window.size },
      ...{ baselineId: this.baselineId, predictions: quality.predictions, labels: quality.labels },
      ...{ verdict: judged.verdict, labelsNeeded: judged.labelsNeeded },
      evidence: evidence === null ? [] : [...judged.evidence, ...this.#instead],
    };
    const ground = this.#ground;
    const rows = qualityFigures(figures, strata, ground?.expectation ?? null, ground?.expected ?? null, scored);
    return {
      rows: rows.map((figure) => ({ ...common, ...figure })),
      window: {
        ...{ start, segment, judged, evidence, tolerance },
        known: judged.verdict !== 'no-reference' && judged.verdict !== 'not-enough-labels',
        ...{ predictions: quality.predictions, labels: quality.labels },
      },
    };
  }
}
