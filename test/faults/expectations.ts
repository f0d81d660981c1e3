import type { LogRecord } from '@tidemark/transport';

/** A version of a model in one role. */
export interface NamedStream {
  readonly model: string;
  readonly version: string;
  readonly role: string;
}

/** What faults have done on purpose, so that the audit can tell it from what the services do wrong. */
export class Expectations {
  /** Of the records that no reader can read, as their batches are damaged or inflate beyond all measure: `topic/partition/offset`. */
  readonly refused = new Set<string>();
  /** What the event topic held before it was made anew. */
  readonly formerEvents: LogRecord[] = [];
  /** By model the longest pane that it had besides the usual one, milliseconds. */
  readonly longestPane = new Map<string, number>();
  /** Panes that must have been written: a changed setting that nobody takes up would be no fault. */
  readonly panesOf: { readonly model: string; readonly size: number }[] = [];
  /** Models that were watched by region for a while. */
  readonly byRegion = new Set<string>();
  /** Streams that were set aside, once for each time. */
  readonly setAside: NamedStream[] = [];
  /** Topics in which saved positions may be none of the log's, as they were made anew or cut. */
  readonly displaced = new Set<string>();
  /** What faults waited for in vain, in words. */
  readonly unmet: string[] = [];
}
