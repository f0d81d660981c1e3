import {
  deadLetterOf,
  defaultMonitor,
  EventBatches,
  EventDecoder,
  LocalRegistry,
  RecordWriter,
  type SchemaRegistry,
} from '@tidemark/contracts';
import {
  learnBaseline,
  OutcomeSketcher,
  PartitionSketcher,
  type Baseline,
  type SketchPartial,
} from '@tidemark/monitoring';
import { eventsOf, messagesOf, START } from '../pipeline/stream.js';

export type DecoderName = 'event' | 'record';

/** A valid record, to be damaged. */
export interface Original {
  readonly name: string;
  readonly decoder: DecoderName;
  readonly bytes: Buffer;
}

export interface Corpus {
  readonly registry: SchemaRegistry;
  readonly records: readonly Original[];
  /** What the partials' bins lie in. */
  readonly baseline: Baseline;
}

/** What services decode, besides events. */
export const DECODED = ['SketchPartial', 'Baseline', 'SourceWatermark', 'DeadLetter', 'GroundTruth'] as const;

/** Valid records of what services decode: events in Avro and JSON, partials with and without bins, outcomes, and all the rest. */
export async function corpus(): Promise<Corpus> {
  const registry = new LocalRegistry();
  const messages = await messagesOf(registry, eventsOf(400, 2, 3));
  const baseline = learnBaseline(
    { model: 'churn', version: '*', createdAt: START, source: 'fuzz', periodStart: null, periodEnd: START },
    (
      await partialsOf(
        registry,
        messages.map(({ value }) => value),
      )
    )[0],
    defaultMonitor(),
  );
  const binned = await partialsOf(
    registry,
    messages.slice(0, 120).map(({ value }) => value),
    baseline,
  );
  const plain = await partialsOf(
    registry,
    messages.slice(0, 12).map(({ value }) => value),
  );
  const writer = await RecordWriter.open(registry, DECODED);
  const partials = [...binned.slice(0, 3), ...plain.slice(0, 3), ...outcomes()];
  return {
    registry,
    baseline,
    records: [
      ...messages.slice(0, 40).map(({ value }): Original => ({
        ...{ name: value[0] === 0 ? 'event, Avro' : 'event, JSON', decoder: 'event', bytes: value },
      })),
      ...partials.map((partial): Original => ({
        ...{
          name: partial.events === 0 ? 'partial of outcomes' : 'partial',
          decoder: 'record',
          bytes: writer.encode('SketchPartial', partial),
        },
      })),
      {
        ...{ name: 'dead letter', decoder: 'record' },
        bytes: writer.encode(
          'DeadLetter',
          deadLetterOf(
            { ...{ topic: 'events', partition: 1, offset: '7', timestamp: START }, key: null, value: Buffer.from('{') },
            { ok: false, reason: 'invalid_json', detail: 'ends early' },
            ...(['sketcher', START, 1000] as const),
          ),
        ),
      },
      ...[null, '2'].map((version): Original => ({
        ...{ name: 'ground truth', decoder: 'record' },
        bytes: writer.encode('GroundTruth', {
          ...{ eventId: 'e-1', model: 'churn', version, observedAt: START, source: 'annotators' },
          inclusionProbability: version === null ? null : 0.25,
          ...(version === null ? { class: 'yes', value: null } : { class: null, value: 4.5 }),
        }),
      })),
      { name: 'baseline', decoder: 'record', bytes: writer.encode('Baseline', baseline) },
      ...[-Infinity, START].map((watermark): Original => ({
        name: 'watermark',
        decoder: 'record',
        bytes: writer.encode('SourceWatermark', { sourcePartition: 2, sourcePartitions: 6, watermark, idleFor: 300 }),
      })),
    ],
  };
}

/** Partials of what ground truth says: of classes and of values, and one that takes back what it said. */
function outcomes(): SketchPartial[] {
  const sketcher = new OutcomeSketcher({ monitorOf: () => defaultMonitor(), baselineOf: () => null });
  const answer = { score: null, class: null, value: null, confidence: null, probabilities: new Map() };
  for (let index = 0; index < 40; index++) {
    sketcher.fold([
      {
        stream: { model: 'churn', version: '1', role: 'champion' },
        eventTime: START + (index % 2) * 60_000,
        segments: [{ dimension: 'country', value: ['DE', 'FR'][index % 2] }],
        answer: index % 3 === 0 ? { ...answer, value: index * 1.5 } : { ...answer, score: index / 40, class: 'yes' },
        truth: index % 3 === 0 ? { class: null, value: index } : { class: index % 2 === 0 ? 'yes' : 'no', value: null },
        inclusionProbability: index % 5 === 0 ? 0.25 : 1,
        sign: index % 7 === 0 ? -1 : 1,
      },
    ]);
  }
  return sketcher.drain().slice(0, 3);
}

async function partialsOf(
  registry: SchemaRegistry,
  messages: readonly Buffer[],
  baseline: Baseline | null = null,
): Promise<SketchPartial[]> {
  const decoder = new EventDecoder(registry);
  const batches = new EventBatches();
  for (const message of messages) {
    const needed = decoder.needsSchema(message, START);
    if (needed !== null) await decoder.prepare(needed, START);
    decoder.decode(message, batches, START + 600_000);
  }
  const sketcher = new PartitionSketcher({ monitorOf: () => defaultMonitor(), baselineOf: () => baseline });
  for (const batch of batches) sketcher.fold(batch);
  return sketcher.drain();
}
