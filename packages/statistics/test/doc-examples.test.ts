import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { runInNewContext } from 'node:vm';
import { ColumnSketch } from '@tidemark/sketches';
import * as statistics from '../src/index.js';

const SOURCES = new URL('../../src/', import.meta.url);

/** The code of each example of a source file, without the comment's stars. */
function examplesOf(source: string): string[] {
  return [...source.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1].replace(/^ *\* ?/gm, ''));
}

/** Runs an example; each statement with a trailing comment has to give the comment's number, to the digits it shows. */
function run(example: string): number {
  const results: [unknown, string][] = [];
  const code = example.replace(/^(.*); \/\/ (\S+)$/gm, '__expect(($1), "$2");');
  const expectValue = (value: unknown, expected: string): number => results.push([value, expected]);
  runInNewContext(code, { ...statistics, ColumnSketch, __expect: expectValue });
  for (const [value, expected] of results) {
    const digits = expected.split('.')[1]?.length ?? 0;
    const off = Math.abs(Number(value) - Number(expected));
    assert.ok(off <= 0.51 * 10 ** -digits, `${String(value)} instead of ${expected} in:\n${example}`);
  }
  return results.length;
}

describe('examples in doc strings', () => {
  for (const file of readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )) {
    const examples = examplesOf(readFileSync(new URL(file, SOURCES), 'utf8'));
    if (examples.length === 0) continue;
    it(`${file} gives what its examples say`, () => {
      for (const example of examples) assert.ok(run(example) > 0, `no value is stated in:\n${example}`);
    });
  }

  it('are there for every exported function', () => {
    const all = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => examplesOf(readFileSync(new URL(name, SOURCES), 'utf8')))
      .join('\n');
    const functions = Object.entries(statistics).filter(([, value]) => typeof value === 'function');
    for (const [name] of functions) assert.ok(all.includes(`${name}(`), `${name} has no example`);
  });
});
