import type { DetectorSnapshot } from '@tidemark/monitoring';

/** What the detector of one partition of the partials leaves for its successor, with every flush. */
export interface DetectorState {
  /** The offset from which the successor reads: that of the oldest record an open pane rests on. */
  readonly readFrom: number;
  readonly snapshot: DetectorSnapshot;
}

const FORMAT = 1;

/** JSON, with the numbers that JSON lacks as {"$number": "-Infinity"}. */
export function encodeState(state: DetectorState): Buffer {
  const text = JSON.stringify({ format: FORMAT, ...state }, (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? { $number: String(value) } : value,
  );
  return Buffer.from(text);
}

/** Null for what is no state of this format: the detector then begins where its group's offset says, with nothing remembered. */
export function decodeState(value: Buffer): DetectorState | null {
  let state: (DetectorState & { readonly format: number }) | null;
  try {
    state = JSON.parse(value.toString('utf8'), (_, part: unknown) =>
      typeof part === 'object' && part !== null && '$number' in part ? Number(part.$number) : part,
    ) as DetectorState & { format: number };
  } catch {
    return null;
  }
  return state?.format === FORMAT ? { readFrom: state.readFrom, snapshot: state.snapshot } : null;
}
