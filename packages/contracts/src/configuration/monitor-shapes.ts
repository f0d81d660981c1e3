import { QUALITY_METRICS } from '@tidemark/monitoring';
import { z } from 'zod';
import { parseDuration } from './duration.js';
import { parseFalseAlarms } from './false-alarms.js';
import { mappingShape } from './file-mapping.js';

const name = z.string().min(1, 'a name is empty');
const severities = z.enum(['minor', 'moderate', 'major']);

function duration(least: number) {
  return z.string().transform((text, context) => {
    const milliseconds = parseDuration(text);
    if (milliseconds !== null && milliseconds >= least) return milliseconds;
    const why = milliseconds === null ? 'is not a duration such as 30s, 5m, 1h or 1d' : 'is too short';
    context.addIssue({ code: 'custom', message: `'${text}' ${why}` });
    return z.NEVER;
  });
}

const time = z.string().transform((text, context) => {
  const parsed = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(parsed)) return parsed;
  context.addIssue({ code: 'custom', message: `'${text}' is not a time such as 2021-06-01T00:00:00Z` });
  return z.NEVER;
});

const window = z.union([
  duration(1).transform((size) => ({ size, slide: size, origin: 0 })),
  z
    .strictObject({ size: duration(1), slide: duration(1).optional(), origin: time.default(0) })
    .transform(({ size, slide, origin }, context) => {
      if (slide !== undefined && size % slide !== 0) {
        context.addIssue({ code: 'custom', path: ['slide'], message: 'must divide the size of the window' });
      }
      return { size, slide: slide ?? size, origin };
    }),
]);

/** Thresholds by severity, each of which may be left out; those that result must ascend. */
function thresholds(minor: number, moderate: number, major: number) {
  const threshold = z.number().gt(0, 'must be above 0');
  return z
    .strictObject({
      minor: threshold.default(minor),
      moderate: threshold.default(moderate),
      major: threshold.default(major),
    })
    .superRefine((chosen, context) => {
      if (chosen.minor < chosen.moderate && chosen.moderate < chosen.major) return;
      context.addIssue({
        code: 'custom',
        message: `minor (${chosen.minor}), moderate (${chosen.moderate}) and major (${chosen.major}) must ascend`,
      });
    })
    .prefault({});
}

/** So many in a time, such as `1 per 30d`. */
function countPer(example: string) {
  return z.string().transform((text, context) => {
    const parsed = parseFalseAlarms(text);
    if (parsed !== null) return parsed;
    context.addIssue({ code: 'custom', message: `'${text}' is not of the form '${example}'` });
    return z.NEVER;
  });
}

const decision = z
  .strictObject({
    false_alarms: countPer('1 per 30d').prefault('1 per 30d'),
    psi: thresholds(0.01, 0.1, 0.25),
    rate: thresholds(0.005, 0.02, 0.1),
    correlation: thresholds(0.1, 0.2, 0.4),
    season: z.enum(['auto', 'day', 'week', 'none']).default('auto'),
    resolve_after: z.int().min(1, 'must be at least 1').default(3),
    minimum_events: z.int().min(1, 'must be at least 1').default(200),
    notify_from: severities.default('moderate'),
  })
  .prefault({});

const columnKind = z.enum(['numeric', 'integer', 'categorical', 'boolean', 'text']);

const column = z.union([
  z.literal('ignore').transform(() => ({ ignore: true })),
  columnKind.transform((kind) => ({ kind })),
  z.strictObject({
    kind: columnKind.optional(),
    bins: z.int().min(2, 'must be at least 2').max(100, 'must be at most 100').optional(),
    ignore: z.boolean().optional(),
  }),
]);

const baseline = z.union([
  z.literal('published').transform(() => ({ from: 'published' as const })),
  z.literal('previous_version').transform(() => ({ from: 'previous-version' as const })),
  z
    .strictObject({
      first_windows: z.int().min(1, 'must be at least 1'),
      events: z.int().min(1, 'must be at least 1').default(2000),
    })
    .transform(({ first_windows: windows, events }) => ({ from: 'first-windows' as const, windows, events })),
  z
    .strictObject({
      rolling: duration(1),
      lag: duration(1).optional(),
      every: duration(60_000).optional(),
      adopt_after: z.union([z.literal('never'), duration(1)]).optional(),
    })
    .transform(({ rolling: length, lag, every, adopt_after: adoptAfter }) => ({
      ...{ from: 'rolling' as const, length, lag, every, adoptAfter },
    })),
]);

const quality = z.union([
  z.literal('off').transform(() => null),
  z
    .strictObject({
      window: window.optional(),
      positive: z
        .union([z.string().min(1, 'is empty'), z.number(), z.boolean()])
        .transform(String)
        .optional(),
      metric: z.enum(QUALITY_METRICS).optional(),
      tolerance: z.number().gt(0, 'must be above 0').lt(1, 'must be below 1').optional(),
      minimum_labels: z.int().min(10, 'must be at least 10').default(100),
      label_wait: duration(0).prefault('30d'),
    })
    .superRefine((chosen, context) => {
      if (chosen.window === undefined || chosen.window.slide === chosen.window.size) return;
      context.addIssue({ code: 'custom', path: ['window', 'slide'], message: 'windows of quality do not slide' });
    })
    .prefault({}),
]);

