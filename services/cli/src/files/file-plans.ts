import type { FileMapping } from '@tidemark/contracts';
import type { ColumnPlan, Monitor } from '@tidemark/monitoring';
import { deriveNumericLayout, numericLayout, TDigest, type BinLayout, type ColumnKind } from '@tidemark/sketches';
import type { ColumnProfile, DataFile } from '@tidemark/store';
import { UsageError } from '../exit-codes.js';
import { targetsOf } from './row-events.js';

const BINS = 10;
const MOST_CATEGORIES = 100;
const MOST_INTEGERS = 20;

export interface PlannedFile {
  readonly file: DataFile;
  /** What the file is called in complaints. */
  readonly source: string;
  readonly monitor: Monitor;
  readonly mapping: FileMapping;
}

/** A column of events that is watched, and what the file holds of it. */
interface ProfiledColumn {
  readonly event: string;
  readonly profile: ColumnProfile;
  readonly kind: ColumnKind;
  readonly bins: number;
  readonly coerce: boolean;
}

/**
 * How the columns of a file are read and binned, by the events' names for them: exact quantiles, ranges and frequent values give the bins.
 *
 * @throws UsageError where a column has no value of the kind that the monitor states.
 */
export async function plansOf({ file, source, monitor, mapping }: PlannedFile): Promise<Map<string, ColumnPlan>> {
  const plans = new Map<string, ColumnPlan>();
  const targets = targetsOf(
    mapping,
    file.columns.map(({ name }) => name),
  );
  const watched = targets.filter(({ event }) => {
    const settings = monitor.columns[event];
    return settings === undefined ? monitor.otherColumns : settings.ignore !== true;
  });
  const profiles = await file.profile({
    names: [...new Set(watched.map(({ column }) => column))],
    top: MOST_CATEGORIES,
  });
  const byColumn = new Map(profiles.map((profile) => [profile.column.name, profile]));
  const columns = watched.flatMap(({ column, event, as }): ProfiledColumn[] => {
    const profile = byColumn.get(column)!;
    const settings = monitor.columns[event];
    const kind = settings?.kind ?? (as === 'text' ? 'categorical' : kindOf(profile));
    // Nothing could be counted in its bins.
    if (settings?.kind !== undefined && profile.values === 0 && profile.typeErrors > 0) {
      const cure = 'set another kind for it, or `ignore: true`, or mend the file';
      throw new UsageError([`${source}: the column '${event}' has no valid value of its kind, ${kind}: ${cure}`]);
    }
    if (profile.values === 0) return [];
    return [{ event, profile, kind, bins: settings?.bins ?? BINS, coerce: settings?.kind !== undefined }];
  });
  const layouts = await layoutsOf(file, columns);
  for (const [i, { event, kind, coerce }] of columns.entries()) plans.set(event, { kind, layout: layouts[i], coerce });
  return plans;
}

/** What a column of a file is, where nobody says: few whole numbers are counts or codes, and get a bin each. */
function kindOf({ column, distinct, top }: ColumnProfile): ColumnKind {
  if (column.kind === 'boolean') return 'boolean';
  if (column.kind !== 'number' && column.kind !== 'integer' && column.kind !== 'time') return 'categorical';
  return distinct <= MOST_INTEGERS && top.every(({ value }) => Number.isInteger(value)) ? 'integer' : 'numeric';
}

/** The bins of columns: where numbers have many values, of one pass over the file for all that have as many bins. */
async function layoutsOf(file: DataFile, columns: readonly ProfiledColumn[]): Promise<BinLayout[]> {
  const many = columns.filter(({ profile, kind }) => isOfNumbers(kind) && profile.distinct > MOST_INTEGERS);
  const quantiles = new Map<ProfiledColumn, number[]>();
  for (const bins of new Set(many.map((column) => column.bins))) {
    const some = many.filter((column) => column.bins === bins);
    const levels = Array.from({ length: bins - 1 }, (_, index) => (index + 1) / bins);
    const found = await file.quantiles(
      some.map(({ profile }) => profile.column.name),
      levels,
    );
    some.forEach((column, i) => quantiles.set(column, found[i]));
  }
  return columns.map((column) => layoutOf(column, quantiles.get(column)));
}

function isOfNumbers(kind: ColumnKind): boolean {
  return kind !== 'categorical' && kind !== 'boolean';
}

function layoutOf({ profile, kind, bins }: ProfiledColumn, quantiles: number[] | undefined): BinLayout {
  const { top, values, min, max } = profile;
  if (!isOfNumbers(kind)) {
    const categories = kind === 'boolean' ? ['false', 'true'] : top.map(({ value }) => String(value));
    return { type: 'categorical', categories };
  }
  if (quantiles === undefined) {
    const digest = new TDigest();
    for (const { value, count } of top) digest.add(Number(value), count);
    return deriveNumericLayout(digest, bins);
  }
  const heavy = top.filter(({ count }) => count >= values / bins).map(({ value }) => Number(value));
  return numericLayout(quantiles, heavy, min ?? NaN, max ?? NaN);
}
