/** How much an effect matters, from the least to the worst: {@link SEVERITIES}. */
export type Severity = 'minor' | 'moderate' | 'major';

/** From the least to the worst. */
export const SEVERITIES: readonly Severity[] = ['minor', 'moderate', 'major'];

/** The most severe severity among findings; at least one must be given. */
export function worst(findings: readonly { readonly severity: Severity }[]): Severity {
  return findings.reduce<Severity>(
    (most, { severity }) => (SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(most) ? severity : most),
    'minor',
  );
}

export function exceeds(severity: Severity, other: Severity): boolean {
  return SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(other);
}

/** Whether a severity reaches another. */
export function reaches(severity: Severity, least: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least);
}

/** The severity of an effect; minor where it reaches no other. */
export function severityOf(effect: number, thresholds: Readonly<Record<Severity, number>>): Severity {
  if (effect >= thresholds.major) return 'major';
  return effect >= thresholds.moderate ? 'moderate' : 'minor';
}
