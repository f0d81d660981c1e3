import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  BaselineBook,
  Detector,
  PartitionSketcher,
  type Baseline,
  type Control,
  type DetectorKnowledge,
  type DetectorOutput,
  type DetectorSnapshot,
  type Monitor,
  type NeededPanes,
  type PaneRow,
  type SketchPartial,
  type SourceWatermark,
} from '../../src/index.js';
import { batchOf, knowledgeOf, MINUTE, MONITOR, random, START, type TestEvent } from '../fixtures.js';

type LogRecord = { partial: SketchPartial } | { watermark: SourceWatermark } | { control: Control };

const ORIGIN = { id: 'c1', by: 'ann', at: 0, comment: '' };

/** Events of so many minutes; `x` moves from `shiftFrom` on. */
function minutesOf(count: number, shiftFrom: number, shift = 0.6, seed = 7): TestEvent[][] {
  const next = random(seed);
  return Array.from({ length: count }, (_, minute) =>
    Array.from({ length: 120 }, (_, index) => {
      const country = next() < 0.7 ? 'DE' : 'FR';
      const normal = Array.from({ length: 12 }, next).reduce((sum, u) => sum + u, -6);
      const time = START + minute * MINUTE + Math.floor((index / 120) * MINUTE);
      return { time, country, features: { x: normal + (minute >= shiftFrom ? shift : 0) } };
    }),
  );
}

/** What a sketcher writes of them, a commit a minute. */
function logOf(minutes: readonly (readonly TestEvent[])[], monitor: Monitor = MONITOR): LogRecord[] {
  const sketcher = new PartitionSketcher(knowledgeOf(monitor));
  return minutes.flatMap((events): LogRecord[] => {
    sketcher.fold(batchOf(events));
    const watermark = { sourcePartition: 0, sourcePartitions: 1, watermark: sketcher.watermark, idleFor: 0 };
    return [...sketcher.drain().map((partial) => ({ partial })), { watermark }];
  });
}

function monitorControl(monitor: Monitor | null, revision = 1, of = MONITOR): Control {
  const document = monitor === null ? null : JSON.stringify(monitor);
  return { ...ORIGIN, kind: 'monitor', model: of.model, version: of.version, revision, hash: '', document };
}

/** Puts a control record before the record at an index. */
function withControl(log: readonly LogRecord[], at: number, ...controls: Control[]): LogRecord[] {
  return [...log.slice(0, at), ...controls.map((control) => ({ control })), ...log.slice(at)];
}

/** A detector with what surrounds it: a store of panes, a book of baselines, and the state that it left with its last drain. */
class Installation {
  readonly book = new BaselineBook(true);
  readonly panes: PaneRow[] = [];
  readonly outputs: DetectorOutput[] = [];
  /** The monitor of the file beside the service. */
  file: Monitor = MONITOR;

  get knowledge(): DetectorKnowledge {
    return {
      monitorOf: () => this.file,
      baselineOf: (stream, settings, named) => this.book.of(stream, settings, named),
      readMonitor: (document) => JSON.parse(document) as Monitor,
    };
  }

  start(snapshot: DetectorSnapshot | null = null): Detector {
    const detector = new Detector(0, this.knowledge);
    if (snapshot !== null) this.#give(detector, detector.restore(structuredClone(snapshot)));
    return detector;
  }

  run(detector: Detector, log: readonly LogRecord[], from = 0, to = log.length): void {
    for (let offset = from; offset < to; offset++) {
      const record = log[offset];
      if ('partial' in record) detector.takePartial(offset, record.partial);
      else if ('watermark' in record) detector.takeWatermark(offset, record.watermark);
      else this.#give(detector, detector.takeControl(offset, record.control));
      this.#keep(detector.drain());
    }
  }

  #keep(output: DetectorOutput): void {
    for (const baseline of output.baselines) this.book.add(baseline);
    this.panes.push(...output.panes);
    this.outputs.push(output);
  }

  #give(detector: Detector, needed: readonly NeededPanes[]): void {
    for (const { stream, from, to } of needed) {
      const rows = this.panes.filter(({ pane }) => pane.start >= from && pane.start < to);
      for (const row of rows.sort((a, b) => a.pane.start - b.pane.start)) {
        if (row.pane.stream.model === stream.model && row.pane.stream.version === stream.version)
          detector.takeClosedPane(row);
      }
    }
  }

  get judged() {
    return {
      panes: this.outputs
        .flatMap(({ panes }) => panes)
        .map(({ pane, part, events }) => [pane.start, pane.size, pane.segment.value, part, events]),
      windows: this.outputs
        .flatMap(({ windows }) => windows)
        .map((row) => [row.windowStart, row.windowSize, row.segment.value, row.column, row.events, row.severity]),
      events: this.outputs
        .flatMap(({ events }) => events)
        .map(({ id, status, severity, notify, muted }) => [id, status, severity, notify, muted]),
      answers: this.outputs.flatMap(({ answers }) => answers),
    };
  }
}

