-- Events of each pane of each segment.

CREATE TABLE IF NOT EXISTS {{database}}.panes_raw {{on_cluster}}
(
  model LowCardinality(String) COMMENT 'Name of the model',
  version LowCardinality(String) COMMENT 'Version of the model',
  role LowCardinality(String) COMMENT 'champion, shadow or canary',
  segment_dimension LowCardinality(String) COMMENT 'What events are sliced by (country, or country|device); empty: all events',
  segment_value String COMMENT 'The value of the dimension that the events have; empty: all events',
  pane_start DateTime64(3, 'UTC') COMMENT 'Start of the pane, inclusive, in event time' CODEC(Delta, ZSTD(1)),
  pane_size_ms UInt32 COMMENT 'Length of the pane in milliseconds',
  part LowCardinality(String) COMMENT 'pane: all that had come when the pane closed; late-<partition>-<offset>: what came later. The parts of a pane add up',
  events UInt64 COMMENT 'Events in this part of the pane',
  min_event_time DateTime64(3, 'UTC') COMMENT 'Time of the earliest event',
  max_event_time DateTime64(3, 'UTC') COMMENT 'Time of the latest event',
  baseline_id LowCardinality(String) COMMENT 'Baseline in force when the events were counted; empty: none',
  written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, by the clock of the store'
)
ENGINE = {{replacing_merge_tree}}
PARTITION BY toYYYYMM(pane_start)
ORDER BY (model, version, role, segment_dimension, segment_value, pane_start, pane_size_ms, part)
COMMENT 'Events by pane and part, before equal keys are replaced: query panes';

CREATE VIEW IF NOT EXISTS {{database}}.panes {{on_cluster}} AS
SELECT * EXCEPT written_at
FROM {{database}}.panes_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Events by pane and part: sum(events) over any slice';
