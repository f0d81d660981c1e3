import type { QualitySketch } from '@tidemark/sketches';
import { classFigures, type Figures } from './class-figures.js';
import type { QualityExpectation } from './quality-expectation.js';
import type { ScoredClasses } from './quality-sketch-strata.js';
import type { Stratum } from './quality-strata.js';
import { valueFigures } from './value-figures.js';

/** A sketch and its strata. */
export interface SketchedStrata {
  readonly sketch: QualitySketch;
  readonly strata: readonly Stratum[];
}

/** The metrics of a sketch's labels: of classes where it has any, else of values. */
export function figuresOf({ sketch, strata }: SketchedStrata, scored: ScoredClasses | null): Figures {
  return sketch.classes.cells().length > 0 ? classFigures(strata, scored) : valueFigures(sketch);
}

/** The strata as they would be if every answer were labelled, and turned out as expected. */
export function expectedStrata(strata: readonly Stratum[], expectation: QualityExpectation): Stratum[] {
  return strata.map((stratum) => {
    const weight = stratum.predictions;
    const shares = expectation.sharesOf(stratum);
    const truths = new Map(
      expectation.classes.map((name, k) => {
        const share =
          shares.length === 0
            ? expectation.shares[k]
            : shares.reduce((sum, { group, share: part }) => sum + part * expectation.classShare(group, k), 0);
        return [name, { weight: weight * share, weightSquares: weight * share }];
      }),
    );
    const loss = weight - (truths.get(stratum.predicted)?.weight ?? 0);
    return { ...stratum, labels: weight, weight, weightSquares: weight, loss, lossSquares: loss, truths };
  });
}
