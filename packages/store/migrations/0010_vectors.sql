-- Columns of vectors, as embeddings are: moments of random projections, and random Fourier features, pane by pane.

CREATE TABLE IF NOT EXISTS {{database}}.pane_vectors_raw {{on_cluster}}
(
  model LowCardinality(String) COMMENT 'Name of the model',
  version LowCardinality(String) COMMENT 'Version of the model',
  role LowCardinality(String) COMMENT 'champion, shadow or canary',
  column LowCardinality(String) COMMENT 'Name of the embedding',
  pane_start DateTime64(3, 'UTC') COMMENT 'Start of the pane, inclusive, in event time' CODEC(Delta, ZSTD(1)),
  pane_size_ms UInt32 COMMENT 'Length of the pane in milliseconds',
  part LowCardinality(String) COMMENT 'pane: all that had come when the pane closed; late-<partition>-<offset>: what came later. The parts of a pane add up',
  dimension UInt32 COMMENT 'Dimension of the vectors: those of different ones do not add up',
  vectors UInt64 COMMENT 'How many vectors',
  projection_sums Array(Int64) COMMENT 'Sums of 16 random projections of the vectors brought to length 1, in steps of 1/1024. Merge: sumForEach',
  projection_products Array(Int64) COMMENT 'Sums of the products of each pair of projections (i, j up to i), row by row. Merge: sumForEach' CODEC(ZSTD(3)),
  feature_sums Array(Int64) COMMENT 'Sums of 64 random Fourier features, in steps of 2^-20. Merge: sumForEach' CODEC(ZSTD(3)),
  written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, by the clock of the store'
)
ENGINE = {{replacing_merge_tree}}
PARTITION BY toYYYYMM(pane_start)
ORDER BY (model, version, role, column, pane_start, pane_size_ms, part)
COMMENT 'Sketches of vectors by pane and part, before equal keys are replaced: query pane_vectors';

CREATE VIEW IF NOT EXISTS {{database}}.pane_vectors {{on_cluster}} AS
SELECT * EXCEPT written_at
FROM {{database}}.pane_vectors_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Sketches of vectors by pane and part';

CREATE TABLE IF NOT EXISTS {{database}}.baseline_vectors_raw {{on_cluster}}
(
  baseline_id String COMMENT 'The baseline it is part of',
  column LowCardinality(String) COMMENT 'Name of the embedding',
  window_start DateTime64(3, 'UTC') COMMENT 'Where the window starts',
  dimension UInt32 COMMENT 'Dimension of the vectors',
  vectors UInt64 COMMENT 'How many vectors',
  projection_sums Array(Int64) COMMENT 'As in pane_vectors',
  projection_products Array(Int64) COMMENT 'As in pane_vectors' CODEC(ZSTD(3)),
  feature_sums Array(Int64) COMMENT 'As in pane_vectors' CODEC(ZSTD(3)),
  written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, by the clock of the store'
)
ENGINE = {{replacing_merge_tree}}
ORDER BY (baseline_id, column, window_start)
COMMENT 'Vectors of baselines, before equal keys are replaced: query baseline_vectors';

CREATE VIEW IF NOT EXISTS {{database}}.baseline_vectors {{on_cluster}} AS
SELECT * EXCEPT written_at
FROM {{database}}.baseline_vectors_raw FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT 'Sketches of the vectors of baselines, window by window';
