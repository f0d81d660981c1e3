import {
  CONTROL_KINDS,
  INCIDENT_ANSWERS,
  MODEL_ROLES,
  type Control,
  type ControlKind,
  type ControlOrigin,
  type ModelRole,
  type Mute,
} from '@tidemark/monitoring';
import { checkRevision } from './monitor-record.js';
import { RecordFault } from './record-fault.js';

/** The header of what was published together with a control record: that one's id. */
export const CONTROL_HEADER = 'tidemark-control';

interface AvroControl extends ControlOrigin {
  readonly kind: string;
  readonly model: string;
  readonly version: string;
  readonly role: string | null;
  readonly monitor: { readonly revision: number; readonly hash: string; readonly document: string | null } | null;
  readonly mute: Mute | null;
  readonly mute_id: string;
  readonly incident_id: string;
  readonly answer: string;
  readonly baseline: { readonly id: string; readonly hash: string } | null;
}

/** What the record has where its kind says nothing else. */
const NOTHING = {
  ...{ model: '', version: '*', role: null, monitor: null, mute: null, mute_id: '', incident_id: '', answer: '' },
  baseline: null,
};

export function controlToAvro(control: Control): AvroControl {
  const { id, kind, by, at, comment } = control;
  return { ...NOTHING, id, kind, by, at, comment, ...contentToAvro(control) };
}

function contentToAvro(control: Control): Partial<AvroControl> {
  switch (control.kind) {
    case 'monitor': {
      const { model, version, revision, hash, document } = control;
      return { model, version, monitor: { revision, hash, document } };
    }
    case 'mute': {
      const { model, version, mute } = control;
      return { model, version, mute };
    }
    case 'unmute':
      return { mute_id: control.muteId };
    case 'acknowledgement':
      return { incident_id: control.incidentId };
    case 'feedback':
      return { incident_id: control.incidentId, answer: control.answer };
    case 'baseline': {
      const { model, version, baselineId, hash } = control;
      return { model, version, baseline: { id: baselineId, hash } };
    }
    case 'resume':
    case 'skip': {
      const { model, version, role } = control;
      return { model, version, role };
    }
  }
}

/** @throws RecordFault where the kind is not known here, or lacks what it is about. */
export function controlFromAvro(record: unknown): Control {
  const control = record as AvroControl;
  const { id, by, at, comment, model, version } = control;
  const kind = oneOf<ControlKind>(CONTROL_KINDS, control.kind, 'kind of change');
  const origin = { id, by, at, comment };
  const of = () => ({ model: given(model, kind, 'model'), version: given(version, kind, 'version') });
  switch (kind) {
    case 'monitor': {
      const { revision, hash, document } = part(control.monitor, kind);
      checkRevision(revision, document, hash);
      return { ...origin, kind, ...of(), revision, hash, document };
    }
    case 'mute':
      return { ...origin, kind, ...of(), mute: soundMute(part(control.mute, kind)) };
    case 'unmute':
      return { ...origin, kind, muteId: given(control.mute_id, kind, 'mute') };
    case 'acknowledgement':
      return { ...origin, kind, incidentId: given(control.incident_id, kind, 'incident') };
    case 'feedback': {
      const answer = oneOf(INCIDENT_ANSWERS, control.answer, 'answer');
      return { ...origin, kind, incidentId: given(control.incident_id, kind, 'incident'), answer };
    }
    case 'baseline': {
      const { id: baselineId, hash } = part(control.baseline, kind);
      return { ...origin, kind, ...of(), baselineId: given(baselineId, kind, 'baseline'), hash };
    }
    case 'resume':
    case 'skip': {
      const role = control.role === null ? null : oneOf<ModelRole>(MODEL_ROLES, control.role, 'role');
      return { ...origin, kind, ...of(), role };
    }
  }
}

/** A mute whose end is before its beginning, or that comes again while it lasts, would hold for ever or never. */
function soundMute({ from, to, every, reason, columns }: Mute): Mute {
  if (!(to > from)) throw new RecordFault('damaged', 'the mute ends before it begins');
  if (every !== null && every < to - from) throw new RecordFault('damaged', 'the mute comes again before it has ended');
  return { from, to, every, reason, columns };
}

function part<T>(content: T | null, kind: ControlKind): T {
  if (content === null) throw new RecordFault('damaged', `the ${kind} has no content`);
  return content;
}

function given(text: string, kind: ControlKind, what: string): string {
  if (text === '') throw new RecordFault('damaged', `the ${kind} names no ${what}`);
  return text;
}

function oneOf<T extends string>(known: readonly T[], text: string, what: string): T {
  const found = known.find((each) => each === text);
  if (found === undefined) throw new RecordFault('damaged', `'${text.slice(0, 60)}' is no ${what} that is known here`);
  return found;
}
