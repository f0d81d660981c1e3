import type { LogRecord } from '@tidemark/transport';

/** What a task is given at a time: between slices the event loop has its turn, so one must not take long. */
const MOST_RECORDS = 2000;
const MOST_BYTES = 1 << 20;

/** Cuts a batch into slices of bounded count and bytes, in order; a record that is larger is a slice of its own. */
export function* slicesOf(records: readonly LogRecord[]): Generator<readonly LogRecord[]> {
  let from = 0;
  let bytes = 0;
  for (let at = 0; at < records.length; at++) {
    const { key, value } = records[at];
    const size = (key?.length ?? 0) + (value?.length ?? 0);
    if (at > from && (at - from >= MOST_RECORDS || bytes + size > MOST_BYTES)) {
      yield records.slice(from, at);
      from = at;
      bytes = 0;
    }
    bytes += size;
  }
  if (from < records.length) yield from === 0 ? records : records.slice(from);
}
