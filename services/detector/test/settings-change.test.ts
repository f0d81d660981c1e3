import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { monitorFor, parseMonitors } from '@tidemark/contracts';
import {
  BaselineBook,
  Detector,
  EventBatch,
  panesNeeded,
  PartitionSketcher,
  segmentId,
  type DetectorSnapshot,
  type Monitor,
  type NeededPanes,
  type PaneRow,
  type SketchPartial,
  type SourceWatermark,
  type StreamKnowledge,
  type WindowRow,
} from '@tidemark/monitoring';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 0, 1);
const STREAM = { model: 'm', version: '1', role: 'champion' } as const;
/** The settings are changed here and there, and changed back. */
const CHANGED_AT = [47, 93];
const MINUTES = 140;

type Settings = Readonly<Record<string, unknown>>;

const USUAL: Settings = {
  model: 'm',
  windows: ['5m', '15m'],
  segments: ['country'],
  baseline: { first_windows: 3, events: 500 },
  decision: { minimum_events: 50 },
  quality: { positive: '1', window: '15m', label_wait: '2h' },
};

/** Each setting of docs/monitor.md by the name it has there, and what is changed: settings in place of the usual ones. */
const CHANGES: Readonly<Record<string, readonly Settings[]>> = {
  model: [{ model: '*' }],
  version: [{ version: '1' }],
  pane: [{ pane: '5m' }, { pane: '30s' }, { pane: '15m', windows: ['15m'] }],
  windows: [
    { windows: ['15m'] },
    { windows: ['5m'] },
    { windows: ['15m', '5m'] },
    { windows: ['5m', '15m', '1h'] },
    { windows: ['10m', '15m'] },
    { windows: ['5m', { size: '15m', slide: '5m' }] },
    { windows: ['5m', { size: '15m', origin: '2026-01-01T00:05:00Z' }] },
  ],
  allowed_lateness: [{ allowed_lateness: '10m' }, { allowed_lateness: '0s' }],
  allowed_skew: [{ allowed_skew: '1h' }],
  segments: [{ segments: [] }, { segments: ['country', ['country', 'device']] }],
  'columns.<name>': [{ columns: { x: 'ignore' } }, { columns: { x: { bins: 5 } } }],
  other_columns: [{ other_columns: false }],
  'limits.segments': [{ limits: { segments: 1 } }],
  'limits.columns': [{ limits: { columns: 1 } }],
  'limits.keep': [{ limits: { segments: 1, keep: { country: ['CH'] } } }],
  joint: [{ joint: 'off' }, { joint: { most: 2 } }],
  'decision.false_alarms': [{ decision: { false_alarms: '1 per 1d' } }],
  'decision.psi': [{ decision: { psi: { minor: 0.05 } } }],
  'decision.rate': [{ decision: { rate: { minor: 0.001 } } }],
  'decision.correlation': [{ decision: { correlation: { minor: 0.05 } } }],
  'decision.season': [{ decision: { season: 'none' } }],
  'decision.resolve_after': [{ decision: { resolve_after: 1 } }, { decision: { resolve_after: 10 } }],
  'decision.minimum_events': [{ decision: { minimum_events: 1 } }, { decision: { minimum_events: 2000 } }],
  'decision.notify_from': [{ decision: { notify_from: 'minor' } }],
  baseline: [{ baseline: 'published' }, { baseline: 'previous_version' }, { baseline: { rolling: '4h' } }],
  'baseline.lag, every': [{ baseline: { rolling: '4h', lag: '30m', every: '10m' } }],
  'baseline.adopt_after': [{ baseline: { rolling: '4h', adopt_after: 'never' } }],
  mutes: [{ mutes: [{ from: '2026-01-01T00:30:00Z', to: '2026-01-01T02:00:00Z', reason: 'a test' }] }],
  quality: [{ quality: 'off' }],
  'quality.window': [{ quality: { window: '1h' } }, { quality: { window: '5m' } }],
  'quality.positive': [{ quality: { positive: '0' } }],
  'quality.metric': [{ quality: { metric: 'f1' } }],
  'quality.tolerance': [{ quality: { tolerance: 0.1 } }],
  'quality.minimum_labels': [{ quality: { minimum_labels: 10 } }],
  'quality.label_wait': [{ quality: { label_wait: '0s' } }, { quality: { label_wait: '30d' } }],
  labeling: [{ labeling: { share: 0.1 } }],
  prediction_log: [{ prediction_log: 'off' }],
  'prediction_log.keep': [{ prediction_log: { keep: 0.5 } }],
  'prediction_log.ttl': [{ prediction_log: { ttl: '2d' } }],
  'prediction_log.orphan_after': [{ prediction_log: { orphan_after: '0s' } }],
  'prediction_log.most_orphans': [{ prediction_log: { most_orphans: 1 } }],
  mapping: [{ mapping: { event_time: 'ts' } }],
};

