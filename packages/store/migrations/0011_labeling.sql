-- Events that somebody was asked to label, a row an event of a version in a role.

CREATE TABLE IF NOT EXISTS {{database}}.labeling_requests_raw {{on_cluster}}
(
  model LowCardinality(String) COMMENT 'Name of the model',
  event_id String COMMENT 'The inference event, by which ground truth names it',
  version LowCardinality(String) COMMENT 'Version of the model',
  role LowCardinality(String) COMMENT 'champion or canary',
  event_time DateTime64(3, 'UTC') COMMENT 'When the prediction was made' CODEC(Delta, ZSTD(1)),
  inclusion_probability Float64 COMMENT 'The probability with which the event was chosen, above 0 and up to 1: its label counts for one divided by it',
  reason LowCardinality(String) COMMENT 'The part of the budget that it was chosen for: uniform, uncertain or drifted',
  stratum LowCardinality(String) COMMENT 'The strata that it is in, such as country=DE, score=[0.8, 1]',
  baseline_id LowCardinality(String) COMMENT 'The baseline that the probability rests on; empty: none was known',
  segments Map(LowCardinality(String), String) COMMENT 'The event''s value in each dimension',
  features Map(LowCardinality(String), Nullable(String)) COMMENT 'The inputs as texts; null: the feature was missing and the service knew',
  score Nullable(Float64) COMMENT 'Predicted score; null: the model gave none',
  class LowCardinality(Nullable(String)) COMMENT 'Predicted class',
  value Nullable(Float64) COMMENT 'Predicted value of a regression',
  confidence Nullable(Float64) COMMENT 'How sure the model was',
  probabilities Map(LowCardinality(String), Float64) COMMENT 'Probability of each class',
  written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, by the clock of the store'
)
ENGINE = {{replacing_merge_tree}}
PARTITION BY toYYYYMM(event_time)
ORDER BY (model, event_id, version, role)
COMMENT 'Labelling requests, before equal keys are replaced: query labeling_requests';

CREATE VIEW IF NOT EXISTS {{database}}.labeling_requests {{on_cluster}} AS
SELECT * EXCEPT written_at
FROM {{database}}.labeling_requests_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Events that somebody was asked to label, with the probability that the label is to be weighed by';
