-- How the columns of all events hang together: moments of their normal scores, pane by pane.

CREATE TABLE IF NOT EXISTS {{database}}.pane_joint_raw {{on_cluster}}
(
  model LowCardinality(String) COMMENT 'Name of the model',
  version LowCardinality(String) COMMENT 'Version of the model',
  role LowCardinality(String) COMMENT 'champion, shadow or canary',
  pane_start DateTime64(3, 'UTC') COMMENT 'Start of the pane, inclusive, in event time' CODEC(Delta, ZSTD(1)),
  pane_size_ms UInt32 COMMENT 'Length of the pane in milliseconds',
  part LowCardinality(String) COMMENT 'pane: all that had come when the pane closed; late-<partition>-<offset>: what came later. The parts of a pane add up',
  baseline_id LowCardinality(String) COMMENT 'Baseline whose bins the scores are of: moments of different ones do not add up',
  events UInt64 COMMENT 'Events whose scores are in the sums',
  columns Array(LowCardinality(String)) COMMENT 'The columns that are watched together, in the order of the sums',
  sums Array(Int64) COMMENT 'Sum of the scores of each column, in steps of 1/32. Merge: sumForEach(sums)',
  products Array(Int64) COMMENT 'Sum of the products of the scores of each pair (i, j up to i), row by row. Merge: sumForEach(products)' CODEC(ZSTD(3)),
  pairs Array(UInt64) COMMENT 'Events that have both columns of each pair. Merge: sumForEach(pairs)' CODEC(ZSTD(3)),
  written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, by the clock of the store'
)
ENGINE = {{replacing_merge_tree}}
PARTITION BY toYYYYMM(pane_start)
ORDER BY (model, version, role, pane_start, pane_size_ms, part)
COMMENT 'Moments of scores by pane and part, before equal keys are replaced: query pane_joint or pane_pairs';

CREATE VIEW IF NOT EXISTS {{database}}.pane_joint {{on_cluster}} AS
SELECT * EXCEPT written_at
FROM {{database}}.pane_joint_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Moments of the scores of columns by pane and part';

CREATE VIEW IF NOT EXISTS {{database}}.pane_pairs {{on_cluster}} AS
SELECT
  model, version, role, pane_start, pane_size_ms, part, baseline_id,
  columns[j] AS column_a,
  columns[i] AS column_b,
  pairs[place] AS both,
  products[place] AS product,
  pairs[intDiv(j * (j + 1), 2)] AS count_a,
  pairs[intDiv(i * (i + 1), 2)] AS count_b,
  sums[j] AS sum_a,
  sums[i] AS sum_b,
  products[intDiv(j * (j + 1), 2)] AS square_a,
  products[intDiv(i * (i + 1), 2)] AS square_b
FROM
(
  SELECT
    *,
    arrayJoin(arrayEnumerate(products)) AS place,
    toUInt32(ceil((sqrt(8 * place + 1) - 1) / 2 - 1e-9)) AS i,
    toUInt32(place - intDiv(i * (i - 1), 2)) AS j
  FROM {{database}}.pane_joint
)
WHERE j < i
COMMENT 'Pairs of columns by pane and part: their correlation over any slice is (sum(product)/sum(both) - mean_a * mean_b) / sqrt(variance_a * variance_b), with mean_a = sum(sum_a)/sum(count_a) and variance_a = sum(square_a)/sum(count_a) - mean_a * mean_a';

ALTER TABLE {{database}}.drift_events_raw {{on_cluster}}
  ADD COLUMN IF NOT EXISTS correlations Array(Tuple(column_a String, column_b String, baseline_correlation Float64, window_correlation Float64)) COMMENT 'Pairs of columns that hang together otherwise, the clearest first' AFTER segments;

CREATE OR REPLACE VIEW {{database}}.drift_events {{on_cluster}} AS
SELECT * EXCEPT written_at
FROM {{database}}.drift_events_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Drift events: incidents opened, updated, resolved';

CREATE TABLE IF NOT EXISTS {{database}}.baseline_joint_raw {{on_cluster}}
(
  baseline_id String COMMENT 'The baseline it is part of',
  window_start DateTime64(3, 'UTC') COMMENT 'Where the window starts',
  events UInt64 COMMENT 'Events whose scores are in the sums',
  columns Array(LowCardinality(String)) COMMENT 'The columns that are watched together, in the order of the sums',
  sums Array(Int64) COMMENT 'Sum of the scores of each column, in steps of 1/32. Merge: sumForEach(sums)',
  products Array(Int64) COMMENT 'Sum of the products of the scores of each pair (i, j up to i), row by row. Merge: sumForEach(products)' CODEC(ZSTD(3)),
  pairs Array(UInt64) COMMENT 'Events that have both columns of each pair. Merge: sumForEach(pairs)' CODEC(ZSTD(3)),
  written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, by the clock of the store'
)
ENGINE = {{replacing_merge_tree}}
ORDER BY (baseline_id, window_start)
COMMENT 'How the columns of baselines hang together, before equal keys are replaced: query baseline_joint';

CREATE VIEW IF NOT EXISTS {{database}}.baseline_joint {{on_cluster}} AS
SELECT * EXCEPT written_at
FROM {{database}}.baseline_joint_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Moments of the scores of columns of baselines, window by window';
