import { ExitCode } from './exit-codes.js';
import { logLine } from './log-lines.js';

/** Aborts at the first SIGTERM or SIGINT; a second one ends the process on the spot. */
export function stopSignals(): AbortSignal {
  const stop = new AbortController();
  const hear = (signal: NodeJS.Signals): void => {
    if (!stop.signal.aborted) return stop.abort();
    logLine('warn', 'told to stop again: ending at once', { signal });
    process.exit(ExitCode.failure);
  };
  process.on('SIGTERM', hear);
  process.on('SIGINT', hear);
  return stop.signal;
}
