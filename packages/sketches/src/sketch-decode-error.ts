/** Bytes or stored parts that are not a sketch. The same bytes fail again, so there is nothing to retry. */
export class SketchDecodeError extends Error {
  readonly code = 'SKETCH_DECODE';
  readonly retriable = false;

  /** @param what what was being read, @param fault what is wrong with it. */
  constructor(what: string, fault: string) {
    super(`Cannot read ${what}: ${fault}. Its bytes were damaged, or written by a newer version.`);
    this.name = 'SketchDecodeError';
  }
}
