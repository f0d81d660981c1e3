import {
  defaultMonitor,
  EventBatches,
  EventDecoder,
  LocalRegistry,
  RecordWriter,
  type SchemaRegistry,
} from '@tidemark/contracts';
import { learnBaseline, PartitionSketcher, type Baseline, type SketchPartial } from '@tidemark/monitoring';
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

/** Valid records of what services decode: events in Avro and JSON, partials with and without bins, baselines and watermarks. */
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
  const names = ['SketchPartial', 'Baseline', 'SourceWatermark', 'DeadLetter'] as const;
  const writer = await RecordWriter.open(registry, names);
  const partials = [...binned.slice(0, 3), ...plain.slice(0, 3)];
  return {
    registry,
    baseline,
    records: [
      ...messages.slice(0, 40).map(({ value }): Original => ({
        ...{ name: value[0] === 0 ? 'event, Avro' : 'event, JSON', decoder: 'event', bytes: value },
      })),
      ...partials.map((partial): Original => ({
        ...{ name: 'partial', decoder: 'record', bytes: writer.encode('SketchPartial', partial) },
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
