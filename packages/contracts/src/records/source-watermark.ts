import type { ModelWatermark, SourceReader, SourceWatermark } from '@tidemark/monitoring';
import { RecordFault } from './record-fault.js';

interface AvroWatermark {
  readonly source_partition: number;
  readonly source_partitions: number;
  readonly watermark: number | null;
  readonly idle_for: number;
  readonly clock: number | null;
  readonly reading_since: number | null;
  readonly idle_timeout: number;
  readonly partials_partitions: number;
  readonly models: readonly ModelWatermark[];
}

export function watermarkToAvro(source: SourceWatermark): AvroWatermark {
  return {
    source_partition: source.sourcePartition,
    source_partitions: source.sourcePartitions,
    watermark: source.watermark === -Infinity ? null : source.watermark,
    idle_for: source.idleFor,
    clock: source.reader?.clock ?? null,
    reading_since: source.reader?.since ?? null,
    idle_timeout: source.reader?.idleTimeout ?? 0,
    partials_partitions: source.reader?.partialsPartitions ?? 0,
    models: source.reader?.models ?? [],
  };
}

/** @throws RecordFault where it is of a partition that does not exist: it would hold up or hurry all the others. */
export function watermarkFromAvro(record: unknown): SourceWatermark {
  const source = record as AvroWatermark;
  const { source_partition: partition, source_partitions: partitions, idle_for: idleFor } = source;
  if (!(partition >= 0 && partition < partitions)) {
    throw new RecordFault('damaged', `there is no source partition ${partition} of ${partitions}`);
  }
  if (idleFor < 0) throw new RecordFault('damaged', `a partition cannot be idle for ${idleFor} ms`);
  const reader = readerOf(source);
  return {
    sourcePartition: source.source_partition,
    sourcePartitions: source.source_partitions,
    watermark: source.watermark ?? -Infinity,
    idleFor: source.idle_for,
    ...(reader === null ? {} : { reader }),
  };
}

/** Null where an older version wrote it. @throws RecordFault where it cannot be. */
function readerOf(source: AvroWatermark): SourceReader | null {
  const { clock, reading_since: since, idle_timeout: idleTimeout, partials_partitions: partialsPartitions } = source;
  if (clock === null) return null;
  if (idleTimeout < 0) throw new RecordFault('damaged', `an idle timeout cannot be ${idleTimeout} ms`);
  if (partialsPartitions < 0)
    throw new RecordFault('damaged', `the partials cannot have ${partialsPartitions} partitions`);
  const models = source.models.map(({ model, watermark }) => ({ model, watermark }));
  return { clock, since: since ?? clock, idleTimeout, partialsPartitions, models };
}
