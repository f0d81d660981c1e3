import { TransportError } from '../transport-error.js';

/** Milliseconds: longer than a broker's restart or the election of a new leader takes. */
const PATIENCE = 60_000;

/** Tries again what failed for a reason that passes, ever less often, until the patience is spent; then throws the last error. */
export async function persistently<T>(action: () => Promise<T>, patience = PATIENCE): Promise<T> {
  const deadline = performance.now() + patience;
  for (let wait = 50; ; wait = Math.min(2 * wait, 2000)) {
    try {
      return await action();
    } catch (error) {
      const passing = error instanceof TransportError && error.retriable;
      if (!passing || performance.now() + wait > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}
