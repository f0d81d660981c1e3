import {
  textColumnsOf,
  type BaselineSettings,
  type ColumnSettings,
  type LabelingSettings,
  type Monitor,
  type QualitySettings,
  type Stream,
  type WindowSettings,
} from '@tidemark/monitoring';
import { isMap, LineCounter, parseAllDocuments, type Document } from 'yaml';
import type { z } from 'zod';
import { ContractsError } from '../contracts-error.js';
import { describeFault, FaultList, type ConfigurationFault } from './configuration-faults.js';
import { formatDuration } from './duration.js';
import { fileMapping, type FileMapping } from './file-mapping.js';
import { MONITOR_SECTIONS, type MonitorSections } from './monitor-shapes.js';

/** A monitor as its file states it, with the mapping of files to events where the file has one. */
export interface MonitorFile {
  readonly monitor: Monitor;
  readonly mapping: FileMapping | null;
  /** The document as the file has it, without the lines that divide documents. */
  readonly document: string;
}

export type ParsedMonitors =
  | { readonly ok: true; readonly monitors: readonly MonitorFile[] }
  | { readonly ok: false; readonly faults: readonly ConfigurationFault[] };

/**
 * The monitors of a YAML file, one a document (`---` divides documents), or all faults of the file at once, in the order of
 * their lines.
 * @param fileName what the faults call the file.
 */
export function parseMonitors(text: string, fileName: string): ParsedMonitors {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const documents = 'empty' in parsed ? [] : parsed;
  const monitors: MonitorFile[] = [];
  const faults: ConfigurationFault[] = [];
  const seen = new Set<string>();
  let start = 0;
  for (const document of documents) {
    const found = new FaultList(fileName, document, lines);
    const read = readDocument(document, found);
    const end = document.range[2];
    const stated = documentText(text.slice(start, end));
    start = end;
    if (read !== null) {
      const file = { ...read, document: stated };
      const { model, version } = file.monitor;
      if (seen.has(`${model}\u0000${version}`)) found.add(['model'], `a second monitor of ${model} version ${version}`);
      seen.add(`${model}\u0000${version}`);
      monitors.push(file);
    }
    faults.push(...found.sorted());
  }
  if (documents.length === 0) faults.push({ file: fileName, path: '', line: 1, message: 'the file holds no monitor' });
  return faults.length > 0 ? { ok: false, faults } : { ok: true, monitors };
}

/** A document without the lines that mark its beginning and end; with a line break at its end. */
function documentText(text: string): string {
  const stated = text.replace(/^\s*---[ \t]*\r?\n/, '').replace(/\r?\n\.\.\.[ \t]*(\r?\n)?$/, '');
  return `${stated.trim()}\n`;
}

/** A monitor as its document states it. */
type ReadDocument = Omit<MonitorFile, 'document'>;

function readDocument(document: Document.Parsed, faults: FaultList): ReadDocument | null {
  for (const error of document.errors) faults.addAt(error.pos[0], error.message);
  if (document.errors.length > 0) return null;
  if (!isMap(document.contents)) {
    faults.add([], 'is not a monitor: it must consist of keys such as model, windows and baseline');
    return null;
  }
  let content: Record<string, unknown>;
  try {
    content = document.toJS({ maxAliasCount: 100 }) as Record<string, unknown>;
  } catch (error) {
    faults.add([], error instanceof Error ? error.message : String(error));
    return null;
  }
  const sections: Partial<Record<string, unknown>> = {};
  faults.addUnknownKeys([], Object.keys(content), Object.keys(MONITOR_SECTIONS));
  for (const [name, shape] of Object.entries(MONITOR_SECTIONS) as [string, z.ZodType][]) {
    const result = shape.safeParse(content[name] ?? undefined);
    if (result.success) sections[name] = result.data;
    else faults.addIssues([name], result.error.issues, content[name]);
  }
  checkWindows(sections, faults);
  checkRolling(sections, faults);
  return faults.empty ? monitorFile(sections as MonitorSections) : null;
}

