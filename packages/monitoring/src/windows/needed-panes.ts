import type { Stream } from '../stream.js';

/** Closed panes of one stream that must be read back: after a restart, or to renew a baseline. */
export interface NeededPanes {
  readonly stream: Stream;
  /** Milliseconds since the epoch, inclusive and exclusive. */
  readonly from: number;
  readonly to: number;
  /** Milliseconds. */
  readonly paneSize: number;
  /** True: their quality alone, for windows that wait for labels; false: all but that. */
  readonly quality: boolean;
}
