import type { LogRecord } from '@tidemark/transport';

/** Gives the records of one partition of the partials from one offset up to another, in their order. */
export type RecordRange = (
  partition: number,
  from: number,
  to: number,
  onRecord: (record: LogRecord) => Promise<void>,
) => Promise<void>;
