/** What the command's exit code says. */
export const ExitCode = {
  ok: 0,
  /** Something failed while running. */
  failure: 1,
  /** The command line, a setting or a monitor file is wrong. */
  usage: 2,
  /** Drift was found and the user asked to be told so by the exit code. */
  drift: 3,
} as const;

/** What the user has to mend, one line each; ends the command with exit code 2. */
export class UsageError extends Error {
  constructor(readonly lines: readonly string[]) {
    super(lines.join('\n'));
    this.name = 'UsageError';
  }
}
