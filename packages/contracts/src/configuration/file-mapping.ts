import type { ModelRole } from '@tidemark/monitoring';
import { z } from 'zod';

/** A constant for all rows, or the column that gives each row's value. */
export type ColumnOrConstant<T extends string = string> = { readonly column: string } | { readonly constant: T };

/** How the columns of a file become events. */
export interface FileMapping {
  /** Its values are dates, or seconds, milliseconds, microseconds or nanoseconds since the epoch. */
  readonly eventTime: string;
  /** Null: the id is made of the file's name and the row's number. */
  readonly eventId: string | null;
  readonly requestId: string | null;
  readonly model: ColumnOrConstant;
  readonly version: ColumnOrConstant;
  readonly role: ColumnOrConstant<ModelRole>;
  readonly prediction: {
    readonly score: string | null;
    readonly class: string | null;
    readonly value: string | null;
    /** The column of each class's probability, by class. */
    readonly probabilities: Readonly<Record<string, string>>;
  };
  readonly confidence: string | null;
  readonly groundTruth: string | null;
  /** The column of each segment dimension, by dimension. A column may be a feature as well. */
  readonly segments: Readonly<Record<string, string>>;
  /** The column of each embedding, by its name: lists of numbers, or their JSON. */
  readonly embeddings: Readonly<Record<string, string>>;
  /** The feature columns; null: every column that nothing else here names. */
  readonly features: readonly string[] | null;
  /** Texts that stand for a missing value; null: the usual ones. */
  readonly missing: readonly string[] | null;
  /** Of dates such as 01/02/2024; null: the dates themselves have to show it. */
  readonly dateOrder: 'day-first' | 'month-first' | null;
  /** Columns that are left out. */
  readonly ignore: readonly string[];
}

const name = z.string().min(1, 'a name is empty');

function columnOr<T extends z.ZodType<string>>(constant: T) {
  return z.union([constant, z.strictObject({ column: name })]);
}

/** The `mapping` section of a monitor file. */
export const mappingShape = z.strictObject({
  event_time: name,
  event_id: name.optional(),
  request_id: name.optional(),
  model: columnOr(name).optional(),
  version: columnOr(name).optional(),
  role: columnOr(z.enum(['champion', 'shadow', 'canary'])).default('champion'),
  score: name.optional(),
  class: name.optional(),
  value: name.optional(),
  probabilities: z.record(name, name).default({}),
  confidence: name.optional(),
  ground_truth: name.optional(),
  segments: z.union([z.array(name), z.record(name, name)]).default([]),
  embeddings: z.union([z.array(name), z.record(name, name)]).default([]),
  features: z.array(name).optional(),
  missing: z.array(z.string()).optional(),
  date_order: z.enum(['day-first', 'month-first']).optional(),
  ignore: z.array(name).default([]),
});

type MappingSection = z.output<typeof mappingShape>;

/** @param model what rows without a model of their own belong to; @param version likewise. */
export function fileMapping(section: MappingSection, model: string, version: string): FileMapping {
  return {
    eventTime: section.event_time,
    eventId: section.event_id ?? null,
    requestId: section.request_id ?? null,
    model: columnOrConstant(section.model ?? model),
    version: columnOrConstant(section.version ?? (version === '*' ? '1' : version)),
    role: columnOrConstant<ModelRole>(section.role),
    prediction: {
      score: section.score ?? null,
      class: section.class ?? null,
      value: section.value ?? null,
      probabilities: section.probabilities,
    },
    confidence: section.confidence ?? null,
    groundTruth: section.ground_truth ?? null,
    segments: columnsByName(section.segments),
    embeddings: columnsByName(section.embeddings),
    features: section.features ?? null,
    missing: section.missing ?? null,
    dateOrder: section.date_order ?? null,
    ignore: section.ignore,
  };
}

/** A list of columns is one of columns that bear their names. */
function columnsByName(
  columns: readonly string[] | Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Array.isArray(columns)
    ? Object.fromEntries((columns as readonly string[]).map((column) => [column, column]))
    : (columns as Readonly<Record<string, string>>);
}

function columnOrConstant<T extends string>(value: T | { readonly column: string }): ColumnOrConstant<T> {
  return typeof value === 'string' ? { constant: value } : { column: value.column };
}
