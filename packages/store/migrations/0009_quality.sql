-- Answers and ground truth of each pane of each segment.

CREATE TABLE IF NOT EXISTS {{database}}.pane_quality_raw {{on_cluster}}
(
  model LowCardinality(String) COMMENT 'Name of the model',
  version LowCardinality(String) COMMENT 'Version of the model',
  role LowCardinality(String) COMMENT 'champion, shadow or canary',
  segment_dimension LowCardinality(String) COMMENT 'What events are sliced by (country, or country|device); empty: all events',
  segment_value String COMMENT 'The value of the dimension that the events have; empty: all events',
  pane_start DateTime64(3, 'UTC') COMMENT 'Start of the pane, inclusive, in event time' CODEC(Delta, ZSTD(1)),
  pane_size_ms UInt32 COMMENT 'Length of the pane in milliseconds',
  part LowCardinality(String) COMMENT 'pane: all that had come when the pane closed; late-<partition>-<offset>: what came later, as labels do. The parts of a pane add up',
  predictions Int64 COMMENT 'Answered events in this part of the pane',
  labels Int64 COMMENT 'Events whose ground truth came in this part, less those whose label was taken back: below 0 where more were',
  sketch_bytes String EPHEMERAL '' COMMENT 'Only when inserting: sketch in base64',
  sketch String DEFAULT base64Decode(sketch_bytes) COMMENT 'Scores, classes and outcomes in a form of Tidemark''s own; the table quality has what they give' CODEC(ZSTD(3)),
  written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, by the clock of the store'
)
ENGINE = {{replacing_merge_tree}}
PARTITION BY toYYYYMM(pane_start)
ORDER BY (model, version, role, segment_dimension, segment_value, pane_start, pane_size_ms, part)
COMMENT 'Quality by pane and part, before equal keys are replaced: query pane_quality';

CREATE VIEW IF NOT EXISTS {{database}}.pane_quality {{on_cluster}} AS
SELECT * EXCEPT written_at
FROM {{database}}.pane_quality_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Answers and ground truth by pane and part: sum(predictions), sum(labels) over any slice';

CREATE TABLE IF NOT EXISTS {{database}}.quality_raw {{on_cluster}}
(
  model LowCardinality(String) COMMENT 'Name of the model',
  version LowCardinality(String) COMMENT 'Version of the model',
  role LowCardinality(String) COMMENT 'champion, shadow or canary',
  segment_dimension LowCardinality(String) COMMENT 'What events are sliced by; empty: all events',
  segment_value String COMMENT 'The value of the dimension that the events have; empty: all events',
  metric LowCardinality(String) COMMENT 'accuracy, precision, recall, f1, roc_auc ... of classes; mae, rmse ... of values',
  window_start DateTime64(3, 'UTC') COMMENT 'Start of the window, inclusive, in event time' CODEC(Delta, ZSTD(1)),
  window_size_ms UInt64 COMMENT 'Length of the window in milliseconds',
  baseline_id LowCardinality(String) COMMENT 'The baseline in force; empty: none',
  predictions Int64 COMMENT 'Answered events',
  labels Int64 COMMENT 'Those of them whose ground truth has come',
  realised Nullable(Float64) COMMENT 'Of the labelled events; null where there are none',
  realised_low Nullable(Float64) COMMENT 'Its interval of 95 %',
  realised_high Nullable(Float64) COMMENT 'Its interval of 95 %',
  expected Nullable(Float64) COMMENT 'Expected of all answers, without any label of the window; null where there is no reference',
  expected_low Nullable(Float64) COMMENT 'Its interval of 95 %',
  expected_high Nullable(Float64) COMMENT 'Its interval of 95 %',
  estimated Nullable(Float64) COMMENT 'Of all answers, from labels and expectation together: prediction-powered inference',
  estimated_low Nullable(Float64) COMMENT 'Its interval of 95 %',
  estimated_high Nullable(Float64) COMMENT 'Its interval of 95 %',
  reference Nullable(Float64) COMMENT 'Of the baseline, or of the first labelled windows; null where there is none',
  verdict LowCardinality(String) COMMENT 'unchanged, inputs-changed, inputs-changed-quality-fell, concept-drift, base-rate-changed, not-enough-labels or no-reference',
  labels_needed UInt64 COMMENT 'So many more labels are needed for a verdict; 0: none',
  evidence Array(String) COMMENT 'What the verdict rests on, a fact each',
  written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, by the clock of the store'
)
ENGINE = {{replacing_merge_tree}}
PARTITION BY toYYYYMM(window_start)
ORDER BY (model, version, role, segment_dimension, segment_value, metric, window_size_ms, window_start)
COMMENT 'Quality of windows, before equal keys are replaced: query quality';

CREATE VIEW IF NOT EXISTS {{database}}.quality {{on_cluster}} AS
SELECT * EXCEPT written_at
FROM {{database}}.quality_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Each metric of each window, as far as its labels have come';

ALTER TABLE {{database}}.baselines_raw {{on_cluster}}
  ADD COLUMN IF NOT EXISTS quality String COMMENT 'Answers and ground truth of its rows, in base64 of a form of Tidemark''s own; empty: it had no ground truth' AFTER window_size_ms,
  ADD COLUMN IF NOT EXISTS quality_windows String COMMENT 'How its windows'' quality strayed from what is expected of their answers, as JSON; empty: not known' AFTER quality;

CREATE OR REPLACE VIEW {{database}}.baselines {{on_cluster}} AS
SELECT * EXCEPT written_at
FROM {{database}}.baselines_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Baselines of every model and version, the old ones too';
