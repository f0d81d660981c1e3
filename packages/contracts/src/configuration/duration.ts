const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** The milliseconds of a duration such as `30s`, `5m`, `1h` or `1d`; null for anything else. */
export function parseDuration(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(text.trim());
  if (match === null) return null;
  const milliseconds = Number(match[1]) * UNITS[match[2]];
  return Number.isSafeInteger(milliseconds) ? milliseconds : null;
}

/** A duration as people write it, in the greatest unit that divides it: 90000 is `90s`, 300000 is `5m`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds === 0) return '0s';
  for (const [unit, size] of Object.entries(UNITS).reverse()) {
    if (unit !== 'w' && milliseconds % size === 0) return `${milliseconds / size}${unit}`;
  }
  return `${milliseconds}ms`;
}
