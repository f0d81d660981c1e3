import type { QualityRow } from '@tidemark/monitoring';
import { wellFormed } from './sketch-columns.js';
import type { Store } from './store.js';
import type { InsertRow } from './insert-row.js';
import { streamColumns } from './stream-columns.js';
import { toTimestamp } from './timestamps.js';

/** Writes metrics of windows; one written again replaces itself. @throws StoreError; when it does, repeat the whole. */
export async function writeQuality(store: Store, rows: Iterable<QualityRow>): Promise<void> {
  await store.insert('quality_raw', Array.from(rows, insertRow));
}

function insertRow(row: QualityRow): InsertRow {
  return {
    ...streamColumns(row.stream, row.segment),
    metric: row.metric,
    window_start: toTimestamp(row.windowStart),
    window_size_ms: row.windowSize,
    baseline_id: row.baselineId ?? '',
    predictions: row.predictions,
    labels: row.labels,
    ...estimateColumns('realised', row.realised),
    ...estimateColumns('expected', row.expected),
    ...estimateColumns('estimated', row.estimated),
    reference: known(row.reference),
    verdict: row.verdict,
    labels_needed: row.labelsNeeded,
    evidence: row.evidence.map(wellFormed),
  };
}

function estimateColumns(name: string, { value, low, high }: QualityRow['realised']): InsertRow {
  return { [name]: known(value), [`${name}_low`]: known(low), [`${name}_high`]: known(high) };
}

/** What is not known, or not finite, is null to those who query. */
function known(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
