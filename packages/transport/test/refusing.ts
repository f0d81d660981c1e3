import type { Consumer, ConsumerHandler, ConsumerSettings, Log, LogRecord } from '@tidemark/transport';

/** What stands for a record of a damaged batch. */
export const DAMAGED = Buffer.from('of a damaged batch');

/** Has a log refuse the records that have `DAMAGED` for their value, as one does that cannot read their batch. */
export function refusing(log: Log): void {
  const consume = log.consume.bind(log);
  const read = (record: LogRecord): LogRecord => {
    if (record.value?.equals(DAMAGED) !== true) return record;
    const refused = { refused: 'in a batch that is damaged', refusedAs: 'damaged' } as const;
    return { ...record, key: null, value: Buffer.alloc(0), ...refused };
  };
  log.consume = (settings: ConsumerSettings, handler: ConsumerHandler): Promise<Consumer> =>
    consume(settings, {
      assigned: (partitions) => handler.assigned(partitions),
      revoked: (partitions) => handler.revoked(partitions),
      tick: () => handler.tick(),
      records: (partition, records) => handler.records(partition, records.map(read)),
    });
}
