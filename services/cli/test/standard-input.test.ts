import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { before, describe, it } from 'node:test';
import { csvOf, fileRows, fileWith, FOLDER, MAIN, MONITOR, tidemark } from './command.js';

const REPLAY = [
  'replay',
  '--monitor',
  'm.yaml',
  '--baseline',
  'quiet.csv',
  '--events',
  'quiet.csv',
  '--store',
  'piped',
];

describe('standard input', () => {
  before(() => {
    fileWith('m.yaml', MONITOR);
    fileWith('quiet.csv', csvOf(fileRows(5, 10)));
  });

  it('is no command’s to read: what lies there does not come into an insert', async () => {
    const { code, stdout, stderr } = await tidemark(REPLAY, {}, '{"version":1}\nnonsense\n');
    assert.deepEqual([code, stdout, stderr], [0, 'No drift.\n', '']);
    const build = ['baseline', 'build', 'quiet.csv', '--monitor', 'm.yaml', '--store', 'piped'];
    assert.equal((await tidemark(build, {}, 'nonsense\n')).code, 0);
  });

  it('is left to the loop of a shell script', async () => {
    const command = [process.execPath, MAIN, ...REPLAY].map((word) => `'${word}'`).join(' ');
    const script = `printf 'one\\ntwo\\nthree\\n' | while read -r line; do ${command} >/dev/null || exit 1; echo "$line"; done`;
    const shell = spawn('sh', ['-c', script], { cwd: FOLDER, stdio: ['ignore', 'pipe', 'inherit'] });
    let lines = '';
    shell.stdout.setEncoding('utf8').on('data', (text: string) => (lines += text));
    const code = await new Promise((resolve) => shell.on('close', resolve));
    assert.deepEqual([code, lines], [0, 'one\ntwo\nthree\n']);
  });
});
