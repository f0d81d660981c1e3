-- What people said of incidents: that somebody takes care of one, or whether it was real.

CREATE TABLE IF NOT EXISTS {{database}}.incident_answers_raw {{on_cluster}}
(
  incident_id String COMMENT 'The incident, as drift events name it',
  id String COMMENT 'The answer: the same where it was written twice',
  kind LowCardinality(String) COMMENT 'acknowledgement: somebody takes care of it; feedback: somebody says whether it was real',
  answer LowCardinality(String) COMMENT 'Of feedback: false-alarm or real; empty otherwise',
  said_by String COMMENT 'Who said it',
  said_at DateTime64(3, 'UTC') COMMENT 'When, by the clock of whoever said it',
  comment String COMMENT 'Why, in the words of whoever said it',
  written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, by the clock of the store'
)
ENGINE = {{replacing_merge_tree}}
ORDER BY (incident_id, id)
COMMENT 'Answers about incidents, before equal keys are replaced: query incident_answers';

CREATE VIEW IF NOT EXISTS {{database}}.incident_answers {{on_cluster}} AS
SELECT * EXCEPT written_at
FROM {{database}}.incident_answers_raw FINAL
COMMENT 'What people said of incidents';
