/** Neighbouring means that an isotonic fit makes one. */
export interface IsotonicBlock {
  /** The first and the last of its places. */
  readonly first: number;
  readonly last: number;
  readonly mean: number;
  readonly weight: number;
}

/**
 * The nondecreasing means that are nearest to the given ones in weighted squares: pool adjacent violators (Ayer, Brunk, Ewing, Reid and
 * Silverman, Ann. Math. Stat. 1955).
 *
 * @param means in the order in which they should not fall. @param weights 0 or more; places of weight 0 are left out.
 * @returns blocks in order.
 *
 * @example
 * ```ts
 * isotonicBlocks([0.1, 0.4, 0.2, 0.9], [1, 3, 1, 5])[1].mean; // 0.35
 * isotonicBlocks([0.1, 0.4, 0.2, 0.9], [1, 3, 1, 5]).length; // 3
 * ```
 */
export function isotonicBlocks(means: ArrayLike<number>, weights: ArrayLike<number>): IsotonicBlock[] {
  const blocks: IsotonicBlock[] = [];
  for (let at = 0; at < means.length; at++) {
    if (!(weights[at] > 0)) continue;
    let block: IsotonicBlock = { first: at, last: at, mean: means[at], weight: weights[at] };
    for (let before = blocks.at(-1); before !== undefined && before.mean >= block.mean; before = blocks.at(-1)) {
      blocks.pop();
      const weight = before.weight + block.weight;
      const mean = (before.mean * before.weight + block.mean * block.weight) / weight;
      block = { first: before.first, last: block.last, mean, weight };
    }
    blocks.push(block);
  }
  return blocks;
}