/** Every event keeps a tenth of its chance, so that no label weighs beyond measure. */
const MOST_AIMED = 0.9;

const part = z.number().min(0, 'must be at least 0').max(MOST_AIMED, `must be at most ${MOST_AIMED}`);

const labeling = z.union([
  z.literal('off').transform(() => null),
  z
    .strictObject({
      budget: countPer('200 per 1d').optional(),
      share: z.number().gt(0, 'must be above 0').max(1, 'must be at most 1').optional(),
      uncertain: part.default(0.3),
      drifted: part.default(0.2),
      strata: z.array(name).optional(),
    })
    .superRefine(({ budget, share, uncertain, drifted }, context) => {
      if ((budget === undefined) === (share === undefined)) {
        context.addIssue({ code: 'custom', message: "needs either a budget, such as '200 per 1d', or a share" });
      }
      if (budget !== undefined && budget.count < 1) {
        context.addIssue({ code: 'custom', path: ['budget'], message: 'must be at least 1' });
      }
      if (uncertain + drifted <= MOST_AIMED) return;
      const message = `uncertain (${uncertain}) and drifted (${drifted}) must be at most ${MOST_AIMED} together`;
      context.addIssue({ code: 'custom', message });
    }),
]);

const MOST_TTL = 10 * 366 * 86_400_000;

const predictionLog = z.union([
  z.literal('off').transform(() => null),
  z
    .strictObject({
      keep: z
        .union([
          z.literal('all').transform(() => 1),
          z.number().gt(0, 'must be above 0').max(1, 'must be at most 1, or all'),
        ])
        .default(1),
      ttl: duration(60_000)
        .refine((ttl) => ttl <= MOST_TTL, 'must be at most ten years')
        .prefault('90d'),
      orphan_after: duration(0).prefault('1d'),
      most_orphans: z.number().min(0, 'must be at least 0').max(1, 'must be at most 1').default(0.1),
    })
    .superRefine(({ ttl, orphan_after: orphanAfter }, context) => {
      if (orphanAfter <= ttl) return;
      context.addIssue({ code: 'custom', path: ['orphan_after'], message: 'must not be longer than ttl' });
    })
    .transform(({ keep: share, ttl, orphan_after: orphanAfter, most_orphans: mostOrphans }) => ({
      ...{ share, ttl, orphanAfter, mostOrphans },
    })),
]);

/** What a stream may cost in memory. The greatest values are what a process of some gigabytes can bear. */
const limits = z
  .strictObject({
    segments: z.int().min(1, 'must be at least 1').max(5000, 'must be at most 5000').default(200),
    columns: z.int().min(1, 'must be at least 1').max(2000, 'must be at most 2000').default(500),
    keep: z.record(name, z.array(z.string())).default({}),
  })
  .superRefine(({ segments, keep }, context) => {
    for (const [dimension, values] of Object.entries(keep)) {
      if (values.length <= segments) continue;
      const message = `lists ${values.length} values, but limits.segments gives only ${segments} a segment of their own`;
      context.addIssue({ code: 'custom', path: ['keep', dimension], message });
    }
  })
  .prefault({});

/** Columns watched together: their pairs grow with the square of their number, and so do the sums that each partial carries. */
const joint = z.union([
  z.literal('off').transform(() => ({ columns: null, most: 0 })),
  z
    .strictObject({
      columns: z.array(name).min(2, 'needs at least two columns').max(64, 'has more than 64 columns').optional(),
      most: z.int().min(2, 'must be at least 2').max(64, 'must be at most 64').default(32),
    })
    .transform(({ columns, most }) => ({ columns: columns ?? null, most: columns?.length ?? most })),
]);

/** Known events: what they bring about is kept and shown, but not sent. */
const mute = z
  .strictObject({
    from: time,
    to: time,
    every: duration(1).optional(),
    reason: z.string().min(1, 'is empty'),
    columns: z.array(name).min(1, 'is empty').optional(),
  })
  .superRefine(({ from, to, every }, context) => {
    if (to <= from) context.addIssue({ code: 'custom', path: ['to'], message: 'must be after from' });
    if (every !== undefined && every < to - from) {
      context.addIssue({ code: 'custom', path: ['every'], message: 'is shorter than the mute itself' });
    }
  });

/** The sections of a monitor file. Each is checked for itself, so that one's fault hides no other's. */
export const MONITOR_SECTIONS = {
  model: name,
  version: name.default('*'),
  pane: duration(1).prefault('1m'),
  allowed_lateness: duration(0).prefault('30s'),
  allowed_skew: duration(0).prefault('5m'),
  windows: z.array(window).min(1, 'needs at least one window').prefault(['5m', '1h']),
  segments: z
    .array(z.union([name.transform((dimension) => [dimension]), z.array(name).min(1, 'is empty')]))
    .default([]),
  columns: z.record(name, column).default({}),
  other_columns: z.boolean().default(true),
  limits,
  joint: joint.prefault({}),
  decision,
  baseline: baseline.default({ from: 'published' }),
  mutes: z.array(mute).default([]),
  quality: quality.prefault({}),
  labeling: labeling.nullable().default(null),
  prediction_log: predictionLog.prefault({}),
  mapping: mappingShape.nullable().default(null),
};

export type MonitorSections = { [S in keyof typeof MONITOR_SECTIONS]: z.output<(typeof MONITOR_SECTIONS)[S]> };
