import { RecordWriter, type InferenceEvent, type SchemaRegistry } from '@tidemark/contracts';
import type { Truth } from '@tidemark/sketches';
import { seeded, type Random } from './random.js';
import type { PlannedRecord } from './stream.js';

/** What the ground-truth topic is sent, and what must hold of it in the end. */
export interface PlannedLabels {
  /** Keys are event ids; those of records that are no labels begin with `bad-`. */
  readonly records: readonly PlannedRecord[];
  /** What holds of each labelled event, by its id. */
  readonly truths: ReadonlyMap<string, Truth>;
  /** Labels of events that there are none of, by their ids: those that wait until the end, and those that are given up before. */
  readonly waiting: ReadonlySet<string>;
  readonly givenUp: ReadonlySet<string>;
}

/** Labels of events of this model are given up at once. */
export const ABANDONED = 'abandoned';

/** An event and where in the stream it stands, 0 to 1. */
export interface PlacedEvent {
  readonly event: InferenceEvent;
  readonly position: number;
  readonly time: number;
}

interface LabelSettings {
  readonly seed: number;
  readonly partitions: number;
  /** Whether there are labels that nothing can come of: it is the run's first stream. */
  readonly first: boolean;
}

interface Label {
  readonly event: Pick<InferenceEvent, 'eventId' | 'model' | 'version'>;
  readonly truth: string;
  readonly observedAt: number;
  readonly position: number;
}

/** The share of events that are labelled: at ten times the clock's pace more would keep the detector from anything else. */
const LABELLED = 0.15;
/** So many labels of each kind are of events that there are none of. */
const ORPHANS = 20;
/** Labels that are to be given up come early enough for that. */
const LAST_GIVEN_UP = 0.7;
const LAST = 0.999;

/**
 * Labels for some of the events: most come after their prediction, some before it, some twice, some are corrected later, and some
 * corrections come before what they correct. Some are sent to a partition where their event's other labels are not.
 */
export async function planLabels(
  registry: SchemaRegistry,
  events: readonly PlacedEvent[],
  settings: LabelSettings,
): Promise<PlannedLabels> {
  const random = seeded(settings.seed ^ 0x1abe1);
  const truths = new Map<string, Truth>();
  const labels: Label[] = [];
  for (const placed of events) {
    if (random() >= LABELLED) continue;
    const of = labelsOf(placed, random);
    const [last] = [...of].sort((a, b) => b.observedAt - a.observedAt);
    truths.set(placed.event.eventId, { class: last.truth, value: null });
    labels.push(...of);
  }
  const orphansOf = (model: string, last: number): ReadonlySet<string> => {
    const ids = Array.from({ length: settings.first ? ORPHANS : 0 }, (_, index) => `nobody-${model}-${index}`);
    for (const eventId of ids) {
      const event = { eventId, model, version: '1' };
      labels.push({ event, truth: 'yes', observedAt: events[0].time, position: random() * last });
    }
    return new Set(ids);
  };
  const waiting = orphansOf('fraud', LAST);
  const givenUp = orphansOf(ABANDONED, LAST_GIVEN_UP);
  const encode = await encoder(registry);
  const timeAt = (position: number) => events[Math.floor(position * events.length)].time;
  const records = labels.map((label): PlannedRecord => {
    const partition = random() < 0.1 ? Math.floor(random() * settings.partitions) : undefined;
    const { position } = label;
    const value = encode(label, random() < 0.5, random() < 0.5 ? label.event.version : null);
    return { topic: 'groundTruth', key: label.event.eventId, value, partition, position, time: timeAt(position) };
  });
  for (const [index, value] of (settings.first ? NO_LABELS : []).entries()) {
    const position = (index + 0.5) / NO_LABELS.length;
    const key = `bad-label-${index}`;
    records.push({ topic: 'groundTruth', key, value, partition: undefined, position, time: timeAt(position) });
  }
  return { records, truths, waiting, givenUp };
}

function labelsOf({ event, position, time }: PlacedEvent, random: Random): Label[] {
  const truth = random() < 0.4 ? 'yes' : 'no';
  const other = truth === 'yes' ? 'no' : 'yes';
  const after = () => Math.min(LAST, position + 0.002 + random() * 0.25);
  const label = { event, truth, observedAt: time + 1000, position: after() };
  const kind = random();
  if (kind < 0.1) return [{ ...label, position: Math.max(0, position - 0.01 - random() * 0.07) }];
  if (kind < 0.2) return [label, { ...label, position: after() }];
  const [earlier, later] = [label.position, Math.min(LAST, label.position + 0.01 + random() * 0.1)];
  if (kind < 0.3)
    return [
      { ...label, truth: other, observedAt: time },
      { ...label, position: later },
    ];
  // The correction overtakes what it corrects.
  if (kind < 0.35) {
    return [
      { ...label, position: earlier },
      { ...label, truth: other, observedAt: time, position: later },
    ];
  }
  return [label];
}

async function encoder(registry: SchemaRegistry) {
  const writer = await RecordWriter.open(registry, ['GroundTruth']);
  return ({ event, truth, observedAt }: Label, plain: boolean, version: string | null): Buffer => {
    const { eventId, model } = event;
    if (plain) {
      const fields = { event_id: eventId, model, version, observed_at: observedAt, class: truth };
      return Buffer.from(JSON.stringify(fields));
    }
    return writer.encode('GroundTruth', {
      ...{ eventId, model, version, observedAt, class: truth },
      ...{ value: null, source: 'faults', inclusionProbability: null },
    });
  };
}

/** Records of the ground-truth topic that say nothing that could hold. */
const NO_LABELS: readonly (Buffer | null)[] = [
  Buffer.alloc(0),
  null,
  Buffer.from([7, 1, 2, 3]),
  Buffer.from([0, 0x7f, 0xff, 0xff, 0xf0, 1]),
  Buffer.from('{"event_id": "event-1"'),
  Buffer.from('{"event_id": "event-1", "model": "fraud", "observed_at": 1767225600000}'),
  Buffer.from('{"model": "fraud", "observed_at": 1767225600000, "class": "yes"}'),
  Buffer.from('{"event_id": "event-1", "model": "fraud", "observed_at": 4102444800000, "class": "yes"}'),
  // It would outweigh all others.
  Buffer.from(
    '{"event_id": "event-1", "model": "fraud", "observed_at": 1767225600000, "class": "yes", "inclusion_probability": 1e-300}',
  ),
];
