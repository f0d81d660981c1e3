import type { Mute } from '../model/monitor.js';
import type { ModelRole } from '../model/stream.js';

/** Who made a change, when and why. Nothing is decided by it. */
export interface ControlOrigin {
  /** 16 hexadecimal digits: the same in every partition of the partials, and of no other change. */
  readonly id: string;
  readonly by: string;
  /** Milliseconds since the epoch, by the clock of whoever made it. */
  readonly at: number;
  /** Why, in the words of whoever made it; may be empty. */
  readonly comment: string;
}

/** What somebody says of an incident: it told of nothing, or of something. */
export type IncidentAnswer = 'false-alarm' | 'real';

export const INCIDENT_ANSWERS: readonly IncidentAnswer[] = ['false-alarm', 'real'];

/** A monitor that takes force, or is removed. */
export interface MonitorControl {
  readonly kind: 'monitor';
  /** The model's name, or `*` for every model without a monitor of its own. */
  readonly model: string;
  /** The version, or `*` for every version without a monitor of its own. */
  readonly version: string;
  /** Ascends with every change of a model and version; at least 1. */
  readonly revision: number;
  /** A hash of the document; empty where it is removed. */
  readonly hash: string;
  /** YAML, as a monitor file states it; null: the monitor is removed. */
  readonly document: string | null;
}

/** A mute of one model, or of every model (`*`). */
export interface MuteControl {
  readonly kind: 'mute';
  readonly model: string;
  readonly version: string;
  readonly mute: Mute;
}

/** A mute that is taken back. */
export interface UnmuteControl {
  readonly kind: 'unmute';
  /** The id of the mute's control record. */
  readonly muteId: string;
}

/** Somebody takes care of an incident. */
export interface AcknowledgementControl {
  readonly kind: 'acknowledgement';
  readonly incidentId: string;
}

/** Somebody says whether an incident was real. */
export interface FeedbackControl {
  readonly kind: 'feedback';
  readonly incidentId: string;
  readonly answer: IncidentAnswer;
}

/** A published baseline that takes force. */
export interface BaselineControl {
  readonly kind: 'baseline';
  readonly model: string;
  /** The version it holds for, or `*`. */
  readonly version: string;
  readonly baselineId: string;
  /** A hash of the content of its record; empty where it is not known. */
  readonly hash: string;
}

/** Streams that were set aside go on: with the records that waited for them (resume), or without (skip). */
export interface ResumeControl {
  readonly kind: 'resume' | 'skip';
  readonly model: string;
  /** The version, or `*` for every version of the model. */
  readonly version: string;
  /** Null: every role. */
  readonly role: ModelRole | null;
}

/** A change that somebody made, in force from the offset of its record on. It is sent to every partition of the partials. */
export type Control = ControlOrigin &
  (
    | MonitorControl
    | MuteControl
    | UnmuteControl
    | AcknowledgementControl
    | FeedbackControl
    | BaselineControl
    | ResumeControl
  );

/** What somebody says of an incident, and who. */
export type AnswerControl = Extract<Control, AcknowledgementControl | FeedbackControl>;

export type ControlKind = Control['kind'];

export const CONTROL_KINDS: readonly ControlKind[] = [
  ...(['monitor', 'mute', 'unmute', 'acknowledgement', 'feedback', 'baseline', 'resume', 'skip'] as const),
];
