-- What a baseline knows of the quality of its segments.

ALTER TABLE {{database}}.baselines_raw {{on_cluster}}
  ADD COLUMN IF NOT EXISTS quality_segments String COMMENT 'How its segments'' quality strayed from what is expected of their answers, as JSON; empty: not known' AFTER quality_windows;

CREATE OR REPLACE VIEW {{database}}.baselines {{on_cluster}} AS
SELECT * EXCEPT written_at
FROM {{database}}.baselines_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Baselines of every model and version, the old ones too';
