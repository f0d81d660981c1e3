-- Baselines and what they hold of each column. Ids are hashes of the content, so rows of equal keys are equal.

CREATE TABLE IF NOT EXISTS {{database}}.baselines_raw {{on_cluster}}
(
  model LowCardinality(String) COMMENT 'Name of the model',
  version LowCardinality(String) COMMENT 'The version it holds for; *: every version without one of its own',
  baseline_id String COMMENT 'A hash of its content',
  created_at DateTime64(3, 'UTC') COMMENT 'The newest of a model and version is in force',
  source String COMMENT 'Where it came from: the name of a file, or: first windows',
  rows UInt64 COMMENT 'Rows it was built from',
  period_start Nullable(DateTime64(3, 'UTC')) COMMENT 'Event time it covers; null where the source had no times',
  period_end Nullable(DateTime64(3, 'UTC')) COMMENT 'Event time it covers; null where the source had no times',
  written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, by the clock of the store'
)
ENGINE = {{replacing_merge_tree}}
ORDER BY (model, version, baseline_id)
COMMENT 'Baselines, before equal keys are replaced: query baselines';

CREATE VIEW IF NOT EXISTS {{database}}.baselines {{on_cluster}} AS
SELECT * EXCEPT written_at
FROM {{database}}.baselines_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Baselines of every model and version, the old ones too';

CREATE TABLE IF NOT EXISTS {{database}}.baseline_columns_raw {{on_cluster}}
(
  baseline_id String COMMENT 'The baseline it is part of',
  column String COMMENT 'Name of the column',
  position UInt32 COMMENT 'Its place among the columns, from 0',
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
  digest_exact String DEFAULT base64Decode(digest_exact_bytes) COMMENT 'The same in 64 bits and a form of Tidemark''s own' CODEC(ZSTD(3)),
  categories Map(String, UInt64) COMMENT 'Counts of the most frequent categories. Merge: sumMap(categories)',
  category_other UInt64 COMMENT 'Values counted in none of categories',
  distinct_bytes String EPHEMERAL '' COMMENT 'Only when inserting: distinct_registers in base64',
  distinct_registers Array(UInt8) DEFAULT reinterpret(base64Decode(distinct_bytes), 'Array(UInt8)') COMMENT 'HyperLogLog of the distinct values: 1024 registers, or none where there are no values. Merge: maxForEach(distinct_registers)' CODEC(ZSTD(3)),
  written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, by the clock of the store'
)
ENGINE = {{replacing_merge_tree}}
ORDER BY (baseline_id, column)
COMMENT 'Columns of baselines, before equal keys are replaced: query baseline_columns';

CREATE VIEW IF NOT EXISTS {{database}}.baseline_columns {{on_cluster}} AS
SELECT * EXCEPT written_at
FROM {{database}}.baseline_columns_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Sketches of the columns of baselines';
