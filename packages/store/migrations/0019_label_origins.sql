-- Where a label came first: one that waited for its prediction is sent again, and keeps its place among the labels of its event.

ALTER TABLE {{database}}.labels_raw {{on_cluster}}
  ADD COLUMN IF NOT EXISTS origin_source LowCardinality(String) DEFAULT source COMMENT 'Topic and partition that the label first came in: source, unless it waited and was sent again' AFTER inclusion_probability,
  ADD COLUMN IF NOT EXISTS origin_offset UInt64 DEFAULT source_offset COMMENT 'Its offset there: of labels observed at one time the one that first came last holds' AFTER origin_source;

CREATE OR REPLACE VIEW {{database}}.labels {{on_cluster}} AS
SELECT *
FROM {{database}}.labels_raw FINAL
COMMENT 'Labels as they came, the replaced and the repeated too. argMax(class, (observed_at, origin_offset)) is what holds';

ALTER TABLE {{database}}.waiting_labels_raw {{on_cluster}}
  ADD COLUMN IF NOT EXISTS origin_source LowCardinality(String) DEFAULT source COMMENT 'Topic and partition that the label first came in: source, unless it waited before' AFTER version,
  ADD COLUMN IF NOT EXISTS origin_offset UInt64 DEFAULT source_offset COMMENT 'Its offset there' AFTER origin_source;

CREATE OR REPLACE VIEW {{database}}.waiting_labels {{on_cluster}} AS
SELECT * EXCEPT settled
FROM {{database}}.waiting_labels_raw FINAL
COMMENT 'Labels that came before their prediction, and what became of them';
