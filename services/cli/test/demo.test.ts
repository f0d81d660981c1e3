import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { prepareDemoFolder } from '../src/demo/demo-folder.js';
import { fileWith, FOLDER, rowsOf, tidemark } from './command.js';

describe('tidemark demo', () => {
  it('finds all that it injects and nothing else, and leaves what the printed queries ask for', async () => {
    const { code, stdout, stderr } = await tidemark(['demo', '--store', 'demo']);
    assert.equal(stderr, '');
    assert.match(stdout, /\nFound 6 of 6 injected drifts; other incidents: 0\.\n/);
    assert.equal(code, 0);
    const queries = [...stdout.matchAll(/query --store demo "(.*)"$/gm)].map(([, sql]) => sql);
    assert.notEqual(queries.length, 0);
    for (const sql of queries) assert.notEqual((await rowsOf('demo', sql)).length, 0, sql);

    // Again: what the first one left is removed; but not once something else is there.
    fileWith('demo/notes.txt', 'mine');
    const before = readdirSync(join(FOLDER, 'demo'), { recursive: true });
    const refused = await tidemark(['demo', '--store', 'demo']);
    assert.deepEqual([refused.code, refused.stdout], [2, '']);
    assert.match(
      refused.stderr,
      /^--store demo: the folder holds what no demonstration has made \(notes\.txt\)\. Name/,
    );
    assert.deepEqual(readdirSync(join(FOLDER, 'demo'), { recursive: true }), before);
    rmSync(join(FOLDER, 'demo', 'notes.txt'));
    await prepareDemoFolder(join(FOLDER, 'demo'));
    assert.deepEqual(readdirSync(join(FOLDER, 'demo')), ['made-by-tidemark-demo']);
  });

  it('takes no folder that holds anything else, and touches nothing in it or beside it', async () => {
    mkdirSync(join(FOLDER, 'project', 'src'), { recursive: true });
    fileWith('project/src/thesis.tex', 'years of work');
    fileWith('project-training.jsonl', 'mine');
    const { code, stdout, stderr } = await tidemark(['demo', '--store', 'project']);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /^--store project: the folder holds what no demonstration has made \(src\)/);
    assert.equal(readFileSync(join(FOLDER, 'project/src/thesis.tex'), 'utf8'), 'years of work');
    assert.equal(readFileSync(join(FOLDER, 'project-training.jsonl'), 'utf8'), 'mine');
    // A store with somebody's data is none of a demonstration's either.
    assert.equal((await tidemark(['migrate', '--store', 'real'])).code, 0);
    assert.equal((await tidemark(['demo', '--store', 'real'])).code, 2);
    assert.equal((await tidemark(['demo', '--store', 'project-training.jsonl'])).code, 2);
  });
});
