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
