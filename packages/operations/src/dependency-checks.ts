import type { ServiceHealth } from './service-health.js';
import type { ServiceMetrics } from './service-metrics.js';

/** Asks a dependency something cheap; rejects, or gives false, where it does not answer. */
export type DependencyCheck = () => Promise<unknown>;

export interface CheckSettings {
  /** Milliseconds between the checks of a dependency. */
  readonly interval?: number;
  /** Milliseconds after which a dependency that has not answered counts as away. */
  readonly patience?: number;
  /** Milliseconds between two notices of one that stays away; a minute unless stated. */
  readonly repeat?: number;
  /** Hears when a dependency goes, now and then while it is away, and when it is back. */
  readonly onNotice?: (notice: DependencyNotice) => void;
}

export interface DependencyNotice {
  readonly name: string;
  readonly state: 'gone' | 'away' | 'back';
  /** For how long it is or was away, in whole seconds. */
  readonly seconds: number;
  /** Why the last check failed; null once it is back. */
  readonly error: unknown;
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
  { interval = 5000, patience = 5000, repeat = 60_000, onNotice }: CheckSettings = {},
): () => void {
  let ended = false;
  const underWay = new Set<string>();
  const outages = new Map<string, { readonly since: number; told: number }>();
  const tell = (name: string, answers: boolean, error: unknown): void => {
    const outage = outages.get(name);
    const now = performance.now();
    const seconds = Math.round((now - (outage?.since ?? now)) / 1000);
    if (answers) {
      if (outages.delete(name)) onNotice?.({ name, state: 'back', seconds, error: null });
    } else if (outage === undefined) {
      outages.set(name, { since: now, told: now });
      onNotice?.({ name, state: 'gone', seconds, error });
    } else if (now - outage.told >= repeat) {
      outage.told = now;
      onNotice?.({ name, state: 'away', seconds, error });
    }
  };
  const noAnswer = (): Error => new Error(`no answer within ${patience / 1000} s`);
  const note = (name: string, answers: boolean, error: unknown = null): void => {
    if (ended) return;
    health.dependency(name, answers);
    metrics.dependency(name, answers);
    tell(name, answers, error);
  };
  const ask = async (name: string, check: DependencyCheck): Promise<void> => {
    if (underWay.has(name)) return note(name, false, noAnswer());
    underWay.add(name);
    const late = setTimeout(() => note(name, false, noAnswer()), patience);
    try {
      note(name, (await check()) !== false, new Error('it does not answer as one that works does'));
    } catch (error) {
      note(name, false, error);
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
