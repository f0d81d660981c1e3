import type { Severity } from './monitor.js';

/** The severity of an effect; minor where it reaches no other. */
export function severityOf(effect: number, thresholds: Readonly<Record<Severity, number>>): Severity {
  if (effect >= thresholds.major) return 'major';
  return effect >= thresholds.moderate ? 'moderate' : 'minor';
}
