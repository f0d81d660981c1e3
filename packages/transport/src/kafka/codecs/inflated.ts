/** What was inflated of a batch: all of it, or what lies before its fault. */
export interface Inflated {
  readonly bytes: Buffer;
  /** What is wrong with the rest, to be read after "in a gzip batch of 300 bytes that"; null where all of it was inflated. */
  readonly fault: string | null;
}

/** Inflates bytes to at most `most` bytes, and takes no more memory than that by more than a block of the format (4 MiB at most). */
export type Inflate = (compressed: Buffer, most: number) => Inflated | Promise<Inflated>;

export function beyond(most: number): string {
  return `inflates to more than ${most}`;
}

export function damaged(detail: unknown): string {
  return `is damaged (${detail instanceof Error ? detail.message : String(detail)})`;
}

export const NOTHING = Buffer.alloc(0);

/** Whether a batch was refused for what it inflates to, and not for damage. */
export function isBeyond(reason: string): boolean {
  return reason.includes(beyond(0).replace(/0$/, ''));
}
