import type { SourceWatermark } from '@tidemark/monitoring';
import { RecordFault } from './record-fault.js';

interface AvroWatermark {
  readonly source_partition: number;
  readonly source_partitions: number;
  readonly watermark: number | null;
  readonly idle_for: number;
}

export function watermarkToAvro(source: SourceWatermark): AvroWatermark {
  return {
    source_partition: source.sourcePartition,
    source_partitions: source.sourcePartitions,
    watermark: source.watermark === -Infinity ? null : source.watermark,
    idle_for: source.idleFor,
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
  return {
    sourcePartition: source.source_partition,
    sourcePartitions: source.source_partitions,
    watermark: source.watermark ?? -Infinity,
    idleFor: source.idle_for,
  };
}
