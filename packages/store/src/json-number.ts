/** A double as JSONEachRow takes it: JSON itself has no NaN and no infinities, which the engine reads as texts. */
export type JsonNumber = number | 'nan' | 'inf' | '-inf';

/** Null stays null; every double comes back as it went in, but for -0, which is 0 to JSON. */
export function toJsonNumber<N extends number | null>(value: N): JsonNumber | (N & null) {
  if (value === null) return value;
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
}

export function fromJsonNumber<N extends JsonNumber | null>(value: N): number | (N & null) {
  if (value === null) return value as N & null;
  if (typeof value === 'number') return value;
  return value === 'nan' ? NaN : value === 'inf' ? Infinity : -Infinity;
}
