/**
 * Work in pieces: each step is short, and between two of them whoever runs them may let others have their turn. It is done when there
 * are no more. Nothing else may be asked of whoever gave it before that.
 */
export type Steps<Result = void> = Generator<void, Result, void>;

/**
 * Does the work at once.
 *
 * @example
 * ```ts
 * allAtOnce((function* () { yield; return 3; })()); // 3
 * ```
 */
export function allAtOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
