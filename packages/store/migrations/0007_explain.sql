-- What moved, and where, in each drift event.

ALTER TABLE {{database}}.drift_events_raw {{on_cluster}}
  ADD COLUMN IF NOT EXISTS aspects Array(String) COMMENT 'What moved, the clearest first: location, spread, shape, categories, missingness, validity, range' AFTER findings,
  ADD COLUMN IF NOT EXISTS segments Array(Tuple(dimension String, value String, kind String, effect Float64, share_of_change Float64, baseline_share Float64, window_share Float64, events UInt64)) COMMENT 'Where a change of all events comes from, by dimension, the greatest share first: within a segment, or by a change of its share (mix). Read with ARRAY JOIN segments AS part, then part.value' AFTER contributions;

CREATE OR REPLACE VIEW {{database}}.drift_events {{on_cluster}} AS
SELECT * EXCEPT written_at
FROM {{database}}.drift_events_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Drift events: incidents opened, updated, resolved';
