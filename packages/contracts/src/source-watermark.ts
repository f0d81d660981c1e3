import type { SourceWatermark } from '@tidemark/monitoring';

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

export function watermarkFromAvro(record: unknown): SourceWatermark {
  const source = record as AvroWatermark;
  return {
    sourcePartition: source.source_partition,
    sourcePartitions: source.source_partitions,
    watermark: source.watermark ?? -Infinity,
    idleFor: source.idle_for,
  };
}
