import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

export { seededUniform } from '../src/seeded-uniform.js';

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
