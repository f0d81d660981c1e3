import type { LabelOrigin } from '@tidemark/monitoring';
import type { LogRecord, OutRecord } from '@tidemark/transport';

/** The header of a label that is sent again: where it came first, as `17 ground-truth/0`. */
const HEADER = 'tidemark-label-origin';

export function originHeaders({ source, offset }: LabelOrigin): NonNullable<OutRecord['headers']> {
  return { [HEADER]: `${offset} ${source}` };
}

/** The header as it came, for a label that is sent on. */
export function keptOrigin({ headers }: Pick<LogRecord, 'headers'>): Pick<OutRecord, 'headers'> {
  const value = headers[HEADER];
  return value === undefined ? {} : { headers: { [HEADER]: Buffer.from(value) } };
}

/** Where a record says that its label came first; undefined where it says nothing that can be read. */
export function originIn({ headers }: Pick<LogRecord, 'headers'>): LabelOrigin | undefined {
  const [, offset, source] = /^(\d{1,15}) (.+)$/.exec(headers[HEADER]?.toString() ?? '') ?? [];
  return offset === undefined || source === undefined ? undefined : { source, offset: Number(offset) };
}
