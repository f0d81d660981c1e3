import type { DriftEvent } from '../model/drift-event.js';
import { quoted } from '../incidents/event-query.js';
import type { DetectorOutput } from './model-monitor.js';
import { ALL_EVENTS, streamId, type Stream } from '../model/stream.js';
import { hashId } from '../model/hash-id.js';

/** A stream that could not go on. */
export interface StreamFailure {
  readonly stream: Stream;
  /** The offset of the record at which it showed. */
  readonly offset: number;
  /** What went wrong, with its stack where it has one. */
  readonly error: Error;
}

/** Takes everything of a stream out of an output, so that none of it is written by half. */
export function removeOutputOf(stream: Stream, output: DetectorOutput): void {
  const id = streamId(stream);
  const ofOthers = (row: { readonly stream: Stream }): boolean => streamId(row.stream) !== id;
  keep(output.panes, ({ pane }) => ofOthers(pane));
  keep(output.windows, ofOthers);
  keep(output.quality, ofOthers);
  keep(output.events, ofOthers);
  const { model, version } = stream;
  keep(output.baselines, (baseline) => baseline.model !== model || baseline.version !== version);
}

/** In place, as whoever is at work holds the list. */
function keep<Row>(rows: Row[], wanted: (row: Row) => boolean): void {
  const kept = rows.filter(wanted);
  if (kept.length < rows.length) rows.splice(0, rows.length, ...kept);
}

/**
 * The word that a stream was set aside, or that it is back.
 *
 * @param about what is told besides. @param time event time then, milliseconds since the epoch.
 */
export function setAsideEvent(
  { stream, offset }: Pick<StreamFailure, 'stream' | 'offset'>,
  status: 'opened' | 'resolved',
  time: number,
  summary: string,
): DriftEvent {
  const { model, version, role } = stream;
  const incidentId = hashId(['stream-set-aside', model, version, role, offset]);
  return {
    ...{ id: hashId([incidentId, status, summary]), incidentId, status, signal: 'stream-set-aside', severity: 'major' },
    ...{ notify: true, stream, segment: ALL_EVENTS, column: '', findings: [], baselineEvents: 0, windowEvents: 0 },
    ...{ windowStart: time, windowEnd: time, since: time, baselineId: null, aspects: [], contributions: [] },
    ...{ segments: [], correlations: [], muted: '', summary },
    query:
      `SELECT * FROM tidemark.drift_events WHERE model = ${quoted(model)} AND version = ${quoted(version)} ` +
      `AND role = ${quoted(role)} AND signal = 'stream-set-aside' ORDER BY window_end`,
  };
}
