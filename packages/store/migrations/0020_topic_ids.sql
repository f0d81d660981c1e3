-- The topics of the log that offsets in the store are of: one that was made anew under its name begins with offset 0 again.

CREATE TABLE IF NOT EXISTS {{database}}.topic_ids {{on_cluster}}
(
  topic LowCardinality(String) COMMENT 'Name of the topic',
  topic_id String COMMENT 'What the log knows it by: made anew under the same name it has another',
  epoch UInt32 COMMENT 'How many of the name were known before it',
  partitions UInt32 COMMENT 'How many partitions it has had, a row each time that there were more',
  written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, by the clock of the store'
)
ENGINE = {{replacing_merge_tree}}
ORDER BY (topic, topic_id, partitions)
COMMENT 'Topics that offsets of predictions and labels are of';
