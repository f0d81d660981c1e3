import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LocalRegistry, RecordWriter, topicsOf } from '@tidemark/contracts';
import { OperationsServer, ServiceHealth, ServiceMetrics, WatchedLog, watchDependencies } from '@tidemark/operations';
import { samplesOf } from '@tidemark/operations/test/exposition.js';
import { startSketcher } from '@tidemark/sketcher';
import { MemoryLog } from '@tidemark/transport';
import { detectorReports, readingReports, sketcherReports } from '../src/service-reports.js';
import { topicSettings } from '../src/topic-settings.js';

const PARTITIONS = 2;
const START = Date.UTC(2026, 0, 5);

describe('sketcherReports', () => {
  it('shows over HTTP what a sketcher has read, written and turned away', { timeout: 30_000 }, async () => {
    const topics = topicsOf('');
    const registry = new LocalRegistry();
    const health = new ServiceHealth();
    const metrics = new ServiceMetrics(() => START + 90_000);
    const log = new WatchedLog(new MemoryLog(), health, metrics);
    const server = await OperationsServer.start({ host: '127.0.0.1', port: 0, health, metrics });
    const get = (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`);
    const samples = async () => samplesOf(await (await get('/metrics')).text());

    await log.ensureTopics(topicSettings(topics, PARTITIONS));
    assert.equal((await get('/healthz/ready')).status, 503);
    const sketcher = await startSketcher({
      log,
      registry,
      monitors: [],
      topics,
      group: 'g',
      commitInterval: 20,
      idleTimeout: 60_000,
      now: Date.now,
      ...sketcherReports(metrics),
    });
    health.enter('running');
    const checks = { kafka: () => log.measureLag(topics.events) };
    const end = watchDependencies(checks, health, metrics, { interval: 10 });

    const writer = await RecordWriter.open(registry, ['InferenceEvent']);
    const good = Array.from({ length: 40 }, (_, n) =>
      writer.encode('InferenceEvent', {
        eventId: String(n),
        model: 'm',
        version: '1',
        eventTime: START + n * 1000,
        features: { x: n },
        prediction: { score: 0.5 },
      }),
    );
    const bad = [Buffer.from('neither'), Buffer.from('neither'), Buffer.alloc(0), Buffer.from('{"half":')];
    const producer = await log.producer();
    await producer.send(
      [...good, ...bad].map((value, n) => ({ topic: topics.events, partition: n % PARTITIONS, key: null, value })),
    );

    const deadline = Date.now() + 10_000;
    let found = await samples();
    const of = (name: string) => found.get(`tidemark_${name}`) ?? NaN;
    const reported = () =>
      of('dead_letters_total{reason="bad_magic"}') === 2 &&
      of('consumer_lag_records{partition="0"}') === 0 &&
      of('consumer_lag_records{partition="1"}') === 0 &&
      of('watermark_delay_seconds{partition="1"}') > 0;
    while (!reported() && Date.now() < deadline) found = await samples();

    assert.equal(of('records_consumed_total'), 44);
    assert.equal(of('dead_letters_total{reason="bad_magic"}'), 2);
    assert.equal(of('dead_letters_total{reason="empty"}'), 1);
    assert.equal(of('dead_letters_total{reason="invalid_json"}'), 1);
    assert.ok(of('partials_written_total') >= PARTITIONS);
    assert.ok(of('commit_duration_seconds_count') >= PARTITIONS);
    assert.equal(of('rebalances_total'), 1);
    assert.equal(of('dependency_up{dependency="kafka"}'), 1);
    // The last event of partition 1 is of second 39, that of partition 0 of second 38; the clock stands at 90.
    assert.equal(of('watermark_delay_seconds{partition="1"}'), 51);
    assert.equal(of('watermark_delay_seconds{partition="0"}'), 52);
    assert.equal((await get('/healthz/live')).status, 200);
    const ready = await get('/healthz/ready');
    assert.equal(ready.status, 200);
    assert.deepEqual(((await ready.json()) as { partitions: number[] }).partitions, [0, 1]);

    await sketcher.stop();
    end();
    found = await samples();
    assert.ok(Number.isNaN(of('consumer_lag_records{partition="0"}')), 'partitions that went are not reported');
    await log.close();
    await server.close();
  });
});

describe('detectorReports', () => {
  it('counts a window once, whatever it has of columns and segments, and drift events by kind', async () => {
    const metrics = new ServiceMetrics();
    const { onFlush, onUnreadable } = detectorReports(metrics);
    const all = { dimension: '', value: '' };
    const output = {
      panes: [],
      baselines: [],
      windows: [
        { column: '', segment: all },
        { column: 'x', segment: all },
        { column: '', segment: { dimension: 'country', value: 'DE' } },
        { column: '', segment: all },
      ],
      events: [{ id: '1', status: 'opened', severity: 'major', stream: {}, column: 'x', summary: '' }],
    } as unknown as Parameters<typeof onFlush>[1];
    onFlush(3, output, { watermark: START, openPanes: 7, setAside: 2 });
    onUnreadable({ topic: 't', partition: 3, offset: 1 } as Parameters<typeof onUnreadable>[0], 'damaged');
    const samples = samplesOf(await metrics.text());
    assert.equal(samples.get('tidemark_windows_closed_total'), 2);
    assert.equal(samples.get('tidemark_drift_events_total{status="opened",severity="major"}'), 1);
    assert.equal(samples.get('tidemark_open_panes{partition="3"}'), 7);
    assert.equal(samples.get('tidemark_detector_streams_set_aside{partition="3"}'), 2);
    assert.equal(samples.get('tidemark_watermark_timestamp_seconds{partition="3"}'), START / 1000);
    assert.equal(samples.get('tidemark_unreadable_records_total'), 1);
  });
});

describe('readingReports', () => {
  it('counts and logs a position that is not in the log, with what may have happened', async (t) => {
    const lines: Record<string, unknown>[] = [];
    t.mock.method(process.stderr, 'write', (line: string) => {
      lines.push(JSON.parse(line) as Record<string, unknown>);
      return true;
    });
    const metrics = new ServiceMetrics();
    const { onOffsetOutOfRange } = readingReports(metrics);
    const place = { service: 'detector', topic: 'sketch-partials', partition: 2 };
    onOffsetOutOfRange({ ...place, position: 600, begin: 0, end: 20, continuedAt: 0 });
    onOffsetOutOfRange({ ...place, position: 600, begin: 650, end: 700, continuedAt: 650 });
    t.mock.restoreAll();
    const samples = samplesOf(await metrics.text());
    assert.equal(samples.get('tidemark_offsets_out_of_range_total'), 2);
    const [anew, expired] = lines;
    assert.deepEqual(
      lines.map(({ level, topic, partition, position, begin, end }) => ({
        level,
        topic,
        partition,
        position,
        begin,
        end,
      })),
      [
        { level: 'error', topic: 'sketch-partials', partition: 2, position: 600, begin: 0, end: 20 },
        { level: 'error', topic: 'sketch-partials', partition: 2, position: 600, begin: 650, end: 700 },
      ],
    );
    assert.match(String(anew.message), /made anew, cut, or is a copy/);
    assert.match(String(expired.message), /50 offsets had expired/);
  });
});