function unbroken(log: readonly LogRecord[], file = MONITOR): Installation {
  const installation = new Installation();
  installation.file = file;
  installation.run(installation.start(), log);
  return installation;
}

const SETTINGS: readonly (readonly [string, Partial<Monitor>])[] = [
  ['lateness up', { allowedLateness: 10 * MINUTE }],
  ['lateness down', { allowedLateness: 0 }],
  ['windows longer', { windows: [{ size: 10 * MINUTE, slide: 10 * MINUTE, origin: 0 }] }],
  ['windows more', { windows: [...MONITOR.windows, { size: 30 * MINUTE, slide: 10 * MINUTE, origin: 0 }] }],
  ['segments away', { segments: [] }],
  ['column ignored', { columns: { x: { ignore: true } } }],
  ['thresholds up', { decision: { ...MONITOR.decision, psi: { minor: 5, moderate: 6, major: 7 } } }],
  ['resolved later', { decision: { ...MONITOR.decision, resolveAfter: 6 } }],
  ['joint off', { joint: { columns: null, most: 0 } }],
];

describe('a monitor that takes force while the detector runs', () => {
  const log = logOf(minutesOf(90, 40));

  for (const [name, change] of SETTINGS) {
    test(`gives what a restart with it in the file would: ${name}`, () => {
      const changed = { ...MONITOR, ...change };
      for (const at of [0, 70, 151, 160, 200]) {
        const running = unbroken(withControl(log, at, monitorControl(changed)));
        const restarted = new Installation();
        const first = restarted.start();
        restarted.run(first, log, 0, at);
        restarted.file = changed;
        const second = restarted.start(first.snapshot());
        restarted.run(second, log, Math.min(at, first.oldestNeeded));
        // The control record has an offset of its own, which names late parts.
        assert.deepEqual(running.judged, restarted.judged, `changed before record ${at}`);
      }
    });
  }

  for (const pane of [30_000, 5 * MINUTE]) {
    test(`gives what a restart with it in the file would: panes of ${pane / 1000} s, which sketchers follow when they hear of it`, () => {
      const changed = { ...MONITOR, pane };
      const minutes = minutesOf(90, 40);
      // The sketchers change over at another record than the detector, in the middle of a window.
      for (const [at, sketchersAt] of [
        [100, 22],
        [100, 33],
        [130, 27],
      ]) {
        const mixed = [...logOf(minutes.slice(0, sketchersAt)), ...logOf(minutes.slice(sketchersAt), changed)];
        const running = unbroken(withControl(mixed, at, monitorControl(changed)));
        const restarted = new Installation();
        const first = restarted.start();
        restarted.run(first, mixed, 0, at);
        restarted.file = changed;
        const second = restarted.start(first.snapshot());
        restarted.run(second, mixed, Math.min(at, first.oldestNeeded));
        assert.deepEqual(running.judged, restarted.judged, `changed before record ${at}`);
        const events = running.outputs.flatMap(({ panes }) => panes).filter((row) => row.pane.segment.dimension === '');
        const counted = events.reduce((sum, row) => sum + row.events, 0);
        // All but what is still open at the end.
        assert.ok(counted >= 120 * 84 && counted <= 120 * 90, `${counted} events`);
      }
    });
  }

  test('changes what is judged after it, and nothing before', () => {
    const never = { ...MONITOR, decision: { ...MONITOR.decision, psi: { minor: 5, moderate: 6, major: 7 } } };
    const quiet = unbroken(withControl(log, 70, monitorControl(never)));
    const opened = (installation: Installation) =>
      installation.judged.events.filter(([, status]) => status === 'opened');
    assert.equal(opened(unbroken(log)).length, 1);
    assert.equal(opened(quiet).length, 0);
    const back = withControl(withControl(log, 70, monitorControl(never)), 180, monitorControl(null, 2));
    assert.equal(opened(unbroken(back)).length, 1);
  });

  test('an older revision, read late, changes nothing', () => {
    const wide = { ...MONITOR, allowedLateness: 10 * MINUTE };
    const once = unbroken(withControl(log, 70, monitorControl(wide, 3)));
    const twice = unbroken(withControl(log, 70, monitorControl(wide, 3), monitorControl(MONITOR, 2)));
    assert.deepEqual(twice.judged, once.judged);
  });
});

