import { ServiceError } from '@tidemark/runtime';

export type LogLevel = 'info' | 'warn' | 'error';

/**
 * Writes one structured line to stderr: JSON, as log collectors read it. Errors among the fields are named with their code and
 * message; credentials within addresses are blotted out, wherever they come from.
 */
export function logLine(level: LogLevel, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
  process.stderr.write(`${lineOf(level, message, fields, new Date())}\n`);
}

/** The line without its end. */
export function lineOf(
  level: LogLevel,
  message: string,
  fields: Readonly<Record<string, unknown>>,
  time: Date,
): string {
  const own = { time: time.toISOString(), level, message };
  // In front for whoever reads, and again behind, so that no field can pass for them.
  const line = Object.assign({ ...own }, fields, own);
  return JSON.stringify(line, (_, value: unknown) => {
    if (typeof value === 'string') return value.replace(CREDENTIALS, '$1***@');
    if (typeof value === 'bigint') return String(value);
    return value instanceof Error ? errorFields(value) : value;
  });
}

/** What a line says of an error that ended a service: itself, where it came up where that is known, and its stack with those of its causes. */
export function failureFields(error: unknown): Readonly<Record<string, unknown>> {
  const place = error instanceof ServiceError ? error.place : {};
  const stacks: string[] = [];
  for (let each = error; each instanceof Error && stacks.length < MOST_CAUSES; each = each.cause) {
    stacks.push(each.stack ?? `${each.name}: ${each.message}`);
  }
  return { error, ...place, stack: stacks.join('\ncaused by ') };
}

const MOST_CAUSES = 5;

/** `user:password@` after a scheme, up to the last @ before the path. */
const CREDENTIALS = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/?#]*@/gi;

/** The message of the outermost error is written to be read; `failureFields` adds what a developer looks for. */
function errorFields(error: Error): Record<string, unknown> {
  const { code } = error as { code?: unknown };
  return { name: error.name, ...(code === undefined ? {} : { code }), message: error.message };
}
