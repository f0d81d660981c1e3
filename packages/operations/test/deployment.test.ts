import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { ServiceMetrics } from '../src/index.js';

/** From `dist/test` of this package. */
const DEPLOY = new URL('../../../../deploy/', import.meta.url);

describe('alerts and dashboards', () => {
  for (const file of ['prometheus/alerts.yml', 'grafana/dashboards/operations.json']) {
    it(`${file} asks for metrics that there are`, async () => {
      const text = readFileSync(new URL(file, DEPLOY), 'utf8');
      const asked = new Set(text.match(/\btidemark_[a-z0-9_]+/g));
      assert.ok(asked.size >= 6);
      const types = new Map(
        [...(await new ServiceMetrics().text()).matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [
          name,
          type,
        ]),
      );
      for (const name of asked) {
        const histogram = name.replace(/_(bucket|count|sum)$/, '');
        assert.ok(types.has(name) || types.get(histogram) === 'histogram', `${name} is not a metric`);
      }
    });
  }
});
