import { INCIDENT_ANSWERS, MODEL_ROLES } from '@tidemark/monitoring';
import { originOf, publishing, type ControlPlace, type WhoOptions } from '../control/control-place.js';
import { nameOf } from '../control/describe-change.js';
import { UsageError } from '../exit-codes.js';
import { print } from '../terminal.js';

/** Says that somebody takes care of an incident. */
export async function runAck(place: ControlPlace, incident: string, options: WhoOptions): Promise<void> {
  const incidentId = incidentOf(incident);
  const origin = originOf(options, place.now);
  await publishing(place, (publisher) => publisher.publish({ kind: 'acknowledgement', incidentId }, origin));
  print(`Incident ${incidentId} is acknowledged by ${origin.by}. It is sent again only if it gets worse or ends.`);
}

/** Says whether an incident was real. */
export async function runFeedback(
  place: ControlPlace,
  incident: string,
  given: string,
  options: WhoOptions,
): Promise<void> {
  const incidentId = incidentOf(incident);
  const answer = INCIDENT_ANSWERS.find((each) => each === given);
  if (answer === undefined) throw new UsageError([`${given}: must be ${INCIDENT_ANSWERS.join(' or ')}`]);
  const origin = originOf(options, place.now);
  await publishing(place, (publisher) => publisher.publish({ kind: 'feedback', incidentId, answer }, origin));
  print(`Incident ${incidentId} was ${answer === 'real' ? 'real' : 'a false alarm'}, says ${origin.by}.`);
}

export interface ResumeOptions extends WhoOptions {
  readonly role?: string;
  readonly skip: boolean;
}

/** Brings back streams of a model that were set aside: with the records that waited for them, or without. */
export async function runResume(
  place: ControlPlace,
  model: string,
  version: string,
  { role, skip, ...who }: ResumeOptions,
): Promise<void> {
  const known = role === undefined ? null : MODEL_ROLES.find((each) => each === role);
  if (known === undefined) throw new UsageError([`--role ${role}: must be ${MODEL_ROLES.join(', ')}`]);
  const change = {
    kind: skip ? ('skip' as const) : ('resume' as const),
    model,
    version,
    role: known,
  };
  await publishing(place, (publisher) => publisher.publish(change, originOf(who, place.now)));
  const how = skip ? 'without the records that waited for it' : 'with the records that waited for it';
  print(`${nameOf(model, version)} goes on ${how}, once the detector reads this.`);
}

/** @throws UsageError where it is no id of an incident. */
function incidentOf(text: string): string {
  if (/^[0-9a-f]{16}$/.test(text)) return text;
  throw new UsageError([
    `${text}: is no incident; it has 16 hexadecimal digits, as drift events name it (incident_id)`,
  ]);
}
