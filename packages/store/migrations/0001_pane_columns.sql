-- What is kept of each column of each pane. A row with the key of another replaces it, so a replay overwrites and never
-- doubles; pane_columns shows only the row that stands.

CREATE TABLE IF NOT EXISTS {{database}}.pane_columns_raw {{on_cluster}}
(
  model LowCardinality(String) COMMENT 'Name of the model',
  version LowCardinality(String) COMMENT 'Version of the model',
  role LowCardinality(String) COMMENT 'champion, shadow or canary',
  segment_dimension LowCardinality(String) COMMENT 'What events are sliced by (country, or country|device); empty: all events',
  segment_value String COMMENT 'The value of the dimension that the events have; empty: all events',
  column LowCardinality(String) COMMENT 'Name of the column: a feature, or prediction.score, prediction.class ...',
  pane_start DateTime64(3, 'UTC') COMMENT 'Start of the pane, inclusive, in event time' CODEC(Delta, ZSTD(1)),
  pane_size_ms UInt32 COMMENT 'Length of the pane in milliseconds',
  part LowCardinality(String) COMMENT 'pane: all that had come when the pane closed; late-<partition>-<offset>: what came later. The parts of a pane add up',
  events UInt64 COMMENT 'Events in this part of the pane, with or without the column',
  baseline_id LowCardinality(String) COMMENT 'Baseline in force when the events were counted; empty: none',
  kind LowCardinality(String) COMMENT 'numeric, integer, categorical or boolean',
  values UInt64 COMMENT 'Valid values: finite numbers, or categories',
  nulls UInt64 COMMENT 'Cells that were null',
  nans UInt64 COMMENT 'Numbers that were NaN',
  positive_infinities UInt64 COMMENT 'Numbers that were +Infinity',
  negative_infinities UInt64 COMMENT 'Numbers that were -Infinity',
  type_errors UInt64 COMMENT 'Values of another type than the column''s',
  out_of_range UInt64 COMMENT 'Numbers outside the range of the baseline; part of values',
  mean Nullable(Float64) COMMENT 'Mean of the values; null where there are none. Merge: sum(mean * values) / sum(values)',
  m2 Nullable(Float64) COMMENT 'Sum of squared deviations from the mean; null where there are no values',
  min Nullable(Float64) COMMENT 'Least value; null where there are none',
  max Nullable(Float64) COMMENT 'Greatest value; null where there are none',
  bin_layout LowCardinality(String) COMMENT 'The bins, as JSON: edges (bin i is [edges[i-1], edges[i])) with the range of the baseline, or categories (one more bin for all others). Empty: not binned. Merge bins of equal layouts only',
  bins Array(UInt64) COMMENT 'Counts in the bins of bin_layout. Merge: sumForEach(bins), grouped by bin_layout',
  bins_estimated Bool COMMENT 'Some of these counts were estimated from a digest, as they had been counted in other bins',
  digest_bytes String EPHEMERAL 'AA==' COMMENT 'Only when inserting: the state of digest in base64',
  digest AggregateFunction(quantilesTDigest(0.5), Float64) DEFAULT CAST(base64Decode(digest_bytes), 'AggregateFunction(quantilesTDigest(0.5), Float64)') COMMENT 'Distribution of numbers. Merge: quantilesTDigestMerge(0.1, 0.5, 0.9)(digest), at any levels',
  digest_exact_bytes String EPHEMERAL '' COMMENT 'Only when inserting: digest_exact in base64',
  digest_exact String DEFAULT base64Decode(digest_exact_bytes) COMMENT 'The same in 64 bits and a form of Tidemark''s own' CODEC(ZSTD(3)) TTL toDateTime(written_at) + INTERVAL 14 DAY,
  categories Map(String, UInt64) COMMENT 'Counts of the most frequent categories. Merge: sumMap(categories)',
  category_other UInt64 COMMENT 'Values counted in none of categories',
  distinct_bytes String EPHEMERAL '' COMMENT 'Only when inserting: distinct_registers in base64',
  distinct_registers Array(UInt8) DEFAULT reinterpret(base64Decode(distinct_bytes), 'Array(UInt8)') COMMENT 'HyperLogLog of the distinct values: 1024 registers, or none where there are no values. Merge: maxForEach(distinct_registers)' CODEC(ZSTD(3)),
  written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, by the clock of the store'
)
ENGINE = {{replacing_merge_tree}}
PARTITION BY toYYYYMM(pane_start)
ORDER BY (model, version, role, segment_dimension, segment_value, column, pane_start, pane_size_ms, part)
COMMENT 'Sketches of columns by pane and part, before equal keys are replaced: query pane_columns';

CREATE VIEW IF NOT EXISTS {{database}}.pane_columns {{on_cluster}} AS
SELECT * EXCEPT written_at
FROM {{database}}.pane_columns_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Sketches of columns by pane and part. Everything merges over any slice of time, segment and part';
