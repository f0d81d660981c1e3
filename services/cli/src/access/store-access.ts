/** Who connects to ClickHouse with grants of its own. The sketcher does not. */
export const STORE_USERS = ['migrate', 'detector', 'outcomes', 'baseline build', 'readers'] as const;
export type StoreUser = (typeof STORE_USERS)[number];

/** What somebody may do, by the names of GRANT; `*` stands for every table of the database. */
export interface StoreGrant {
  readonly grant: string;
  readonly tables: readonly string[];
}

const BASELINE_TABLES = ['baselines', 'baseline_columns', 'baseline_windows', 'baseline_joint', 'baseline_vectors'].map(
  (name) => `${name}_raw`,
);

/** A view reads with the rights of whoever asks it: whoever may read it needs its table, too. */
const withTables = (views: readonly string[]): string[] => views.flatMap((view) => [view, `${view}_raw`]);

/** What each service and the commands do in the database. docs/operations.md has the same as a table, and a test holds them together. */
export const STORE_GRANTS: Readonly<Record<StoreUser, readonly StoreGrant[]>> = {
  migrate: ['CREATE DATABASE', 'CREATE TABLE', 'CREATE VIEW', 'DROP VIEW', 'ALTER', 'SELECT', 'INSERT'].map(
    (grant) => ({ grant, tables: ['*'] }),
  ),
  detector: [
    {
      grant: 'SELECT',
      tables: [
        'schema_migrations',
        ...withTables(['panes', 'pane_columns', 'pane_joint', 'pane_quality', 'pane_vectors']),
      ],
    },
    {
      grant: 'INSERT',
      tables: [
        ...['panes_raw', 'pane_columns_raw', 'pane_joint_raw', 'pane_quality_raw', 'pane_vectors_raw'],
        ...['windows_raw', 'quality_raw', 'drift_events_raw', 'incident_answers_raw', 'labeling_requests_raw'],
        ...BASELINE_TABLES,
      ],
    },
  ],
  outcomes: [
    {
      grant: 'SELECT',
      tables: [
        ...['schema_migrations', 'predictions_raw', 'labels_raw', 'label_arrivals', 'label_joins'],
        ...['waiting_labels_raw', 'labeling_requests_raw', 'topic_ids'],
      ],
    },
    {
      grant: 'INSERT',
      tables: [
        ...['predictions_raw', 'labels_raw', 'label_arrivals', 'label_joins', 'waiting_labels_raw'],
        ...['topic_ids', 'drift_events_raw'],
      ],
    },
  ],
  'baseline build': [{ grant: 'INSERT', tables: BASELINE_TABLES }],
  readers: [{ grant: 'SELECT', tables: ['*'] }],
};
