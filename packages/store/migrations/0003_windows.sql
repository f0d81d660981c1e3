-- Each column of each closed window beside its baseline.

CREATE TABLE IF NOT EXISTS {{database}}.windows_raw {{on_cluster}}
(
  model LowCardinality(String) COMMENT 'Name of the model',
  version LowCardinality(String) COMMENT 'Version of the model',
  role LowCardinality(String) COMMENT 'champion, shadow or canary',
  segment_dimension LowCardinality(String) COMMENT 'What events are sliced by (country, or country|device); empty: all events',
  segment_value String COMMENT 'The value of the dimension that the events have; empty: all events',
  column LowCardinality(String) COMMENT 'Name of the column; empty: the stream itself, its frequency',
  window_size_ms UInt64 COMMENT 'Length of the window in milliseconds',
  window_start DateTime64(3, 'UTC') COMMENT 'Start of the window, inclusive, in event time' CODEC(Delta, ZSTD(1)),
  events UInt64 COMMENT 'Events of the window',
  values UInt64 COMMENT 'Valid values of the column',
  events_per_second Float64 COMMENT 'Events per second of event time',
  mean Nullable(Float64) COMMENT 'Mean of a numeric column',
  standard_deviation Nullable(Float64) COMMENT 'Standard deviation of a numeric column',
  baseline_id LowCardinality(String) COMMENT 'The baseline compared with; empty: none',
  psi Nullable(Float64) COMMENT 'Population stability index; null where undefined',
  psi_debiased Nullable(Float64) COMMENT 'PSI less what sampling alone would give, at least 0; null where undefined',
  js_distance Nullable(Float64) COMMENT 'Jensen-Shannon distance, base 2, 0 to 1; null where undefined',
  hellinger Nullable(Float64) COMMENT 'Hellinger distance, 0 to 1; null where undefined',
  total_variation Nullable(Float64) COMMENT 'Total variation distance, 0 to 1; null where undefined',
  chi_square Nullable(Float64) COMMENT 'Chi-square statistic of the bins; null where undefined',
  chi_square_p Nullable(Float64) COMMENT 'Its p-value; null where undefined',
  ks Nullable(Float64) COMMENT 'Kolmogorov-Smirnov statistic; null where undefined',
  ks_p Nullable(Float64) COMMENT 'Its p-value; null where undefined',
  ks_error Nullable(Float64) COMMENT 'Greatest error of ks for being read from a sketch; null where undefined',
  wasserstein Nullable(Float64) COMMENT 'Wasserstein distance (order 1), in units of the column; null where undefined',
  wasserstein_by_sd Nullable(Float64) COMMENT 'The same, in standard deviations of the baseline; null where undefined',
  null_rate Nullable(Float64) COMMENT 'Share of cells, 0 to 1: of the events: null or absent; null where it does not apply',
  nan_rate Nullable(Float64) COMMENT 'Share of cells, 0 to 1: NaN; null where it does not apply',
  infinity_rate Nullable(Float64) COMMENT 'Share of cells, 0 to 1: infinite; null where it does not apply',
  type_error_rate Nullable(Float64) COMMENT 'Share of cells, 0 to 1: of the wrong type; null where it does not apply',
  unseen_rate Nullable(Float64) COMMENT 'Share of cells, 0 to 1: categories that the baseline lacks; null where it does not apply',
  out_of_range_rate Nullable(Float64) COMMENT 'Share of cells, 0 to 1: outside the range of the baseline; null where it does not apply',
  severity LowCardinality(String) COMMENT 'What the window showed: minor, moderate or major; empty: nothing, or it was not judged',
  written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, by the clock of the store'
)
ENGINE = {{replacing_merge_tree}}
PARTITION BY toYYYYMM(window_start)
ORDER BY (model, version, role, segment_dimension, segment_value, column, window_size_ms, window_start)
COMMENT 'Windows, before equal keys are replaced: query windows';

CREATE VIEW IF NOT EXISTS {{database}}.windows {{on_cluster}} AS
SELECT * EXCEPT written_at
FROM {{database}}.windows_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Distances and fault rates of each column of each window';
