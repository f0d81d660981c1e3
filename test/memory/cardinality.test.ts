import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { defaultMonitor, EventBatches, EventDecoder, LocalRegistry } from '@tidemark/contracts';
import { Detector, OTHER, PartitionSketcher, type DriftEvent, type Monitor, type PaneRow } from '@tidemark/monitoring';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1);
const MONITOR: Monitor = { ...defaultMonitor(), segments: [['country']] };
/** Records of one fetch, and of one commit. */
const BATCH = 2000;
const COMMIT = 10_000;
const MIB = 1 << 20;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

interface Explosion {
  readonly events: number;
  /** Milliseconds of event time between two events. */
  readonly step: number;
  readonly event: (i: number) => object;
}

interface Run {
  readonly decoded: number;
  readonly refused: ReadonlyMap<string, number>;
  /** Events in the panes of all events, in each value of the dimension, and values of each of a few columns. */
  readonly events: number;
  readonly countries: ReadonlyMap<string, number>;
  readonly values: ReadonlyMap<string, number>;
  readonly drift: readonly DriftEvent[];
  /** The most that the heap and array buffers grew, after a collection, at ten times while the events were folded, in MiB. */
  readonly growth: number;
}

/** From bytes to drift events, the log left out; keeps sums of what the detector gives, and nothing else. */
function explode({ events, step, event }: Explosion): Run {
  collect();
  const before = used();
  const decoder = new EventDecoder(new LocalRegistry());
  const knowledge = { monitorOf: () => MONITOR, baselineOf: () => null };
  const batches = new EventBatches({ dimensionsOf: () => ['country'] });
  const sketcher = new PartitionSketcher(knowledge);
  const detector = new Detector(0, knowledge);
  const run = {
    ...{ decoded: 0, events: 0, growth: 0, refused: new Map<string, number>() },
    ...{ countries: new Map<string, number>(), values: new Map<string, number>(), drift: [] as DriftEvent[] },
  };
  let offset = 0;
  const take = () => {
    const output = detector.drain();
    for (const pane of output.panes) addPane(run, pane);
    run.drift.push(...output.events);
  };
  const commit = () => {
    for (const partial of sketcher.drain()) detector.takePartial(offset++, partial);
    detector.takeWatermark(offset++, {
      sourcePartition: 0,
      sourcePartitions: 1,
      watermark: sketcher.watermark,
      idleFor: 0,
    });
    take();
  };
  for (let i = 0; i < events; i++) {
    const time = START + i * step;
    const fields = { event_id: `e${i}`, model: 'm', version: '1', event_time: time, ...event(i) };
    const decoded = decoder.decode(Buffer.from(JSON.stringify(fields)), batches, time);
    if (decoded.ok) run.decoded++;
    else run.refused.set(decoded.reason, (run.refused.get(decoded.reason) ?? 0) + 1);
    if ((i + 1) % BATCH === 0) {
      for (const batch of batches) sketcher.fold(batch);
      if ((i + 1) % (events / 10) === 0) measure();
      batches.clear();
    }
    if ((i + 1) % COMMIT === 0) commit();
  }
  measure();
  detector.finish();
  take();
  return run;

  function measure(): void {
    collect();
    run.growth = Math.max(run.growth, (used() - before) / MIB);
  }
}

function used(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function addPane(run: { events: number; countries: Map<string, number>; values: Map<string, number> }, row: PaneRow) {
  const { segment } = row.pane;
  if (segment.dimension === 'country') add(run.countries, segment.value, row.events);
  else run.events += row.events;
  if (segment.dimension !== '') return;
  for (const { name, values } of row.columns) add(run.values, name.startsWith('user_') ? 'user_*' : name, values);
}

function add(counts: Map<string, number>, key: string, n: number): void {
  counts.set(key, (counts.get(key) ?? 0) + n);
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

function told(run: Run, metric: string): DriftEvent[] {
  return run.drift.filter(({ findings }) => findings[0]?.metric === metric);
}

function bounded(t: TestContext, run: Run, bound: number): void {
  t.diagnostic(`${run.decoded} events; the heap grew by ${run.growth.toFixed(0)} MiB at most, ${bound} are allowed`);
  assert.ok(run.growth < bound, `the heap grew by ${run.growth.toFixed(0)} MiB, ${bound} are allowed`);
}

test('a category with a million values', (t) => {
  const events = 1_000_000;
  const run = explode({ events, step: 1, event: (i) => ({ features: { user: `user-${i}`, amount: i % 100 } }) });
  bounded(t, run, 24);
  assert.deepEqual([run.decoded, run.events, run.values.get('user'), run.values.get('amount')], Array(4).fill(events));
  assert.deepEqual(
    told(run, 'categories-over-limit').map(({ column }) => column),
    ['user'],
  );
});

test('ten thousand segment values', (t) => {
  const events = 100_000;
  const event = (i: number) => ({
    features: { amount: i % 100, plan: i % 3 === 0 ? 'pro' : 'free' },
    ...(i % 10 > 0 && { segments: { country: `c${(i * 7919) % 10_000}` } }),
  });
  const run = explode({ events, step: 6, event });
  bounded(t, run, 64);
  assert.equal(run.events, events);
  assert.equal(sum(run.countries), 0.9 * events);
  // The same two hundred in each of the eleven panes touched, but for values that a pane lacks.
  assert.ok(run.countries.size >= 200 && run.countries.size <= 11 * 200 + 1, `${run.countries.size} segments`);
  assert.ok((run.countries.get(OTHER) ?? 0) > 0.9 * sum(run.countries));
  assert.deepEqual(
    told(run, 'segments-over-limit').map(({ segment }) => segment.dimension),
    ['country'],
  );
});

test('a hundred thousand features named after ids', (t) => {
  const events = 50_000;
  const event = (i: number) => ({
    features: { amount: i % 100, [`user_${i}`]: 1, [`user_${events + i}`]: 1 },
    segments: { country: 'DE' },
  });
  // All in one pane, so that the sentence about it counts all cells.
  const run = explode({ events, step: 1, event });
  bounded(t, run, 128);
  const [over, ...more] = told(run, 'columns-over-limit');
  assert.deepEqual([run.values.get('amount'), run.countries.get('DE'), more.length], [events, events, 0]);
  const refused = Number(/(\d+) cells/.exec(over.summary)?.[1]);
  assert.equal((run.values.get('user_*') ?? 0) + refused, 2 * events);
  assert.match(over.summary, /such as "user_\d+"/);
});

test('ten thousand models', (t) => {
  const events = 50_000;
  const run = explode({
    events,
    step: MINUTE / 10_000,
    event: (i) => ({ model: `model-${(i * 7919) % 10_000}`, features: { amount: i % 100 } }),
  });
  bounded(t, run, 24);
  assert.deepEqual([...run.refused.keys()], ['too_many_streams']);
  assert.equal(run.events, run.decoded);
  assert.equal(run.decoded, 200 * (events / 10_000));
  assert.equal(run.decoded + sum(run.refused), events);
});
