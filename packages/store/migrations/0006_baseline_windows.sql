-- How a baseline's columns were from window to window: what the decisions learn about variation without drift.

ALTER TABLE {{database}}.baselines_raw {{on_cluster}}
  ADD COLUMN IF NOT EXISTS window_size_ms Nullable(UInt64) COMMENT 'Size of its windows in milliseconds; 0: the source had no times, everything is one; null: it has none' AFTER period_end;

CREATE OR REPLACE VIEW {{database}}.baselines {{on_cluster}} AS
SELECT * EXCEPT written_at
FROM {{database}}.baselines_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Baselines of every model and version, the old ones too';

CREATE TABLE IF NOT EXISTS {{database}}.baseline_windows_raw {{on_cluster}}
(
  baseline_id String COMMENT 'The baseline it is part of',
  segment_dimension LowCardinality(String) COMMENT 'Empty: all events',
  segment_value String COMMENT 'Value of the segment; empty: all events',
  window_start DateTime64(3, 'UTC') COMMENT 'Where it starts; a segment''s only one stands for all of them',
  window_size_ms UInt64 COMMENT 'Milliseconds; 0: the source had no times, everything is one',
  column String COMMENT 'Name of the column',
  position UInt32 COMMENT 'Its place among the columns, from 0',
  events UInt64 COMMENT 'Events of the segment in the window',
  nulls UInt64 COMMENT 'Events without a value: null, or the column missing',
  nans UInt64 COMMENT 'Numbers that were NaN',
  infinities UInt64 COMMENT 'Numbers that were infinite',
  type_errors UInt64 COMMENT 'Values of another type than the column''s',
  out_of_range UInt64 COMMENT 'Numbers outside the range of the baseline',
  bins Array(UInt64) COMMENT 'Counts in the bins of the baseline''s column. Merge: sumForEach(bins)',
  written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, by the clock of the store'
)
ENGINE = {{replacing_merge_tree}}
ORDER BY (baseline_id, segment_dimension, segment_value, window_start, column)
COMMENT 'Windows of baselines, before equal keys are replaced: query baseline_windows';

CREATE VIEW IF NOT EXISTS {{database}}.baseline_windows {{on_cluster}} AS
SELECT * EXCEPT written_at
FROM {{database}}.baseline_windows_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Counts of the columns of baselines, window by window';
