import type { ServiceHealth } from './service-health.js';
import type { ServiceMetrics } from './service-metrics.js';

/** Asks a dependency something cheap; rejects, or gives false, where it does not answer. */
export type DependencyCheck = () => Promise<unknown>;

export interface CheckSettings {
  /** Milliseconds between the checks of a dependency. */
  readonly interval?: number;
  /** Milliseconds after which a dependency that has not answered counts as away. */
  readonly patience?: number;
}

/**
 * Asks the dependencies again and again, in the background: a probe is answered from what is known and costs them nothing. A
 * check that is still under way is not made twice.
 *
 * @returns what ends it.
 */
export function watchDependencies(
  checks: Readonly<Record<string, DependencyCheck>>,
  health: ServiceHealth,
  metrics: ServiceMetrics,
  { interval = 5000, patience = 5000 }: CheckSettings = {},
): () => void {
  let ended = false;
  const underWay = new Set<string>();
  const note = (name: string, answers: boolean): void => {
    if (ended) return;
    health.dependency(name, answers);
    metrics.dependency(name, answers);
  };
  const ask = async (name: string, check: DependencyCheck): Promise<void> => {
    if (underWay.has(name)) return note(name, false);
    underWay.add(name);
    const late = setTimeout(() => note(name, false), patience);
    try {
      note(name, (await check()) !== false);
    } catch {
      note(name, false);
    } finally {
      clearTimeout(late);
      underWay.delete(name);
    }
  };
  const askAll = (): void => {
    for (const [name, check] of Object.entries(checks)) void ask(name, check);
  };
  const timer = setInterval(askAll, interval);
  askAll();
  return () => {
    ended = true;
    clearInterval(timer);
  };
}
