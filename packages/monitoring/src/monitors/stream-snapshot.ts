import type { IncidentAnswersSnapshot } from '../incidents/incident-answers.js';
import type { RenewalSnapshot } from '../baselines/renewal-schedule.js';
import type { WindowHistorySnapshot } from '../evidence/columns/window-history.js';
import type { IncidentBoardSnapshot } from '../incidents/incident-board.js';
import type { IncidentSnapshot } from '../incidents/incidents.js';
import type { MuteSnapshot } from '../incidents/mutes.js';
import type { OverflowWatchSnapshot } from '../incidents/overflow-watch.js';
import type { UnjudgedWatchSnapshot } from '../incidents/unjudged-watch.js';
import type { SilenceSnapshot } from '../incidents/silence.js';
import type { DependenceHistorySnapshot } from '../evidence/dependence/dependence-history.js';
import type { WindowSettings } from '../model/monitor.js';
import type { QualitySnapshot } from '../quality/quality-monitor.js';
import type { Stream } from '../model/stream.js';
import type { EmbeddingWatchSnapshot } from './embedding-watch.js';
import type { WindowSeriesSnapshot } from '../windows/window-series.js';

/** What is remembered of one stream. What is optional was added later: an older state has none of it. */
export interface StreamSnapshot {
  readonly stream: Stream;
  /** The earliest time from which closed panes must be taken in again, milliseconds since the epoch; null: none. */
  readonly neededFrom: number | null;
  /** The same for what is learnt of a baseline alone. */
  readonly learnsFrom?: number | null;
  /** The same for the quality of panes. */
  readonly qualityNeededFrom?: number | null;
  /** The sizes of the panes that are needed, in milliseconds, and where the last of each ended. */
  readonly paneSizes?: readonly (readonly [size: number, end: number])[];
  /** The monitor's windows: whatever names a horizon by its index means one of them. */
  readonly windows?: readonly WindowSettings[];
  /** One for each of the windows; null where nothing is known of it. */
  readonly series: readonly (WindowSeriesSnapshot | null)[];
  readonly incidents: IncidentBoardSnapshot;
  readonly history: WindowHistorySnapshot;
  readonly joint?: DependenceHistorySnapshot;
  readonly vectors?: EmbeddingWatchSnapshot;
  readonly silence: SilenceSnapshot;
  readonly mutes?: MuteSnapshot;
  readonly overflow?: OverflowWatchSnapshot;
  readonly unjudged?: UnjudgedWatchSnapshot;
  readonly answers?: IncidentAnswersSnapshot;
  readonly renewals?: RenewalSnapshot;
  readonly quality?: QualitySnapshot;
}

/** What a snapshot says of a monitor with other windows: what it knows of those that both have; nothing of the others. */
export function forWindows(snapshot: StreamSnapshot, windows: readonly WindowSettings[]): StreamSnapshot {
  const had = snapshot.windows ?? (fits(snapshot.series, windows) ? windows : []);
  const now = had.map((window) => windows.findIndex((each) => isSame(each, window)));
  if (had.length === windows.length && now.every((index, before) => index === before)) return snapshot;
  const moved = <Rest>(entries: readonly (readonly [number, Rest])[]): (readonly [number, Rest])[] =>
    entries.flatMap(([before, rest]) => (isKept(now[before]) ? [[now[before], rest] as const] : []));
  const movedEntries = <Entry extends { readonly horizon: number }>(entries: readonly Entry[]): Entry[] =>
    entries.flatMap((entry) => (isKept(now[entry.horizon]) ? [{ ...entry, horizon: now[entry.horizon] }] : []));
  const movedTrack = ({ open, quiet }: IncidentSnapshot): IncidentSnapshot => ({ open, quiet: moved(quiet) });
  const { series, incidents, history, joint, vectors, silence } = snapshot;
  return {
    ...snapshot,
    windows,
    series: windows.map((_, index) => series[now.indexOf(index)] ?? null),
    incidents: incidents.map((each) => ({ ...each, track: movedTrack(each.track) })),
    history: { ...history, entries: movedEntries(history.entries) },
    ...(joint === undefined ? {} : { joint: { ...joint, windows: movedDependence(joint.windows, now) } }),
    ...(vectors === undefined ? {} : { vectors: { ...vectors, entries: movedEntries(vectors.entries) } }),
    silence: {
      ...silence,
      ...{ usual: moved(silence.usual), silent: moved(silence.silent), past: moved(silence.past ?? []) },
      track: movedTrack(silence.track),
    },
  };
}

function movedDependence(
  windows: DependenceHistorySnapshot['windows'],
  now: readonly number[],
): DependenceHistorySnapshot['windows'] {
  return windows.flatMap(([key, each]) => {
    const [before, phase] = key.split('/');
    const after = now[Number(before)];
    return isKept(after) ? [[`${after}/${phase}`, each] as const] : [];
  });
}

/** Whether a state that does not name its windows can be one of these: there are as many, and each goes on at one of their starts. */
function fits(series: StreamSnapshot['series'], windows: readonly WindowSettings[]): boolean {
  if (series.length !== windows.length) return false;
  return windows.every(({ slide, origin }, index) => {
    const next = series[index]?.next ?? null;
    return next === null || (next - origin) % slide === 0;
  });
}

function isSame(a: WindowSettings, b: WindowSettings): boolean {
  return a.size === b.size && a.slide === b.slide && a.origin === b.origin;
}

function isKept(index: number | undefined): index is number {
  return index !== undefined && index >= 0;
}
