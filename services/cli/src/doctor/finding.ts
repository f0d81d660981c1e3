/** What one check found. */
export interface Finding {
  /** What was looked at: `topic inference-events`. */
  readonly check: string;
  /** One phrase. */
  readonly found: string;
  /** How to mend it, a command where there is one; null where all is well. */
  readonly mend: string | null;
}

export const ok = (check: string, found: string): Finding => ({ check, found, mend: null });

export const toMend = (check: string, found: string, mend: string): Finding => ({ check, found, mend });

/** Runs a check; where it throws, that is what was found. @param mend by the error's code; else what to do about any. */
export async function checking(
  check: string,
  run: () => Promise<Finding | readonly Finding[]>,
  mend: string,
): Promise<readonly Finding[]> {
  try {
    return [await run()].flat();
  } catch (error) {
    return [toMend(check, error instanceof Error ? error.message : String(error), mend)];
  }
}