/** What holds between sections; a section with faults of its own is left out. */
function checkWindows({ pane, windows, quality }: Partial<MonitorSections>, faults: FaultList): void {
  if (pane === undefined) return;
  const each = formatDuration(pane);
  const measured = quality?.window;
  if (measured !== undefined && measured.size % pane !== 0) {
    faults.add(['quality', 'window'], `${formatDuration(measured.size)} is not a multiple of the pane (${each})`);
  }
  if (measured !== undefined && measured.origin % pane !== 0) {
    faults.add(['quality', 'window', 'origin'], `is not a multiple of the pane (${each}) since 1970`);
  }
  if (windows === undefined) return;
  const sizes = new Set<string>();
  windows.forEach(({ size, slide, origin }, index) => {
    const path = ['windows', index];
    if (size % pane !== 0) faults.add(path, `${formatDuration(size)} is not a multiple of the pane (${each})`);
    if (slide !== size && slide % pane !== 0) {
      faults.add([...path, 'slide'], `${formatDuration(slide)} is not a multiple of the pane (${each})`);
    }
    if (origin % pane !== 0) faults.add([...path, 'origin'], `is not a multiple of the pane (${each}) since 1970`);
    const window = `${size}/${slide}/${origin}`;
    if (sizes.has(window)) faults.add(path, `a second window of ${formatDuration(size)}`);
    sizes.add(window);
  });
}

/** A rolling baseline must be long enough to tell how windows vary, and lag enough for a drift to be seen before it is in it. */
function checkRolling({ baseline, windows }: Partial<MonitorSections>, faults: FaultList): void {
  if (baseline?.from !== 'rolling' || windows === undefined) return;
  const { length, lag, adoptAfter } = baseline;
  const shortest = Math.min(...windows.map(({ size }) => size));
  const least = LEAST_ROLLING_WINDOWS * shortest;
  if (length < least)
    faults.add(['baseline', 'rolling'], `must be at least ${LEAST_ROLLING_WINDOWS} windows (${formatDuration(least)})`);
  const longest = Math.max(...windows.map(({ size }) => size));
  if (lag !== undefined && lag < longest) {
    faults.add(['baseline', 'lag'], `must be at least the longest window (${formatDuration(longest)})`);
  }
  const lags = lag ?? usualLag(windows);
  if (typeof adoptAfter === 'number' && adoptAfter <= lags) {
    faults.add(['baseline', 'adopt_after'], `must be longer than the lag (${formatDuration(lags)})`);
  }
}

function monitorFile(sections: MonitorSections): ReadDocument {
  const { decision, mapping, model, version } = sections;
  const { columns, texts } = columnSettings(sections.columns);
  return {
    monitor: {
      model,
      version,
      pane: sections.pane,
      allowedLateness: sections.allowed_lateness,
      allowedSkew: sections.allowed_skew,
      windows: sections.windows,
      segments: sections.segments,
      columns,
      texts,
      otherColumns: sections.other_columns,
      limits: { ...sections.limits, keep: byName(Object.entries(sections.limits.keep)) },
      joint: sections.joint,
      decision: {
        falseAlarms: decision.false_alarms,
        psi: decision.psi,
        rate: decision.rate,
        correlation: decision.correlation,
        season: decision.season,
        resolveAfter: decision.resolve_after,
        minimumEvents: decision.minimum_events,
        notifyFrom: decision.notify_from,
      },
      baseline: baselineSettings(sections),
      mutes: sections.mutes.map(({ every, columns: about, ...rest }) => ({
        ...rest,
        every: every ?? null,
        columns: about ?? null,
      })),
      quality: qualitySettings(sections),
      labeling: labelingSettings(sections),
      predictionLog: sections.prediction_log,
    },
    mapping: mapping === null ? null : fileMapping(mapping, model, version),
  };
}

/** A column of text is not watched itself: those that measure it are, whatever other columns are. */
function columnSettings(stated: MonitorSections['columns']): Pick<Monitor, 'columns' | 'texts'> {
  const columns = new Map<string, ColumnSettings>();
  const texts: string[] = [];
  for (const [name, settings] of Object.entries(stated)) {
    if ('kind' in settings && settings.kind === 'text') {
      if ('ignore' in settings && settings.ignore === true) columns.set(name, { ignore: true });
      else texts.push(name);
    } else columns.set(name, withoutUndefined(settings));
  }
  for (const name of texts) {
    columns.set(name, { ignore: true });
    for (const derived of textColumnsOf(name)) if (!columns.has(derived)) columns.set(derived, {});
  }
  return { columns: byName(columns), texts };
}

