import { RecordReader, type InferenceEvent } from '@tidemark/contracts';
import type { LogRecord } from '@tidemark/transport';
import { auditLabels, type LabelAudit } from './audit-labels.js';
import { auditCells, auditPanes, auditWindows, type PaneCount } from './audit-store.js';
import type { Rig } from './rig.js';
import type { Stream } from './stream.js';

/** What a run's stream and its outcome have to do with each other. All zero is what is promised, but for the counts of what there was. */
export interface Audit extends LabelAudit {
  /** Records on the event topic that are events, and how many of them the panes of all events hold. */
  readonly events: number;
  readonly counted: number;
  readonly lost: number;
  readonly doubled: number;
  /** Panes of segments, cells of columns and windows that are not what the stream says. */
  readonly discrepancies: readonly string[];
  readonly discrepancyCount: number;
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

/** Holds what the topics and the store have against the records that the event topic has. */
export async function audit(rig: Rig, stream: Stream): Promise<Audit> {
  const good: InferenceEvent[] = [];
  const bad = new Map<string, LogRecord>();
  await rig.read(rig.topics.events, (record) => {
    const key = record.key?.toString() ?? '';
    const event = stream.events.get(key);
    if (event !== undefined) good.push(event);
    else if (key.startsWith('bad-')) bad.set(originOf(record), record);
  });
  await rig.read(rig.topics.groundTruth, (record) => {
    if (record.key?.toString().startsWith('bad-')) bad.set(originOf(record), record);
  });
  const discrepancies: string[] = [];
  const panes = await auditPanes(rig, good, discrepancies);
  await auditCells(rig, good, discrepancies);
  const windows = await auditWindows(rig, good, discrepancies);
  const labels = await auditLabels(rig, good, stream.labels, discrepancies);
  return {
    ...totals(panes),
    ...labels,
    events: good.length,
    windows,
    ...(await auditDriftEvents(rig)),
    ...(await auditDeadLetters(rig, bad)),
    discrepancies: discrepancies.slice(0, 12),
    discrepancyCount: discrepancies.length,
  };
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

async function auditDeadLetters(rig: Rig, bad: ReadonlyMap<string, LogRecord>) {
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
