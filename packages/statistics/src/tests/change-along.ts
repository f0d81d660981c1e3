import { chiSquareSf } from '../distributions/incomplete-gamma.js';
import { normalCdf } from '../distributions/normal.js';

/** A change with its direction. */
export interface Direction {
  /** Standard normal where nothing has changed. */
  readonly z: number;
  /** Two-sided. */
  readonly pValue: number;
}

/** Differences along a score, taken apart: what all share, what rises with the score, and the rest. */
export interface ChangeAlong {
  /** All together: the three parts' squares add up to it. */
  readonly chiSquare: number;
  readonly degreesOfFreedom: number;
  readonly pValue: number;
  readonly offset: Direction;
  /** NaN with fewer than two groups. */
  readonly slope: Direction;
  readonly rest: { readonly chiSquare: number; readonly degreesOfFreedom: number; readonly pValue: number };
}

/** One group of neighbouring scores. */
export interface DifferenceAlong {
  /** Its place. */
  readonly at: number;
  readonly difference: number;
  /** Of the difference where nothing has changed, above 0. */
  readonly variance: number;
  /** How much the difference is under a change of one unit. */
  readonly effect: number;
}

/** Divides differences into two orthogonal directions and the rest. */
export function changeAlong(groups: readonly DifferenceAlong[]): ChangeAlong {
  let [total, information, offset, centre] = [0, 0, 0, 0];
  for (const { at, difference, variance, effect } of groups) {
    total += (difference * difference) / variance;
    information += (effect * effect) / variance;
    centre += (effect * effect * at) / variance;
    offset += (effect * difference) / variance;
  }
  centre /= information;
  let [slope, spread] = [0, 0];
  for (const { at, difference, variance, effect } of groups) {
    slope += (effect * (at - centre) * difference) / variance;
    spread += (effect * (at - centre)) ** 2 / variance;
  }
  const sloped = groups.length > 1 && spread > 0;
  const [z, zSlope] = [offset / Math.sqrt(information), sloped ? slope / Math.sqrt(spread) : NaN];
  const rest = Math.max(0, total - z * z - (sloped ? zSlope * zSlope : 0));
  return {
    ...chiSquareOf(total, groups.length),
    offset: directionOf(z),
    slope: directionOf(zSlope),
    rest: chiSquareOf(rest, groups.length - (sloped ? 2 : 1)),
  };
}

function directionOf(z: number): Direction {
  return { z, pValue: 2 * normalCdf(-Math.abs(z)) };
}

function chiSquareOf(chiSquare: number, degrees: number) {
  const degreesOfFreedom = Math.max(0, degrees);
  return { chiSquare, degreesOfFreedom, pValue: degreesOfFreedom > 0 ? chiSquareSf(chiSquare, degreesOfFreedom) : NaN };
}
