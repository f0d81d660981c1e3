-- What a quality sketch holds, as numbers that add up in SQL: outcomes of classes by answer and truth, and sums of residuals.

ALTER TABLE {{database}}.pane_quality_raw {{on_cluster}}
  ADD COLUMN IF NOT EXISTS outcomes Array(Tuple(
    predicted Nullable(String),
    score_bin Int32,
    score Nullable(Float64),
    confidence Nullable(Float64),
    truth Nullable(String),
    answers Int64,
    labels Int64,
    weight Float64
  )) COMMENT 'Answers that name a class or have a score, by class, bin of the score and truth: query pane_outcomes, a row each' CODEC(ZSTD(3)) AFTER sketch,
  ADD COLUMN IF NOT EXISTS value_weight Float64 COMMENT 'Of answers with a value: the sum of their labels'' weights, one divided by the probability of being chosen to be labelled' AFTER outcomes,
  ADD COLUMN IF NOT EXISTS residual Float64 COMMENT 'Weighted sum of prediction - truth, to 21 bits a term, as all that follow' AFTER value_weight,
  ADD COLUMN IF NOT EXISTS absolute_residual Float64 COMMENT 'Weighted sum of |prediction - truth|' AFTER residual,
  ADD COLUMN IF NOT EXISTS squared_residual Float64 COMMENT 'Weighted sum of (prediction - truth)²' AFTER absolute_residual,
  ADD COLUMN IF NOT EXISTS relative_residual Float64 COMMENT 'Weighted sum of |prediction - truth| / |truth|, where truth is not 0' AFTER squared_residual,
  ADD COLUMN IF NOT EXISTS truth_sum Float64 COMMENT 'Weighted sum of truth' AFTER relative_residual,
  ADD COLUMN IF NOT EXISTS truth_squares Float64 COMMENT 'Weighted sum of truth²' AFTER truth_sum;

CREATE OR REPLACE VIEW {{database}}.pane_quality {{on_cluster}} AS
SELECT * EXCEPT (written_at, outcomes)
FROM {{database}}.pane_quality_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Answers and ground truth by pane and part: sum(predictions), sum(labels), sum(absolute_residual) / sum(value_weight) over any slice';

CREATE VIEW IF NOT EXISTS {{database}}.pane_outcomes {{on_cluster}} AS
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
