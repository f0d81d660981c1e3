/**
 * How far a count of n is from the share expected, as a nearly standard normal figure: the signed root of the binomial
 * deviance, with the count moved half a unit towards its expectation (McCullagh and Nelder, "Generalized Linear Models", 1989,
 * section 4.5; Pierce and Schafer, "Residuals in generalized linear models", J. Am. Stat. Assoc. 1986). Its tails stay normal
 * where counts are few, where (k − np)/√(np(1−p)) raises false alarms.
 *
 * @param count 0 to `n`.
 * @param n above 0.
 * @param share the share expected, above 0 and below 1.
 * @returns 0 within half a count of the expectation; negative below it.
 *
 * @example
 * ```ts
 * signedDeviance(12, 100, 0.05); // 2.571410
 * signedDeviance(5, 100, 0.05); // 0
 * ```
 */
export function signedDeviance(count: number, n: number, share: number): number {
  const expected = n * share;
  const difference = count - expected;
  if (Math.abs(difference) <= 0.5) return 0;
  const k = count - 0.5 * Math.sign(difference);
  const deviance = 2 * (termOf(k, expected) + termOf(n - k, n - expected));
  return Math.sign(difference) * Math.sqrt(Math.max(0, deviance));
}

function termOf(observed: number, expected: number): number {
  return observed <= 0 ? 0 : observed * Math.log(observed / expected);
}
