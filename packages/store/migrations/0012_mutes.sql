-- Why an incident was not sent though it is severe enough.

ALTER TABLE {{database}}.drift_events_raw {{on_cluster}}
  ADD COLUMN IF NOT EXISTS muted String COMMENT 'Reason of the mute that it lies in; empty: it is in none' AFTER correlations;

CREATE OR REPLACE VIEW {{database}}.drift_events {{on_cluster}} AS
SELECT * EXCEPT written_at
FROM {{database}}.drift_events_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Drift events: incidents opened, updated, resolved';