function monitorOf(settings: Settings): Monitor {
  const parsed = parseMonitors(JSON.stringify({ ...USUAL, ...settings }), 'test');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return monitorFor(
    parsed.monitors.map(({ monitor }) => monitor),
    STREAM,
  );
}

/** What ClickHouse keeps: a row with the key of another replaces it. */
class Tables {
  readonly panes = new Map<string, PaneRow>();
  readonly windows = new Map<string, WindowRow>();

  write({ panes, windows }: { readonly panes: readonly PaneRow[]; readonly windows: readonly WindowRow[] }): void {
    for (const row of panes) {
      const { segment, start, size } = row.pane;
      this.panes.set(JSON.stringify([segmentId(segment), start, size, row.part]), row);
    }
    for (const row of windows) {
      this.windows.set(JSON.stringify([segmentId(row.segment), row.column, row.windowSize, row.windowStart]), row);
    }
  }

  read(needed: NeededPanes): PaneRow[] {
    const found = panesNeeded([...this.panes.values()], needed).filter(({ pane }) => pane.size === needed.paneSize);
    if (!needed.quality) return found.map((row) => ({ ...row, quality: null }));
    const nothing = { events: 0, columns: [], joint: null, vectors: [] };
    return found.filter(({ quality }) => quality !== null).map((row) => ({ ...row, ...nothing }));
  }
}

/** A minute's events, three every ten seconds: in the order of their times, or some of them late. */
function eventsOf(minute: number, late: boolean): number[] {
  return Array.from({ length: 18 }, (_, n) => {
    const time = START + minute * MINUTE + Math.floor(n / 3) * 10_000;
    return late && minute > 3 && n % 6 === 5 ? time - 90_000 : time;
  });
}

function batchOf(times: readonly number[]): EventBatch {
  const batch = new EventBatch(STREAM);
  times.forEach((time, n) => {
    const row = batch.append(`e${time}-${n}`, time);
    batch.column('x').setNumber(row, n);
    batch.column('y').setNumber(row, n * n);
    batch.column('prediction.score').setNumber(row, (n % 10) / 10);
    batch.segment('country').setString(row, n % 2 === 0 ? 'AT' : 'CH');
    batch.segment('device').setString(row, n % 4 < 2 ? 'phone' : 'desk');
  });
  return batch;
}

/**
 * Sketcher and detector while settings are changed and changed back, each restarted.
 * @param lag minutes by which the detector hears of it after the sketcher; negative: before it.
 */
function run(changed: Settings, late: boolean, lag: number) {
  const [usual, other] = [monitorOf({}), monitorOf(changed)];
  const book = new BaselineBook();
  const tables = new Tables();
  const knowing = (monitor: Monitor): StreamKnowledge => ({
    monitorOf: () => monitor,
    baselineOf: (stream) => book.of(stream, monitor.baseline),
  });
  let sketcher = new PartitionSketcher(knowing(usual));
  let detector = new Detector(0, knowing(usual));
  const log: ({ readonly partial: SketchPartial } | { readonly watermark: SourceWatermark })[] = [];
  const times: number[] = [];

  const settle = (): void => {
    const output = detector.drain();
    tables.write(output);
    for (const baseline of output.baselines) book.add(baseline);
  };
  const take = (offset: number): void => {
    const record = log[offset];
    if ('partial' in record) return detector.takePartial(offset, record.partial);
    detector.takeWatermark(offset, record.watermark);
    for (let [renewal] = detector.renewals; renewal !== undefined; [renewal] = detector.renewals) {
      settle();
      for (let needed = renewal.needed; needed !== null; needed = renewal.needed) {
        for (const row of tables.read(needed)) detector.giveTo(renewal, row);
        renewal.advance();
      }
      detector.renew(renewal);
    }
  };
  const takeAll = (from: number): void => {
    for (let offset = from; offset < log.length; offset++) take(offset);
    settle();
  };
  const restart = (monitor: Monitor): void => {
    const from = detector.oldestNeeded;
    const state = structuredClone(detector.snapshot()) satisfies DetectorSnapshot;
    detector = new Detector(0, knowing(monitor));
    for (const needed of detector.restore(state)) {
      for (const row of tables.read(needed)) detector.takeClosedPane(row);
    }
    takeAll(from);
  };
  const commit = (watermark: number): void => {
    const from = log.length;
    for (const partial of sketcher.drain()) log.push({ partial });
    log.push({ watermark: { sourcePartition: 0, sourcePartitions: 1, watermark, idleFor: 0 } });
    takeAll(from);
  };

  for (let minute = 0; minute < MINUTES; minute++) {
    CHANGED_AT.forEach((at, index) => {
      const [sketchers, detectors] = lag >= 0 ? [at, at + lag] : [at - lag, at];
      if (minute === sketchers) sketcher = new PartitionSketcher(knowing(index === 0 ? other : usual));
      if (minute === detectors) restart(index === 0 ? other : usual);
    });
    const each = eventsOf(minute, late);
    for (let part = 0; part < 18; part += 6) {
      sketcher.fold(batchOf(each.slice(part, part + 6)));
      commit(Math.max(...times, ...each.slice(0, part + 6)));
    }
    times.push(...each);
  }
  commit(START + MINUTES * MINUTE + 24 * HOUR);
  return { tables, times, usual, other };
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, each) => total + each, 0);

