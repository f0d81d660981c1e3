import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseMonitors } from '../../src/index.js';
import { MONITOR_SECTIONS } from '../../src/configuration/monitor-shapes.js';

const doc = readFileSync(new URL('../../../../../docs/monitor.md', import.meta.url), 'utf8');

test('the example of docs/monitor.md is a monitor without a fault', () => {
  const [, example] = /```yaml\n([^]*?)```/.exec(doc) ?? [];
  const parsed = parseMonitors(example, 'docs/monitor.md');
  assert.ok(parsed.ok, JSON.stringify(parsed));
});

test('docs/monitor.md has every section of a monitor file', () => {
  const missing = Object.keys(MONITOR_SECTIONS).filter((section) => !new RegExp(`^\\| \`${section}\\b`, 'm').test(doc));
  assert.deepEqual(missing, []);
});