const DAY = 24 * 3_600_000;

/** So many windows of the shortest size are the least that a rolling baseline is made of. */
const LEAST_ROLLING_WINDOWS = 40;

function baselineSettings({ baseline, windows }: MonitorSections): BaselineSettings {
  if (baseline.from !== 'rolling') return baseline;
  const { length, lag = usualLag(windows), every = Math.min(DAY, length), adoptAfter } = baseline;
  return {
    ...{ from: 'rolling', length, lag, every },
    adoptAfter: adoptAfter === 'never' ? null : (adoptAfter ?? length + lag),
  };
}

/** By then whatever the shortest windows can show has been seen, and the longest have shown it three times. */
function usualLag(windows: readonly WindowSettings[]): number {
  const sizes = windows.map(({ size }) => size);
  return Math.max(16 * Math.min(...sizes), 3 * Math.max(...sizes));
}

/** Quality is measured over the longest window of up to a day, where the file names none: labels are fewer than events. */
function qualitySettings({ quality, windows }: MonitorSections): QualitySettings | null {
  if (quality === null) return null;
  return {
    window: quality.window ?? usualWindow(windows),
    positive: quality.positive ?? null,
    metric: quality.metric ?? null,
    tolerance: quality.tolerance ?? null,
    minimumLabels: quality.minimum_labels,
    labelWait: quality.label_wait,
  };
}

/** Strata are the dimensions that events are sliced by, where the file names none. */
function labelingSettings({ labeling, segments }: MonitorSections): LabelingSettings | null {
  if (labeling === null) return null;
  const { budget = null, share = 0, uncertain, drifted } = labeling;
  const strata = labeling.strata ?? segments.filter(({ length }) => length === 1).map(([dimension]) => dimension);
  return { budget, share, uncertain, drifted, strata };
}

function usualWindow(windows: readonly WindowSettings[]): WindowSettings {
  const [{ size, origin }] = [...windows].sort(
    (a, b) => Number(a.size > DAY) - Number(b.size > DAY) || (a.size > DAY ? a.size - b.size : b.size - a.size),
  );
  return { size, slide: size, origin };
}

/** What is looked up by names from events, `constructor` and `__proto__` among them: an object that has nothing but its entries. */
function byName<V>(entries: Iterable<readonly [string, V]>): Readonly<Record<string, V>> {
  const object = Object.create(null) as Record<string, V>;
  for (const [name, value] of entries) object[name] = value;
  return object;
}

function withoutUndefined(settings: object): object {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

/**
 * The monitor of a single document, as it travels through the log.
 *
 * @throws ContractsError `invalid-record` where the document is faulty or holds more than one monitor: a newer version may have written it.
 */
export function parseMonitor(document: string, name: string): MonitorFile {
  const parsed = parseMonitors(document, name);
  if (parsed.ok && parsed.monitors.length === 1) return parsed.monitors[0];
  const faults = parsed.ok ? [`${name}: holds ${parsed.monitors.length} monitors`] : parsed.faults.map(describeFault);
  throw new ContractsError('invalid-record', faults.join('; '));
}

/** The monitor of every stream that no file names: each setting at its default. */
export function defaultMonitor(): Monitor {
  const parsed = parseMonitors("model: '*'", 'the defaults');
  if (!parsed.ok) throw new Error(`The default monitor is faulty: ${JSON.stringify(parsed.faults)}`);
  return parsed.monitors[0].monitor;
}

/** The monitor in force for a stream: of its model and version, else of its model, else of any model, else the default. */
export function monitorFor(monitors: readonly Monitor[], stream: Stream): Monitor {
  const of = (model: string, version: string): Monitor | undefined =>
    monitors.find((monitor) => monitor.model === model && monitor.version === version);
  return of(stream.model, stream.version) ?? of(stream.model, '*') ?? of('*', '*') ?? (standard ??= defaultMonitor());
}

let standard: Monitor | undefined;
