import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { resumeCommand } from '../../src/index.js';

test('the command that resumes a stream, pasted into a shell, runs nothing else and names the stream', () => {
  const names = ['loans', '1.2', '$(echo ran)', '`echo ran`', '; echo ran #', "'; echo ran; '", '-x', '--skip', 'a b'];
  for (const model of [...names, '\n echo ran\n', '"', '\\', '!!', '~', '*', 'é', '']) {
    const command = resumeCommand({ model, version: model, role: 'champion' });
    const script = `tidemark() { printf '%s\\0' "$@"; }\n${command}\n`;
    const { stdout, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
    assert.equal(stderr, '');
    const words = stdout.split('\0').slice(0, -1);
    assert.deepEqual(words, ['resume', ...(model.startsWith('-') ? ['--'] : []), model, model]);
  }
  assert.equal(resumeCommand({ model: 'loans', version: '1', role: 'champion' }), 'tidemark resume loans 1');
});
