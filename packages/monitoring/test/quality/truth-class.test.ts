import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Answer } from '@tidemark/sketches';
import { writtenAs } from '../../src/index.js';

const answer = (named: string | null): Answer => ({
  ...{ class: named, score: null, value: null, confidence: null, probabilities: new Map() },
});

describe('writtenAs', () => {
  const CASES: readonly (readonly [answered: string | null, found: string, written: string])[] = [
    ['1', 'true', '1'],
    ['1', 'False', '0'],
    ['0', 'True', '1'],
    ['1.0', '0', '0.0'],
    ['1.0', 'false', '0.0'],
    ['3', '12.0', '12'],
    ['True', 'false', 'False'],
    ['TRUE', '0', 'FALSE'],
    ['false', '1', 'true'],
    ['false', '1.0', 'true'],
    // What is no other spelling stays.
    ['true', '2', '2'],
    ['1', 'yes', 'yes'],
    ['yes', 'true', 'true'],
    ['cat', '1', '1'],
    ['7', '7.5', '7.5'],
    [null, 'true', 'true'],
  ];
  for (const [answered, found, written] of CASES) {
    it(`writes ${found} as ${written} beside ${answered ?? 'no class'}`, () => {
      assert.deepEqual(writtenAs(answer(answered), { class: found, value: 5 }), { class: written, value: 5 });
    });
  }
});
