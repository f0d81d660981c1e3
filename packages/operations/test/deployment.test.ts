import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { ServiceMetrics } from '../src/index.js';

/** From `dist/test` of this package. */
const DEPLOY = new URL('../../../../deploy/', import.meta.url);

describe('images', () => {
  const text = (name: string) => readFileSync(new URL(`../${name}`, DEPLOY), 'utf8');

  it('are of a supported Node, pinned by digest, and run no scripts of packages', () => {
    const dockerfile = text('Dockerfile');
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    assert.equal(bases.length, 2);
    for (const base of bases) assert.match(base, /^node:(22|24|26)\.\d+\.\d+-\S+@sha256:[0-9a-f]{64}$/);
    assert.equal(new Set(bases).size, 1);
    for (const [command] of dockerfile.matchAll(/npm (?:ci|install|prune).*/g))
      assert.match(command, /--ignore-scripts/);
  });

  it('of dependencies are pinned, by digest or by their exact version', () => {
    const images = [...text('docker-compose.yml').matchAll(/^ +image: (\S+)/gm)].map(([, image]) => image);
    assert.ok(images.length >= 7);
    for (const image of images) {
      if (image.startsWith('tidemark:')) continue;
      assert.match(image, /@sha256:[0-9a-f]{64}$|^apicurio\/[a-z-]+:\d+\.\d+\.\d+\.Final$/, image);
    }
  });
});

describe('alerts', () => {
  const [, ...texts] = readFileSync(new URL('prometheus/alerts.yml', DEPLOY), 'utf8').split('- alert: ');
  const rules = texts.map((text) => ({
    alert: text.slice(0, text.indexOf('\n')),
    expr: /^ +expr: (.+)$/m.exec(text)?.[1],
    lasting: /^ +for: (.+)$/m.exec(text)?.[1] ?? '',
    severity: /^ +labels: \{ severity: (\w+) \}$/m.exec(text)?.[1],
  }));

  for (const [what, expr, severity] of [
    ['a dependency that does not answer', 'tidemark_dependency_up == 0', 'warning'],
    ['an instance that is not ready', 'tidemark_ready == 0', 'warning'],
    ['a service of which no instance is ready', 'max by (job) (tidemark_ready) == 0', 'critical'],
    ['a partition that no instance holds', 'max by (job, topic, partition) (tidemark_partition_held) == 0', 'critical'],
  ]) {
    it(`tell of ${what}, once it has lasted for minutes`, () => {
      const found = rules.filter((rule) => rule.expr === expr);
      assert.equal(found.length, 1);
      assert.equal(found[0].severity, severity);
      assert.match(found[0].lasting, /^\d+m$/);
    });
  }

  it('are told apart by their names, each of which docs/operations.md explains where somebody has to act', () => {
    assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
    const page = readFileSync(new URL('../docs/operations.md', DEPLOY), 'utf8');
    for (const { alert } of rules.filter((rule) => rule.severity === 'critical')) {
      assert.ok(page.includes(`\`${alert}\``), `${alert} is not explained`);
    }
  });
});

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
