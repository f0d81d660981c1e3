import { VALUE_SUMS, type ExactSum, type QualitySketch } from '@tidemark/sketches';

/** What is wrong with a decoded sketch of quality: counts that are none, or more answers in its parts than there are. Null where it holds together. */
export function faultOfQuality({ predictions, labels, classes, values }: QualitySketch): string | null {
  if (!Number.isSafeInteger(predictions) || predictions < 0 || !Number.isSafeInteger(labels)) {
    return `quality: ${predictions} answers, ${labels} labels`;
  }
  const sums: ExactSum[] = [];
  const counts: number[] = [];
  for (const { predictions: answers, truths } of classes.cells()) {
    counts.push(answers);
    for (const { count, weight, weightSquares } of truths.values()) {
      counts.push(count);
      sums.push(weight, weightSquares);
    }
  }
  for (const cell of values.cells()) {
    counts.push(cell.predictions, cell.labels);
    for (const name of VALUE_SUMS) sums.push(cell.sums[name]);
  }
  if (!counts.every(Number.isSafeInteger)) return 'quality: a count is no whole number';
  if (!sums.every(({ value }) => Number.isFinite(value))) return 'quality: a sum is no number';
  for (const cells of [classes.cells(), values.cells()]) {
    const answers = cells.reduce((total, cell) => total + cell.predictions, 0);
    if (cells.some((cell) => cell.predictions < 0) || answers > predictions) {
      return `quality: ${answers} answers in cells, ${predictions} in all`;
    }
  }
  return null;
}
