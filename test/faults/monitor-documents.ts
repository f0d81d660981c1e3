import { ABANDONED } from './labels.js';
import { POISON, POISON_COLUMN } from './poison.js';

/** What is changed of a monitor while it is in force. */
export interface ChangedSettings {
  readonly pane: string;
  readonly lateness: string;
  readonly windows: string;
  readonly segments: string;
  readonly mostSegments: number;
  readonly mostColumns: number;
}

/** Short panes and windows, as the stream's time flies. */
const USUAL: ChangedSettings = {
  pane: '10s',
  lateness: '5s',
  windows: '30s, 2m',
  segments: 'country',
  mostSegments: 200,
  mostColumns: 500,
};

/** The monitor of a model. */
export function monitorOf(model: string, changes: Partial<ChangedSettings> = {}): string {
  const { pane, lateness, windows, segments, mostSegments, mostColumns } = { ...USUAL, ...changes };
  return `model: '${model}'
pane: ${pane}
windows: [${windows}]
allowed_lateness: ${lateness}
segments: [${segments}]
limits:
  segments: ${mostSegments}
  columns: ${mostColumns}
decision:
  minimum_events: 30
baseline:
  first_windows: 2
  events: 200
`;
}

/** The file beside the services. @param changed a model whose settings differ from those of all others. */
export function monitorFile(changed?: { readonly model: string; readonly changes: Partial<ChangedSettings> }): string {
  const documents = [
    monitorOf('*'),
    `${monitorOf(POISON)}columns:\n  ${POISON_COLUMN}: numeric\n`,
    `model: ${ABANDONED}\nprediction_log:\n  orphan_after: 1s\n`,
  ];
  if (changed !== undefined) documents.push(monitorOf(changed.model, changed.changes));
  return documents.join('---\n');
}
