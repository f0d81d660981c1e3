import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

/** A fixture that fixtures/generate.py computed. */
export function oracle<Cases>(name: string): Cases {
  const file = new URL(`../../test/fixtures/${name}.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { cases: Cases }).cases;
}

export function assertClose(actual: number, expected: number, relative: number, what: string): void {
  const close = actual === expected || Math.abs(actual - expected) <= relative * Math.abs(expected);
  assert.ok(
    close,
    `${what}: ${actual} instead of ${expected}, off by ${Math.abs(actual / expected - 1).toExponential(2)}`,
  );
}

/** Uniform draws on [0, 1) from a seed (splitmix32 by Steele, Lea and Flood's scheme). */
export function seededUniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
}
