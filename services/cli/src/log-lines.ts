export type LogLevel = 'info' | 'warn' | 'error';

/** Writes one structured line to stderr: JSON, as log collectors read it. */
export function logLine(level: LogLevel, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`);
}
