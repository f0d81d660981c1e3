import { numberExpression, type FileColumn } from './file-columns.js';
import { passesOver, type FileTable } from './file-profile.js';

/**
 * Exact quantiles of columns' finite numbers, interpolated linearly between order statistics (type 7 of Hyndman & Fan 1996, the default of
 * numpy and R); NaN where there are none. One pass over the file for many columns, whose numbers it holds in memory.
 *
 * @param levels from 0 to 1. @returns of each column the quantile at each level. @throws RangeError for other levels.
 */
export async function quantilesOf(
  columns: readonly FileColumn[],
  levels: readonly number[],
  table: FileTable,
): Promise<number[][]> {
  if (!levels.every((level) => level >= 0 && level <= 1)) throw new RangeError('Levels of quantiles are from 0 to 1');
  if (levels.length === 0) return columns.map(() => []);
  const quantiles: number[][] = [];
  for (const some of await passesOver(columns, table)) {
    const sorted = some.map(
      (_, i) => `arraySort(groupArrayIf(ifNull(x${i}, 0), isFinite(ifNull(x${i}, nan)))) AS s${i}`,
    );
    const picked = some.map((_, i) => `${picks(`s${i}`, levels)} AS q${i}`);
    const numbers = some.map((column, i) => `${numberExpression(column)} AS x${i}`);
    const [row] = await table.query<Record<string, (number | string)[][]>>(
      `SELECT ${picked.join(', ')} FROM (SELECT ${sorted.join(', ')} FROM (SELECT ${numbers.join(', ')} FROM ${table.source}))`,
    );
    for (const i of some.keys()) {
      const found = row[`q${i}`];
      quantiles.push(levels.map((_, at) => (found.length === 0 ? NaN : interpolated(found[at].map(Number)))));
    }
  }
  return quantiles;
}

/** The order statistics on both sides of each level, and how far it is from the one to the other. */
function picks(sorted: string, levels: readonly number[]): string {
  const last = `(length(${sorted}) - 1)`;
  const at = `${last} * level`;
  const both = `${sorted}[toUInt64(floor(${at})) + 1], ${sorted}[toUInt64(ceil(${at})) + 1], ${at} - floor(${at})`;
  return `arrayMap(level -> [${both}], if(empty(${sorted}), [], [${levels.map(String).join()}]))`;
}

/** Between two order statistics from the nearer one, as numpy does, so that equal rows give equal edges to the last bit. */
function interpolated([below, above, share]: readonly number[]): number {
  const step = above - below;
  return share < 0.5 ? below + step * share : above - step * (1 - share);
}
