import type { StoredLabelingRequest } from '@tidemark/store';
import { csvLine } from './csv.js';

/** The columns that a label is read from; the last two are for people to fill in. */
export const SHEET_COLUMNS = {
  eventId: 'event_id',
  model: 'model',
  version: 'version',
  inclusionProbability: 'inclusion_probability',
  observedAt: 'observed_at',
  trueClass: 'true_class',
  trueValue: 'true_value',
} as const;

type Cell = string | number | null;

/**
 * Labelling requests as lines of CSV, headings first: what names the event, why and with which probability it was chosen, what the model
 * answered and saw, and empty columns for what is true. A column that no request has anything in is left out.
 */
export function* requestSheet(requests: readonly StoredLabelingRequest[]): Generator<string> {
  const { eventId, model, version, inclusionProbability, trueClass, trueValue } = SHEET_COLUMNS;
  const columns: (readonly [heading: string, cellOf: (request: StoredLabelingRequest) => Cell])[] = [
    [eventId, (request) => request.eventId],
    [model, ({ stream }) => stream.model],
    [version, ({ stream }) => stream.version],
    ['role', ({ stream }) => stream.role],
    ['event_time', ({ eventTime }) => new Date(eventTime).toISOString()],
    [inclusionProbability, (request) => request.inclusionProbability],
    ['reason', ({ reason }) => reason],
    ['stratum', ({ stratum }) => stratum],
  ];
  const answers: typeof columns = [
    ['predicted_score', ({ answer }) => answer.score],
    ['predicted_class', ({ answer }) => answer.class],
    ['predicted_value', ({ answer }) => answer.value],
    ['confidence', ({ answer }) => answer.confidence],
  ];
  columns.push(...answers.filter(([, cellOf]) => requests.some((request) => cellOf(request) !== null)));
  const named = (heading: string, namesOf: (request: StoredLabelingRequest) => Iterable<string>) =>
    [...new Set(requests.flatMap((request) => [...namesOf(request)]))]
      .sort()
      .map((name) => [name, `${heading}.${name}`] as const);
  for (const [name, heading] of named('probability', ({ answer }) => answer.probabilities.keys())) {
    columns.push([heading, ({ answer }) => answer.probabilities.get(name) ?? null]);
  }
  for (const [name, heading] of named('segment', ({ segments }) => Object.keys(segments))) {
    columns.push([heading, ({ segments }) => own(segments, name)]);
  }
  for (const [name, heading] of named('feature', ({ features }) => Object.keys(features))) {
    columns.push([heading, ({ features }) => own(features, name)]);
  }
  columns.push([trueClass, () => null], [trueValue, () => null]);
  yield csvLine(columns.map(([heading]) => heading));
  for (const request of requests) yield csvLine(columns.map(([, cellOf]) => cellOf(request)));
}

/** What an object of data has under a name; names such as `constructor` are those of columns, too. */
function own(values: Readonly<Record<string, string | null>>, name: string): string | null {
  return Object.hasOwn(values, name) ? values[name] : null;
}
