import type { GroundTruth } from '@tidemark/contracts';
import type { LabelOrigin } from '@tidemark/monitoring';

/** A label and how it came. */
export interface ArrivedLabel {
  readonly truth: GroundTruth;
  readonly offset: number;
  /** Where it came first, of a label that waited and was sent again. */
  readonly origin?: LabelOrigin;
  /** When it was sent, milliseconds since the epoch. */
  readonly sentAt: number;
  /** Its bytes, which are sent again should it have to wait. */
  readonly record: Buffer;
}
