import { incidentQuery, describeSegment } from '../incidents/explain.js';
import { signalOf } from '../incidents/incident-event.js';
import type { DriftEvent, Signal } from '../model/drift-event.js';
import { hashId } from '../model/hash-id.js';
import type { OpenIncident } from '../model/incident.js';
import type { DecisionSettings } from '../model/monitor.js';
import { reaches } from '../model/severity.js';
import { ALL_EVENTS, type Segment, type Stream } from '../model/stream.js';
import type { ModelSnapshot } from './model-monitor.js';
import type { StreamSnapshot } from './stream-snapshot.js';

/** What was known of a stream that begins anew. */
export interface AbandonedStream {
  readonly stream: StreamSnapshot;
  /** Null where nothing was known of its model. */
  readonly model: ModelSnapshot | null;
}

interface Abandoned {
  readonly incident: OpenIncident;
  /** The stream that it was told of. */
  readonly toldOf: Stream;
  readonly signal: Signal;
  readonly segment: Segment;
  readonly column: string;
  /** What a sentence calls it. */
  readonly what: string;
}

/**
 * The ends of the incidents that were open of a stream that begins anew: nothing follows them any more, and they would stay open for ever.
 *
 * @param at event time, milliseconds since the epoch.
 */
export function abandonedEvents(from: AbandonedStream, at: number, { notifyFrom }: DecisionSettings): DriftEvent[] {
  return openIncidentsOf(from).map(({ incident: { id, severity, since }, toldOf, signal, segment, column, what }) => ({
    ...{ id: hashId([id, 'abandoned', at]), incidentId: id, status: 'resolved', signal, severity },
    ...{ notify: reaches(severity, notifyFrom), stream: toldOf, segment, column, findings: [] },
    ...{ baselineEvents: 0, windowEvents: 0, windowStart: at, windowEnd: at, since, baselineId: null },
    ...{ aspects: [], contributions: [], segments: [], correlations: [], muted: '' },
    summary:
      `${[what, describeSegment(segment)].filter((part) => part !== '').join(' where ')}: no longer followed, as the stream was set aside and ` +
      'begins anew without the records that waited for it; if it still differs, another incident opens',
    query: incidentQuery(toldOf, segment, column, since),
  }));
}

function openIncidentsOf({ stream: snapshot, model }: AbandonedStream): Abandoned[] {
  const { stream, incidents, silence, quality } = snapshot;
  const ofAll = { toldOf: stream, segment: ALL_EVENTS, column: '' };
  const open: Abandoned[] = incidents.flatMap(({ segment, column, track }) => {
    if (track.open === null) return [];
    const signal = column === '' ? 'joint-drift' : signalOf(column, []);
    return [{ incident: track.open, toldOf: stream, signal, segment, column, what: column || 'correlations' }];
  });
  const silent = silence.track.open;
  // One that another silence of the model spoke for was never told.
  if (silent !== null && silence.told !== false) {
    const told = model?.silences.find(({ incidentId }) => incidentId === silent.id);
    open.push({ ...ofAll, incident: silent, toldOf: told?.toldOf ?? stream, signal: 'silence', what: 'silence' });
  }
  if (quality === undefined) return open;
  const ofQuality = [{ segment: ALL_EVENTS, incident: quality.incident }, ...(quality.segmentIncidents ?? [])];
  for (const { segment, incident } of ofQuality) {
    if (incident.open === null) continue;
    open.push({ ...ofAll, incident: incident.open, signal: 'quality', segment, what: 'quality' });
  }
  const labels = quality.silence.open;
  if (labels !== null) {
    const incident = { ...labels, severity: 'moderate' as const };
    open.push({ ...ofAll, incident, signal: 'labels-silent', what: 'labels' });
  }
  return open;
}
