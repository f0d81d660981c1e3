import { LONGEST_SCAN, scanWindows, type WindowNull } from './window-scan.js';

/** So far is the wander varied to see what a variance owes to it. */
const STEP = 0.01;

/**
 * The degrees of freedom of each stretch of a scan. What sampling adds to a change's variance is known, what wandering adds was learnt, and is
 * the more of it the longer the stretch: where a single window's variance is f₁ wander, and a stretch's f, it has (f₁ ÷ f)² times the
 * degrees (Satterthwaite, Biometrics Bull. 1946).
 *
 * @param modelAt the null with a wander of another size. @param wander what was learnt. @param size events of a usual window.
 * @param degrees those of a single window.
 * @returns one for each stretch, none above `degrees`.
 */
export function stretchDegrees(
  modelAt: (between: number) => WindowNull,
  between: number,
  size: number,
  degrees: number,
): number[] {
  const windows = {
    residuals: new Float64Array(LONGEST_SCAN),
    sizes: new Float64Array(LONGEST_SCAN).fill(size),
    ...{ seasonVariance: 0, slots: 1, windowsPerSlot: 1 },
  };
  const wider = scanWindows(modelAt(between * (1 + STEP)), windows);
  const parts = scanWindows(modelAt(between), windows).map(
    ({ deviation }, place) => Math.log(wider[place].deviation / deviation) / Math.log(1 + STEP),
  );
  return parts.map((part) => degrees * Math.min(1, (parts[0] / part) ** 2));
}
