import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileWith, FOLDER, MONITOR, tidemark } from './command.js';

describe('tidemark check', () => {
  it('prints every fault of every file with its line and path, and exits with 2', async () => {
    mkdirSync(join(FOLDER, 'wrong'));
    fileWith(
      'wrong/a.yaml',
      'model: a\npane: 1m\nwindows: [90s, 5q]\ndecision:\n  false_alarms: few\n  psi: {minor: 1}\nbaselin: published\n',
    );
    fileWith('wrong/b.yaml', 'pane: 1m\n');
    fileWith('wrong/c.yaml', MONITOR);
    const { code, stdout, stderr } = await tidemark(['check', 'wrong']);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    const places = stderr
      .trimEnd()
      .split('\n')
      .map((line) => line.split(': ').slice(0, 2).join(': '));
    assert.deepEqual(places, [
      'wrong/a.yaml:3: windows[1]',
      'wrong/a.yaml:5: decision.false_alarms',
      'wrong/a.yaml:6: decision.psi',
      'wrong/a.yaml:7: baselin',
      'wrong/b.yaml:1: model',
    ]);
    assert.match(stderr, /did you mean 'baseline'\?/);
  });

  it('says what a right file watches', async () => {
    const { code, stdout, stderr } = await tidemark(['check', fileWith('m.yaml', MONITOR)]);
    assert.deepEqual([code, stderr], [0, '']);
    assert.equal(stdout, 'm, every version: windows of 5m from panes of 1m\n');
  });

  it('names the file that is not there', async () => {
    const { code, stderr } = await tidemark(['check', 'nowhere.yaml']);
    assert.equal(code, 2);
    assert.equal(stderr, 'nowhere.yaml: there is no such file or folder\n');
  });
});

describe('The command line', () => {
  it('shows how it is used where an option is unknown or an argument is missing', async () => {
    for (const commandLine of [['--frobnicate'], ['replay', '--frobnicate'], ['query'], ['frobnicate'], []]) {
      const { code, stderr } = await tidemark(commandLine);
      assert.equal(code, 2, commandLine.join(' '));
      assert.match(stderr, /Usage: tidemark/);
      assert.doesNotMatch(stderr, /\n {4}at /, 'no stack trace');
    }
  });

  it('exits with 0 for help', async () => {
    const { code, stdout } = await tidemark(['--help']);
    assert.equal(code, 0);
    assert.match(stdout, /replay/);
  });

  it('tells every setting that a service lacks', async () => {
    for (const service of ['sketcher', 'detector']) {
      const { code, stderr } = await tidemark([service], { TIDEMARK_KAFKA_TLS: 'maybe' });
      assert.equal(code, 2);
      const variables = stderr
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[0]);
      assert.deepEqual(variables.sort(), ['TIDEMARK_BROKERS', 'TIDEMARK_KAFKA_TLS', 'TIDEMARK_REGISTRY_URL']);
    }
  });
});