describe('a crash and what is read again', () => {
  const never = { ...MONITOR, decision: { ...MONITOR.decision, psi: { minor: 5, moderate: 6, major: 7 } } };
  const sale = { from: START + 30 * MINUTE, to: START + 60 * MINUTE, every: null, reason: 'sale', columns: null };
  const log = [
    [60, monitorControl({ ...MONITOR, allowedLateness: 2 * MINUTE })],
    [130, { ...ORIGIN, id: 'm1', kind: 'mute', model: 'm', version: '*', mute: sale }],
    [170, monitorControl(never, 2)],
    [200, { ...ORIGIN, kind: 'unmute', muteId: 'm1' }],
    [230, monitorControl(null, 3)],
  ].reduce<LogRecord[]>(
    (records, [at, control]) => withControl(records, at as number, control as Control),
    logOf(minutesOf(90, 40)),
  );

  test('judge the same, wherever it comes', () => {
    const whole = unbroken(log).judged;
    const next = random(5);
    for (let round = 0; round < 25; round++) {
      const stop = Math.floor(next() * log.length);
      const broken = new Installation();
      const first = broken.start();
      broken.run(first, log, 0, stop);
      const second = broken.start(first.snapshot());
      broken.run(second, log, first.oldestNeeded);
      assert.deepEqual(broken.judged, whole, `stopped at record ${stop}`);
    }
  });

  test('judge by the baseline that the log has put in force, whenever another is heard of', () => {
    const learnt = unbroken(log.filter((record) => !('control' in record))).outputs.flatMap(
      ({ baselines }) => baselines,
    )[0];
    const published: Baseline = { ...learnt, id: 'published', createdAt: Date.UTC(2026, 5, 1) };
    const plain = logOf(minutesOf(90, 40));
    const told: Control = {
      ...ORIGIN,
      kind: 'baseline',
      model: 'm',
      version: learnt.version,
      baselineId: 'published',
      hash: '',
    };
    const controlled = withControl(plain, 200, told);
    const idsOf = (heardAt: number, stop: number) => {
      const installation = new Installation();
      let detector = installation.start();
      for (let offset = 0; offset < controlled.length; offset++) {
        if (offset === heardAt) installation.book.add(published);
        if (offset === stop) {
          const from = detector.oldestNeeded;
          detector = installation.start(detector.snapshot());
          installation.run(detector, controlled, from, offset);
        }
        installation.run(detector, controlled, offset, offset + 1);
      }
      return installation.outputs.flatMap(({ windows }) => windows.map((row) => [row.windowStart, row.baselineId]));
    };
    const early = idsOf(60, 120);
    assert.deepEqual(idsOf(200, -1), early);
    assert.deepEqual(idsOf(150, 180), early);
    const ids = new Set(early.map(([, id]) => id));
    assert.deepEqual(
      [...ids].filter((id) => id !== null && id !== ''),
      [learnt.id, 'published'],
    );
  });
});

describe('mutes and answers', () => {
  const log = logOf(minutesOf(90, 40));
  const opened = (installation: Installation) =>
    installation.outputs.flatMap(({ events }) => events).filter(({ status }) => status === 'opened');

  test('a mute keeps what is judged after it from being sent, for its model alone, until it is taken back', () => {
    const mute = { from: START + 30 * MINUTE, to: START + 80 * MINUTE, every: null, reason: 'sale', columns: null };
    const of = (model: string, id = 'm1'): Control => ({ ...ORIGIN, id, kind: 'mute', model, version: '*', mute });
    const [event] = opened(unbroken(withControl(log, 100, of('m'))));
    assert.deepEqual([event.notify, event.muted], [false, 'sale']);
    assert.equal(opened(unbroken(withControl(log, 100, of('*'))))[0].notify, false);
    assert.equal(opened(unbroken(withControl(log, 100, of('other'))))[0].notify, true);
    const back: Control = { ...ORIGIN, id: 'c2', kind: 'unmute', muteId: 'm1' };
    assert.equal(opened(unbroken(withControl(log, 100, of('m'), back)))[0].notify, true);
  });

  test('an acknowledged incident is sent again only when it gets worse, and when it ends', () => {
    // It outlasts a mute, which would send it; somebody takes care of it by then.
    const mute = { from: START + 30 * MINUTE, to: START + 50 * MINUTE, every: null, reason: 'sale', columns: null };
    const muted = withControl(log, 100, { ...ORIGIN, kind: 'mute', model: 'm', version: '*', mute });
    const sent = (installation: Installation) =>
      installation.outputs
        .flatMap(({ events }) => events)
        .filter(({ signal }) => signal !== 'baseline')
        .map(({ status, notify }) => `${status} ${notify}`);
    const plain = unbroken(muted);
    assert.deepEqual(sent(plain), ['opened false', 'updated true']);
    const [{ incidentId }] = opened(plain);
    const at = 240;
    const acknowledged = unbroken(withControl(muted, at, { ...ORIGIN, kind: 'acknowledgement', incidentId }));
    assert.deepEqual(sent(acknowledged), ['opened false', 'updated false']);
    assert.deepEqual(
      acknowledged.judged.answers.map(({ kind, incidentId: id, by }) => [kind, id, by]),
      [['acknowledgement', incidentId, 'ann']],
    );
    const other = unbroken(withControl(muted, at, { ...ORIGIN, kind: 'acknowledgement', incidentId: 'another' }));
    assert.deepEqual(sent(other), sent(plain));
  });

  test('feedback is given out once, by the detector of the first partition, whatever became of the incident', () => {
    const control: Control = { ...ORIGIN, kind: 'feedback', incidentId: 'long-gone', answer: 'false-alarm' };
    assert.deepEqual(unbroken(withControl(log, 10, control)).judged.answers, [control]);
    const second = new Detector(1, new Installation().knowledge);
    second.takeControl(0, control);
    assert.deepEqual(second.drain().answers, []);
  });
});
