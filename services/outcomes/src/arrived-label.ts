import type { GroundTruth } from '@tidemark/contracts';

/** A label and how it came. */
export interface ArrivedLabel {
  readonly truth: GroundTruth;
  readonly offset: number;
  /** When it was sent, milliseconds since the epoch. */
  readonly sentAt: number;
  /** Its bytes, which are sent again should it have to wait. */
  readonly record: Buffer;
}
