import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rowsOf, tidemark } from './command.js';

describe('tidemark demo', () => {
  it('finds all that it injects and nothing else, and leaves what the printed queries ask for', async () => {
    const { code, stdout, stderr } = await tidemark(['demo', '--store', 'demo']);
    assert.equal(stderr, '');
    assert.match(stdout, /\nFound 6 of 6 injected drifts; other incidents: 0\.\n/);
    assert.equal(code, 0);
    const queries = [...stdout.matchAll(/query --store demo "(.*)"$/gm)].map(([, sql]) => sql);
    assert.notEqual(queries.length, 0);
    for (const sql of queries) assert.notEqual((await rowsOf('demo', sql)).length, 0, sql);
  });
});
