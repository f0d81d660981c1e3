-- The prediction log, the labels that look their predictions up in it, and what has become of them.

CREATE TABLE IF NOT EXISTS {{database}}.predictions_raw {{on_cluster}}
(
  model LowCardinality(String) COMMENT 'Name of the model',
  event_id String COMMENT 'The inference event, by which ground truth names it',
  version LowCardinality(String) COMMENT 'Version of the model',
  role LowCardinality(String) COMMENT 'champion, shadow or canary',
  event_time DateTime64(3, 'UTC') COMMENT 'When the prediction was made' CODEC(ZSTD(1)),
  segments Map(LowCardinality(String), String) COMMENT 'The event''s value in each slice of the monitor (country, or country|device)',
  score Nullable(Float64) COMMENT 'Predicted score; null: the model gave none',
  class LowCardinality(Nullable(String)) COMMENT 'Predicted class',
  value Nullable(Float64) COMMENT 'Predicted value of a regression',
  confidence Nullable(Float64) COMMENT 'How sure the model was',
  probabilities Map(LowCardinality(String), Float64) COMMENT 'Probability of each class',
  share Float64 COMMENT 'The share of the model''s events that were logged then, above 0 and up to 1: the probability with which this one was',
  precedence UInt64 COMMENT 'Greatest for the first record of the event: a prediction that is logged does not change',
  expires_at DateTime('UTC') COMMENT 'From when on the row may be removed' CODEC(Delta, ZSTD(1)),
  written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, by the clock of the store' CODEC(Delta, ZSTD(1))
)
ENGINE = {{replacing_merge_tree_by_precedence}}
PARTITION BY toMonday(expires_at)
ORDER BY (model, event_id, version, role)
TTL expires_at
-- Labels ask for single events: small granules, so that little is read that nobody asked for.
SETTINGS index_granularity = 512, ttl_only_drop_parts = 1
COMMENT 'Predictions, before equal keys are replaced: query predictions';

CREATE VIEW IF NOT EXISTS {{database}}.predictions {{on_cluster}} AS
SELECT * EXCEPT (precedence, written_at)
FROM {{database}}.predictions_raw FINAL
COMMENT 'What models answered, an event a row';

CREATE TABLE IF NOT EXISTS {{database}}.labels_raw {{on_cluster}}
(
  model LowCardinality(String) COMMENT 'Name of the model',
  event_id String COMMENT 'The inference event that the label belongs to',
  source LowCardinality(String) COMMENT 'Topic and partition that the label was read from',
  source_offset UInt64 COMMENT 'Its offset there' CODEC(Delta, ZSTD(1)),
  version LowCardinality(String) COMMENT 'The version that it is about; empty: any that has the event',
  observed_at DateTime64(3, 'UTC') COMMENT 'When the truth became known: of two labels the later holds' CODEC(ZSTD(1)),
  class LowCardinality(Nullable(String)) COMMENT 'The true class',
  value Nullable(Float64) COMMENT 'The true value of a regression',
  inclusion_probability Float64 COMMENT 'The probability with which the event was chosen to be labelled; 1: labels come by themselves',
  expires_at DateTime('UTC') COMMENT 'From when on the row may be removed' CODEC(Delta, ZSTD(1))
)
ENGINE = {{replacing_merge_tree}}
PARTITION BY toMonday(expires_at)
ORDER BY (model, event_id, source, source_offset)
TTL expires_at
SETTINGS index_granularity = 512, ttl_only_drop_parts = 1
COMMENT 'Labels as they came, before equal keys are replaced: query labels';

CREATE VIEW IF NOT EXISTS {{database}}.labels {{on_cluster}} AS
SELECT *
FROM {{database}}.labels_raw FINAL
COMMENT 'Labels as they came, the replaced and the repeated too. argMax(class, (observed_at, source_offset)) is what holds';

CREATE TABLE IF NOT EXISTS {{database}}.label_arrivals {{on_cluster}}
(
  source LowCardinality(String) COMMENT 'Topic and partition that the label was read from',
  source_offset UInt64 COMMENT 'Its offset there' CODEC(Delta, ZSTD(1)),
  model LowCardinality(String) COMMENT 'Name of the model',
  event_id String COMMENT 'The inference event that the label belongs to',
  written_at DateTime('UTC') DEFAULT now() COMMENT 'When the row was written, by the clock of the store'
)
ENGINE = {{replacing_merge_tree}}
ORDER BY (source, source_offset)
TTL written_at + INTERVAL 1 DAY
COMMENT 'The events that a batch of labels is about, in the order of the labels'' coming';

CREATE TABLE IF NOT EXISTS {{database}}.label_joins {{on_cluster}}
(
  model LowCardinality(String) COMMENT 'Name of the model',
  event_id String COMMENT 'The inference event',
  version LowCardinality(String) COMMENT 'The version whose prediction was found',
  role LowCardinality(String) COMMENT 'Its role',
  source LowCardinality(String) COMMENT 'Topic and partition of the label that first found it',
  source_offset UInt64 COMMENT 'That label''s offset: once it is committed, the prediction''s label has been counted',
  expires_at DateTime('UTC') COMMENT 'From when on the row may be removed' CODEC(Delta, ZSTD(1))
)
ENGINE = {{replacing_merge_tree}}
PARTITION BY toMonday(expires_at)
ORDER BY (model, event_id, version, role, source, source_offset)
TTL expires_at
SETTINGS index_granularity = 512, ttl_only_drop_parts = 1
COMMENT 'Predictions that have met a label';

CREATE TABLE IF NOT EXISTS {{database}}.waiting_labels_raw {{on_cluster}}
(
  source LowCardinality(String) COMMENT 'Topic and partition that the label was read from',
  source_offset UInt64 COMMENT 'Its offset there' CODEC(Delta, ZSTD(1)),
  model LowCardinality(String) COMMENT 'Name of the model',
  event_id String COMMENT 'The inference event that the label belongs to',
  version LowCardinality(String) COMMENT 'The version that it is about; empty: any that has the event',
  record_bytes String EPHEMERAL '' COMMENT 'Only when inserting: record in base64',
  record String DEFAULT base64Decode(record_bytes) COMMENT 'The label''s bytes, to be sent again' CODEC(ZSTD(3)),
  waits_until DateTime('UTC') COMMENT 'From then on it is an orphan',
  fate LowCardinality(String) COMMENT 'waiting, joined or orphaned',
  settled UInt8 COMMENT '1: not waiting any more',
  expires_at DateTime('UTC') COMMENT 'From when on the row may be removed'
)
ENGINE = {{replacing_merge_tree_by_settled}}
ORDER BY (source, source_offset)
TTL expires_at
COMMENT 'Labels that came before their prediction, before equal keys are replaced: query waiting_labels';

CREATE VIEW IF NOT EXISTS {{database}}.waiting_labels {{on_cluster}} AS
SELECT * EXCEPT settled
FROM {{database}}.waiting_labels_raw FINAL
COMMENT 'Labels that came before their prediction, and what became of them';
