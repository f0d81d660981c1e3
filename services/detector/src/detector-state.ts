import { gunzipSync, gzipSync } from 'node:zlib';
import type { DetectorSnapshot } from '@tidemark/monitoring';

/** What the detector of one partition of the partials leaves for its successor, with every flush. */
export interface DetectorState {
  /** The offset from which the successor reads: that of the oldest record an open pane rests on. */
  readonly readFrom: number;
  readonly snapshot: DetectorSnapshot;
}

const FORMAT = 1;
/** What a gzip stream begins with. */
const GZIP = [0x1f, 0x8b] as const;

/** JSON, with the numbers that JSON lacks as {"$number": "-Infinity"}, compressed: of many columns and segments it is some megabytes. */
export function encodeState(state: DetectorState): Buffer {
  const text = JSON.stringify({ format: FORMAT, ...state }, (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? { $number: String(value) } : value,
  );
  return gzipSync(text, { level: 1 });
}

/** Null for what is no state of this format: the detector then begins where its group's offset says, with nothing remembered. */
export function decodeState(value: Buffer): DetectorState | null {
  let state: (DetectorState & { readonly format: number }) | null;
  try {
    // One of an older version is not compressed.
    const text = value[0] === GZIP[0] && value[1] === GZIP[1] ? gunzipSync(value) : value;
    state = JSON.parse(text.toString('utf8'), (_, part: unknown) =>
      typeof part === 'object' && part !== null && '$number' in part ? Number(part.$number) : part,
    ) as DetectorState & { format: number };
  } catch {
    return null;
  }
  return state?.format === FORMAT ? { readFrom: state.readFrom, snapshot: state.snapshot } : null;
}
