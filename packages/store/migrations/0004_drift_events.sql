-- The messages of the alert topic, one row an id.

CREATE TABLE IF NOT EXISTS {{database}}.drift_events_raw {{on_cluster}}
(
  id String COMMENT 'Id of the event, a function of what it describes',
  incident_id String COMMENT 'The same for all events of one incident',
  status LowCardinality(String) COMMENT 'opened, updated, resolved or noted',
  signal LowCardinality(String) COMMENT 'data-drift, prediction-drift, data-quality, silence, baseline',
  severity LowCardinality(String) COMMENT 'minor, moderate or major',
  notify Bool COMMENT 'Whether it is severe enough to be sent out',
  model LowCardinality(String) COMMENT 'Name of the model',
  version LowCardinality(String) COMMENT 'Version of the model',
  role LowCardinality(String) COMMENT 'champion, shadow or canary',
  segment_dimension LowCardinality(String) COMMENT 'What events are sliced by (country, or country|device); empty: all events',
  segment_value String COMMENT 'The value of the dimension that the events have; empty: all events',
  column LowCardinality(String) COMMENT 'Name of the column; empty: the stream as a whole',
  window_start DateTime64(3, 'UTC') COMMENT 'The window it rests on, in event time',
  window_end DateTime64(3, 'UTC') COMMENT 'End of that window, exclusive',
  since DateTime64(3, 'UTC') COMMENT 'Start of the first window of the incident',
  baseline_id LowCardinality(String) COMMENT 'The baseline compared with; empty: none',
  baseline_events UInt64 COMMENT 'Events of the baseline',
  window_events UInt64 COMMENT 'Events of the window',
  findings Array(Tuple(metric String, severity String, effect Float64, window_value Float64, baseline_value Float64, p_value Nullable(Float64))) COMMENT 'What differs, most severe first. Read with ARRAY JOIN findings AS finding, then finding.metric',
  contributions Array(Tuple(bin String, baseline_share Float64, window_share Float64, psi Float64)) COMMENT 'The bins that contribute most, greatest first',
  summary String COMMENT 'One sentence for a person',
  query String COMMENT 'SQL that shows it',
  written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, by the clock of the store'
)
ENGINE = {{replacing_merge_tree}}
PARTITION BY toYYYYMM(window_end)
ORDER BY (model, version, role, window_end, id)
COMMENT 'Drift events, before equal keys are replaced: query drift_events';

CREATE VIEW IF NOT EXISTS {{database}}.drift_events {{on_cluster}} AS
SELECT * EXCEPT written_at
FROM {{database}}.drift_events_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Drift events: incidents opened, updated, resolved';
