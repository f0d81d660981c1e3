import { RecordReader, type InferenceEvent } from '@tidemark/contracts';
import type { LogRecord } from '@tidemark/transport';
import { auditLabels, type LabelAudit } from './audit-labels.js';
import { Places } from './audit-places.js';
import { auditPositions, auditSetAside, auditSettings } from './audit-telling.js';
import { auditCells, auditPanes, auditWindows, type PaneCount } from './audit-store.js';
import { Discrepancies, type Kind } from './discrepancies.js';
import type { Rig } from './rig.js';
import type { Stream } from './stream.js';

/** What a run's stream and its outcome have to do with each other. All zero is what is promised, but for the counts of what there was. */
export interface Audit extends LabelAudit {
  /** Records on the event topic that are events, and how many of them the panes of all events hold. */
  readonly events: number;
  readonly counted: number;
  readonly lost: number;
  readonly doubled: number;
  /** What is not as the stream and the faults have it, by kind; the first of each in words. */
  readonly discrepancies: readonly string[];
  readonly discrepancyCounts: Readonly<Record<Kind, number>>;
  readonly windows: number;
  readonly lateParts: number;
  readonly driftEvents: number;
  readonly driftDoubled: number;
  /** Ids that only one of topic and store has. */
  readonly driftMissing: number;
  readonly lettersExpected: number;
  readonly lettersFound: number;
  readonly lettersLost: number;
  readonly lettersDoubled: number;
  readonly lettersAltered: number;
}

/** An event of the topic, and whether it may be late: it was sent so, or is there before. */
export interface ReadEvent {
  readonly event: InferenceEvent;
  readonly late: boolean;
}

/** What a dead letter must hold. */
type Wrong = Pick<LogRecord, 'key' | 'value'>;

/** Of a record in a batch that nobody can read. */
const NOTHING_LEFT: Wrong = { key: null, value: Buffer.alloc(0) };

/** Holds what the topics and the store have against the records that the topics of events and labels have. */
export async function audit(rig: Rig, stream: Stream): Promise<Audit> {
  const discrepancies = new Discrepancies();
  const { good, bad } = await readInput(rig, stream, discrepancies);
  const events = good.map(({ event }) => event);
  const places = new Places(rig.expectations);
  const panes = await auditPanes(rig, good, places, discrepancies);
  await auditCells(rig, events, places, discrepancies);
  const windows = await auditWindows(rig, events, places, discrepancies);
  const labels = await auditLabels(rig, events, stream.labels, places, discrepancies);
  auditPositions(rig, discrepancies);
  await auditSetAside(rig, discrepancies);
  await auditSettings(rig, discrepancies);
  for (const unmet of rig.expectations.unmet) discrepancies.add('unmet', unmet);
  return {
    ...totals(panes),
    ...labels,
    events: good.length,
    windows,
    ...(await auditDriftEvents(rig)),
    ...(await auditDeadLetters(rig, bad)),
    discrepancies: discrepancies.told,
    discrepancyCounts: discrepancies.counts,
  };
}

/** What the services were given. That the topics hold all that was published is looked at too: they are read by the services' own reader. */
async function readInput(rig: Rig, stream: Stream, discrepancies: Discrepancies) {
  const { refused, formerEvents } = rig.expectations;
  const good: ReadEvent[] = [];
  const seen = new Set<string>();
  const bad = new Map<string, Wrong>();
  const missing = new Set(refused);
  const take = (record: LogRecord): void => {
    const origin = originOf(record);
    if (record.refused !== undefined) {
      if (!missing.delete(origin)) discrepancies.add('batch', `${origin} is sound, and was refused: ${record.refused}`);
      bad.set(origin, NOTHING_LEFT);
      return;
    }
    const key = record.key?.toString() ?? '';
    const event = stream.events.get(key);
    if (event !== undefined) {
      good.push({ event, late: seen.has(key) || stream.late.has(key) });
      seen.add(key);
    } else if (key.startsWith('bad-')) bad.set(origin, record);
  };
  formerEvents.forEach(take);
  await rig.read(rig.topics.events, take);
  await rig.read(rig.topics.groundTruth, take);
  for (const key of stream.events.keys()) if (!seen.has(key)) discrepancies.add('unread event', `${key} is nowhere`);
  for (const origin of missing) discrepancies.add('batch', `${origin} is damaged, and was read as if it were not`);
  return { good, bad };
}

function originOf({ topic, partition, offset }: Origin): string {
  return `${topic}/${partition}/${offset}`;
}

interface Origin {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number | string;
}

function totals(panes: readonly PaneCount[]) {
  let [counted, lost, doubled, lateParts] = [0, 0, 0, 0];
  for (const pane of panes) {
    counted += pane.found;
    lost += Math.max(0, pane.expected - pane.found);
    doubled += Math.max(0, pane.found - pane.expected);
    lateParts += pane.lateParts;
  }
  return { counted, lost, doubled, lateParts };
}

async function auditDriftEvents(rig: Rig) {
  const reader = new RecordReader(rig.registry, { names: ['DriftEvent'] });
  const onTopic = new Map<string, number>();
  await rig.read(rig.topics.driftEvents, async ({ value }) => {
    const read = await reader.read(value, Date.now());
    if (!read.ok || read.name !== 'DriftEvent') throw new Error('The topic of drift events holds something else');
    onTopic.set(read.record.id, (onTopic.get(read.record.id) ?? 0) + 1);
  });
  const rows = await rig.front.query<{ id: string }>('SELECT id FROM tidemark.drift_events');
  const inStore = new Set(rows.map(({ id }) => id));
  const differing = [...onTopic.keys()].filter((id) => !inStore.has(id)).length;
  const onlyInStore = [...inStore].filter((id) => !onTopic.has(id)).length;
  const written = [...onTopic.values()].reduce((sum, count) => sum + count, 0);
  return {
    driftEvents: onTopic.size,
    driftDoubled: written - onTopic.size + (rows.length - inStore.size),
    driftMissing: differing + onlyInStore,
  };
}

async function auditDeadLetters(rig: Rig, bad: ReadonlyMap<string, Wrong>) {
  const reader = new RecordReader(rig.registry, { names: ['DeadLetter'] });
  const found = new Map<string, number>();
  let altered = 0;
  let strange = 0;
  await rig.read(rig.topics.deadLetters, async ({ value }) => {
    const read = await reader.read(value, Date.now());
    if (!read.ok || read.name !== 'DeadLetter') throw new Error('The topic of dead letters holds something else');
    const letter = read.record;
    const origin = originOf(letter);
    const record = bad.get(origin);
    if (record === undefined) strange++;
    else if (!sameBytes(record.value, letter.value) || !sameBytes(record.key, letter.key)) altered++;
    found.set(origin, (found.get(origin) ?? 0) + 1);
  });
  const written = [...found.values()].reduce((sum, count) => sum + count, 0);
  return {
    lettersExpected: bad.size,
    lettersFound: written,
    lettersLost: [...bad.keys()].filter((origin) => !found.has(origin)).length,
    lettersDoubled: written - found.size,
    lettersAltered: altered + strange,
  };
}

function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b;
  return Buffer.compare(a, b) === 0;
}
