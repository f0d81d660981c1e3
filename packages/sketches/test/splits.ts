import fc from 'fast-check';

/** Values cut into parts, and an order to merge the parts in. */
export interface Split<T> {
  readonly values: readonly T[];
  readonly parts: readonly (readonly T[])[];
}

/** Any values, in any parts (empty ones too), in any order. */
export function splits<T>(value: fc.Arbitrary<T>, maxLength: number): fc.Arbitrary<Split<T>> {
  const tagged = fc.array(fc.tuple(value, fc.nat(6)), { maxLength, size: 'max' });
  return tagged.map((items) => ({
    values: items.map(([item]) => item),
    parts: Array.from({ length: 7 }, (_, part) => items.filter(([, p]) => p === part).map(([item]) => item)),
  }));
}

/** Finite numbers of every size, with repeats likely, both zeros and denormals among them. */
export const finiteNumbers: fc.Arbitrary<number> = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -20, max: 20 }),
  fc.constantFrom(0, -0, 5e-324, -5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, 1e300, 2 ** 53),
);

/** Finite numbers that moments stay comparable over. */
export const tameNumbers: fc.Arbitrary<number> = fc.oneof(
  fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  fc.integer({ min: -20, max: 20 }),
  fc.constantFrom(0, -0, 5e-324),
);
