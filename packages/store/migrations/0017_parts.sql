-- Names of late parts are as many as there are late partials: too many for a dictionary. The signals are named in full.

ALTER TABLE {{database}}.pane_columns_raw {{on_cluster}}
  MODIFY COLUMN part String COMMENT 'pane: all that had come when the pane closed (pane-<partition>: where its model moved to another partition); late-<partition>-<offset>: what came later. The parts of a pane add up';

ALTER TABLE {{database}}.panes_raw {{on_cluster}}
  MODIFY COLUMN part String COMMENT 'pane: all that had come when the pane closed (pane-<partition>: where its model moved to another partition); late-<partition>-<offset>: what came later. The parts of a pane add up';

ALTER TABLE {{database}}.pane_joint_raw {{on_cluster}}
  MODIFY COLUMN part String COMMENT 'pane: all that had come when the pane closed (pane-<partition>: where its model moved to another partition); late-<partition>-<offset>: what came later. The parts of a pane add up';

ALTER TABLE {{database}}.pane_quality_raw {{on_cluster}}
  MODIFY COLUMN part String COMMENT 'pane: all that had come when the pane closed (pane-<partition>: where its model moved to another partition); late-<partition>-<offset>: what came later, as labels do. The parts of a pane add up';

ALTER TABLE {{database}}.pane_vectors_raw {{on_cluster}}
  MODIFY COLUMN part String COMMENT 'pane: all that had come when the pane closed (pane-<partition>: where its model moved to another partition); late-<partition>-<offset>: what came later. The parts of a pane add up';

ALTER TABLE {{database}}.drift_events_raw {{on_cluster}}
  MODIFY COLUMN signal LowCardinality(String) COMMENT 'data-drift, prediction-drift, joint-drift, data-quality, silence, quality, concept-drift, calibration, base-rate, labels-silent, labels-orphaned, stream-set-aside or baseline',
  MODIFY COLUMN query String COMMENT 'SQL that shows it. In names every byte but plain letters, digits and _.:/- is written as \\xNN';

-- A view keeps the types that its columns had when it was made.

CREATE OR REPLACE VIEW {{database}}.pane_columns {{on_cluster}} AS
SELECT * EXCEPT written_at
FROM {{database}}.pane_columns_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Sketches of columns by pane and part. Everything merges over any slice of time, segment and part';

CREATE OR REPLACE VIEW {{database}}.panes {{on_cluster}} AS
SELECT * EXCEPT written_at
FROM {{database}}.panes_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Events by pane and part: sum(events) over any slice';

CREATE OR REPLACE VIEW {{database}}.pane_joint {{on_cluster}} AS
SELECT * EXCEPT written_at
FROM {{database}}.pane_joint_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Moments of the scores of columns by pane and part';

CREATE OR REPLACE VIEW {{database}}.pane_quality {{on_cluster}} AS
SELECT * EXCEPT (written_at, outcomes)
FROM {{database}}.pane_quality_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Answers and ground truth by pane and part: sum(predictions), sum(labels), sum(absolute_residual) / sum(value_weight) over any slice';

CREATE OR REPLACE VIEW {{database}}.pane_vectors {{on_cluster}} AS
SELECT * EXCEPT written_at
FROM {{database}}.pane_vectors_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Sketches of vectors by pane and part';

CREATE OR REPLACE VIEW {{database}}.pane_pairs {{on_cluster}} AS
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

CREATE OR REPLACE VIEW {{database}}.pane_outcomes {{on_cluster}} AS
SELECT model, version, role, segment_dimension, segment_value, pane_start, pane_size_ms, part,
  outcome.predicted AS predicted,
  outcome.score_bin AS score_bin,
  outcome.score AS score,
  outcome.confidence AS confidence,
  outcome.truth AS truth,
  outcome.answers AS answers,
  outcome.labels AS labels,
  outcome.weight AS weight
FROM {{database}}.pane_quality_raw FINAL
ARRAY JOIN outcomes AS outcome
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Answers by predicted class (null: none was named), bin of the score (bins ascend with it), its middle (null: there was none, or not from 0 to 1), confidence where that is all there was, and truth (null: the answers themselves, labelled or not). Counts and weights add up over any slice; a label that was taken back has a row below 0';