describe('A setting that is changed and changed back between two runs', () => {
  it('is tried whichever setting it is', () => {
    const doc = readFileSync(new URL('../../../../docs/monitor.md', import.meta.url), 'utf8');
    const table = doc.slice(doc.indexOf('| setting '), doc.indexOf('## The mapping of files'));
    const names = [...table.matchAll(/^\| (`.*?`) +\|/gm)].map(([, cell]) => cell.replaceAll('`', ''));
    assert.deepEqual(Object.keys(CHANGES), names);
  });

  for (const [setting, changes] of Object.entries(CHANGES)) {
    it(`loses and doubles nothing: ${setting}`, () => {
      for (const changed of changes) {
        for (const lag of [3, -3]) {
          for (const late of [false, true]) {
            const { tables, times, usual, other } = run(changed, late, lag);
            const what = `${JSON.stringify(changed)}, the detector ${lag} minutes after the sketcher`;
            const rows = [...tables.panes.values()];
            const events = rows.filter(({ pane }) => pane.segment.dimension === '').map((row) => row.events);
            assert.equal(sum(events), times.length, what);
            if (setting !== 'segments') {
              const countries = rows.filter(({ pane }) => pane.segment.dimension === 'country');
              assert.equal(sum(countries.map((row) => row.events)), times.length, `by country: ${what}`);
            }
            if (setting !== 'quality') {
              const all = rows.filter(({ pane }) => pane.segment.dimension === '');
              assert.equal(sum(all.map(({ quality }) => quality?.predictions ?? 0)), times.length, `answers: ${what}`);
            }
            if (!late) assertWhole(tables, times, [usual, other], what);
          }
        }
      }
    });
  }
});

/**
 * Every window has all of its events, and none is missing of those that were never changed. A pane that is longer than the windows have
 * become tells none of them what is in it.
 */
function assertWhole(tables: Tables, times: readonly number[], monitors: readonly Monitor[], what: string): void {
  const rows = [...tables.windows.values()].filter((row) => row.column === '' && row.segment.dimension === '');
  const panes = [...tables.panes.values()].map(({ pane }) => pane);
  for (const { windowStart, windowSize, events } of rows) {
    const longer = panes.some(
      ({ start, size }) => size > windowSize && start <= windowStart && start + size > windowStart,
    );
    if (longer) continue;
    const there = times.filter((time) => time >= windowStart && time < windowStart + windowSize).length;
    assert.equal(events, there, `${windowSize / MINUTE} m from ${(windowStart - START) / MINUTE}: ${what}`);
  }
  const [windows, ...others] = monitors.map((monitor) => monitor.windows);
  for (const { size, slide, origin } of windows) {
    const isSame = (window: Monitor['windows'][number]): boolean =>
      window.size === size && window.slide === slide && window.origin === origin;
    if (!others.every((each) => each.some(isSame))) continue;
    for (let start = START; start + size <= START + MINUTES * MINUTE; start += size) {
      const found = rows.some(({ windowStart, windowSize }) => windowStart === start && windowSize === size);
      assert.ok(found, `no window of ${size / MINUTE} m from ${(start - START) / MINUTE}: ${what}`);
    }
  }
}
