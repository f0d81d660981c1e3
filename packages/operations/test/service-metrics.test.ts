import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEAD_LETTER_REASONS } from '@tidemark/contracts';
import { ServiceMetrics } from '../src/index.js';
import { samplesOf } from './exposition.js';

async function samples(metrics: ServiceMetrics): Promise<ReadonlyMap<string, number>> {
  return samplesOf(await metrics.text());
}

describe('ServiceMetrics', () => {
  it('counts under the names that dashboards rest on', async () => {
    const metrics = new ServiceMetrics();
    metrics.recordsConsumed(7);
    metrics.recordsConsumed(5);
    metrics.deadLetter('bad_magic');
    metrics.partialsWritten(3);
    metrics.lag(2, 40);
    metrics.openPanes(2, 9);
    metrics.windowsClosed(4);
    metrics.driftEvent('opened', 'major');
    metrics.driftEvent('opened', 'major');
    metrics.unreadableRecord();
    metrics.rebalanced();
    metrics.restarted();
    metrics.dependency('kafka', true);
    const found = await samples(metrics);
    const expected = {
      tidemark_records_consumed_total: 12,
      'tidemark_dead_letters_total{reason="bad_magic"}': 1,
      tidemark_partials_written_total: 3,
      'tidemark_consumer_lag_records{partition="2"}': 40,
      'tidemark_open_panes{partition="2"}': 9,
      tidemark_windows_closed_total: 4,
      'tidemark_drift_events_total{status="opened",severity="major"}': 2,
      tidemark_unreadable_records_total: 1,
      tidemark_rebalances_total: 1,
      tidemark_loop_restarts_total: 1,
      'tidemark_dependency_up{dependency="kafka"}': 1,
    };
    assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, found.get(name)])), expected);
    assert.ok((found.get('process_resident_memory_bytes') ?? 0) > 1e6);
  });

  it('shows every reason of a dead letter from the start, so that the first one is a rise', async () => {
    const found = await samples(new ServiceMetrics());
    for (const reason of Object.keys(DEAD_LETTER_REASONS)) {
      assert.equal(found.get(`tidemark_dead_letters_total{reason="${reason}"}`), 0);
    }
  });

  it('measures the delay of the watermark when it is asked, in seconds', async () => {
    let now = 1_800_000_000_000;
    const metrics = new ServiceMetrics(() => now);
    metrics.watermark(0, now - 2000);
    metrics.watermark(1, -Infinity);
    const delay = async () => (await samples(metrics)).get('tidemark_watermark_delay_seconds{partition="0"}');
    assert.equal(await delay(), 2);
    now += 10_000;
    assert.equal(await delay(), 12);
    const found = await samples(metrics);
    assert.equal(found.get('tidemark_watermark_timestamp_seconds{partition="0"}'), 1_799_999_998);
    assert.equal(found.has('tidemark_watermark_delay_seconds{partition="1"}'), false);
  });

  it('forgets partitions that went', async () => {
    const metrics = new ServiceMetrics();
    for (const partition of [0, 1]) {
      metrics.lag(partition, 1);
      metrics.openPanes(partition, 1);
      metrics.watermark(partition, 1e12);
    }
    metrics.forget([0]);
    const ofPartition = async (partition: number) =>
      [...(await samples(metrics)).keys()].filter((name) => name.includes(`partition="${partition}"`)).length;
    assert.equal(await ofPartition(0), 0);
    assert.equal(await ofPartition(1), 4);
  });

  it('forgets every partition of a service that failed, as others may have them', async () => {
    const metrics = new ServiceMetrics();
    metrics.lag(0, 8441);
    metrics.openPanes(0, 62);
    metrics.watermark(0, 1e12);
    metrics.forgetAll();
    const names = [...(await samples(metrics)).keys()];
    assert.deepEqual(
      names.filter((name) => name.includes('partition="0"')),
      [],
    );
  });

  it('times what succeeds, and counts what fails by its code', async () => {
    const metrics = new ServiceMetrics();
    const slow = <T>(value: T) => new Promise<T>((resolve) => setTimeout(resolve, 30, value));
    assert.equal(await metrics.commit(() => slow('done')), 'done');
    await metrics.write('panes', () => slow(null));
    const failure = Object.assign(new Error('no answer'), { code: 'unreachable' });
    await assert.rejects(
      metrics.write('windows', () => Promise.reject(failure)),
      failure,
    );
    await assert.rejects(metrics.commit(() => Promise.reject(new Error('?'))));
    const found = await samples(metrics);
    assert.equal(found.get('tidemark_commit_duration_seconds_count'), 1);
    assert.equal(found.get('tidemark_commit_failures_total{code="failed"}'), 1);
    assert.equal(found.get('tidemark_store_write_duration_seconds_count{table="panes"}'), 1);
    assert.equal(found.get('tidemark_store_write_duration_seconds_bucket{le="0.01",table="panes"}'), 0);
    assert.equal(found.get('tidemark_store_write_duration_seconds_bucket{le="+Inf",table="panes"}'), 1);
    assert.equal(found.get('tidemark_store_write_failures_total{table="windows",code="unreachable"}'), 1);
    assert.equal(found.has('tidemark_store_write_duration_seconds_count{table="windows"}'), false);
  });
});
