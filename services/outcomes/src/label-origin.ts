import type { LabelOrigin } from '@tidemark/monitoring';
import type { LogRecord, OutRecord } from '@tidemark/transport';
import type { LabelSources } from './label-sources.js';

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

/** Where a label came first. One that was not sent again by us came first as it is, whatever it says. */
export function originOf(
  record: Pick<LogRecord, 'headers' | 'offset'>,
  sources: LabelSources,
): { origin?: LabelOrigin } {
  const [, digits, source] = /^(\d{1,15}) (.+)$/.exec(record.headers[HEADER]?.toString() ?? '') ?? [];
  const offset = Number(digits);
  if (source === undefined || !sources.has(source) || (source === sources.own && offset >= record.offset)) return {};
  return { origin: { source, offset } };
}
