import type { DecisionSettings } from '../model/monitor.js';
import { ALL_EVENTS, segmentId, streamId, type Segment, type Stream } from '../model/stream.js';
import type { Finding } from '../model/drift-event.js';
import { qualityFindings } from './quality-event.js';
import {
  QualityIncident,
  type QualityChange,
  type QualityIncidentSnapshot,
  type QualityShown,
} from './quality-incidents.js';
import type { JudgedWindow } from './quality-judge.js';

/** A change of an incident, with the window that tells it. */
export interface ToldChange {
  readonly change: QualityChange;
  readonly window: JudgedWindow;
  readonly findings: readonly Finding[];
}

interface SegmentIncident {
  readonly segment: Segment;
  readonly incident: QualityIncident;
}

/** So many segments may have an incident, or one that is remembered. */
const MOST_INCIDENTS = 200;

/**
 * The incidents about a stream's quality: one of all events, and one a segment. While quality has fallen of all events, no
 * segment opens one of its own.
 */
export class QualityIncidentBoard {
  readonly #subject: string;
  readonly #all: QualityIncident;
  readonly #segments = new Map<string, SegmentIncident>();

  constructor(
    stream: Stream,
    private readonly settings: DecisionSettings,
  ) {
    this.#subject = `${streamId(stream)}\u0001quality`;
    this.#all = new QualityIncident(this.#subject, settings);
  }

  /** @param windows what each segment of each window shows now, by the windows' starts. */
  observe(windows: readonly (readonly JudgedWindow[])[]): ToldChange[] {
    const shown = new Map<string, { readonly segment: Segment; readonly windows: JudgedWindow[] }>();
    for (const window of windows.flat()) {
      const { segment } = window;
      const id = segmentId(segment);
      const known = shown.get(id);
      if (known === undefined) shown.set(id, { segment, windows: [window] });
      else known.windows.push(window);
    }
    const all = segmentId(ALL_EVENTS);
    const changes = changesOf(this.#all, shown.get(all)?.windows ?? [], true, -Infinity);
    const spoken = this.#all.isOpen;
    // What has no window left has nothing more to tell, not even that it is over.
    for (const id of this.#segments.keys()) if (!shown.has(id)) this.#segments.delete(id);
    const ids = [...shown.keys()].filter((id) => id !== all).sort();
    for (const id of ids) {
      const { segment, windows: own } = shown.get(id)!;
      const incident =
        this.#segments.get(id)?.incident ?? new QualityIncident(`${this.#subject}\u0001${id}`, this.settings);
      const known = this.#segments.has(id);
      const mayOpen = !spoken && (known || this.#segments.size < MOST_INCIDENTS);
      changes.push(...changesOf(incident, own, mayOpen, this.#all.closedUpTo));
      if (incident.isOpen || incident.closedUpTo > own[0].start) this.#segments.set(id, { segment, incident });
      else this.#segments.delete(id);
    }
    return changes;
  }

  snapshot(): QualityIncidentBoardSnapshot {
    return {
      all: this.#all.snapshot(),
      segments: [...this.#segments.values()].map(({ segment, incident }) => ({
        segment,
        incident: incident.snapshot(),
      })),
    };
  }

  restore({ all, segments }: QualityIncidentBoardSnapshot): void {
    this.#all.restore(all);
    for (const { segment, incident: snapshot } of segments) {
      const id = segmentId(segment);
      const incident = new QualityIncident(`${this.#subject}\u0001${id}`, this.settings);
      incident.restore(snapshot);
      this.#segments.set(id, { segment, incident });
    }
  }
}

function changesOf(
  incident: QualityIncident,
  windows: readonly JudgedWindow[],
  mayOpen: boolean,
  from: number,
): ToldChange[] {
  const shown = windows.map((window): QualityShown => {
    const { start, known, judged } = window;
    return { start, quiet: known && !judged.lingers, findings: qualityFindings(window) };
  });
  const changes: ToldChange[] = [];
  for (;;) {
    const change = incident.observe(shown, mayOpen, from);
    if (change === null) return changes;
    const at = shown.findIndex(({ start }) => start === change.window);
    changes.push({ change, window: windows[at], findings: shown[at].findings });
  }
}

export interface QualityIncidentBoardSnapshot {
  readonly all: QualityIncidentSnapshot;
  readonly segments: readonly { readonly segment: Segment; readonly incident: QualityIncidentSnapshot }[];
}
