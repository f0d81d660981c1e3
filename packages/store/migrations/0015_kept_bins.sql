-- Rolling baselines go on with the bins of the one they follow.

ALTER TABLE {{database}}.baselines_raw {{on_cluster}}
  ADD COLUMN IF NOT EXISTS bins_baseline_id String COMMENT 'The earlier baseline whose bins it has kept, which panes name; empty: they are its own' AFTER quality_windows,
  ADD COLUMN IF NOT EXISTS kept_bins String COMMENT 'The counts of that baseline in them, by column, as JSON; empty: they are its own' AFTER bins_baseline_id;

CREATE OR REPLACE VIEW {{database}}.baselines {{on_cluster}} AS
SELECT * EXCEPT written_at
FROM {{database}}.baselines_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Baselines of every model and version, the old ones too';
