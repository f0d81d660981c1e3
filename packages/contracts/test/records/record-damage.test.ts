import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import fc from 'fast-check';
import type { Control } from '@tidemark/monitoring';
import { ColumnSketch } from '@tidemark/sketches';
import {
  documentHash,
  LocalRegistry,
  RECORD_NAMES,
  RecordReader,
  RecordWriter,
  schemaOf,
  subjectOf,
} from '../../src/index.js';
import { frame } from '../../src/registry/wire-format.js';
import { baselineOf, NOW, partialOf, sketchOf, withFields } from '../samples.js';

const registry = new LocalRegistry();
let writer: RecordWriter;
before(async () => {
  writer = await RecordWriter.open(registry, RECORD_NAMES);
});

test('records that are not expected, or damaged in any way, are faults', async () => {
  const reader = new RecordReader(registry, { names: ['SketchPartial', 'Baseline'] });
  const given = { eventId: 'e', model: 'm', version: null, class: 'x', value: null, observedAt: NOW, source: null };
  const label = { ...given, inclusionProbability: null };
  const read = await reader.read(writer.encode('GroundTruth', label), NOW);
  assert.ok(!read.ok && read.reason === 'wrong_schema', JSON.stringify(read));

  const sketches = [sketchOf('age', 'numeric', [1, 2, 2.5, 7]), sketchOf('plan', 'categorical', ['a', 'b', 'a'])];
  const seeds = [
    writer.encode('SketchPartial', partialOf(sketches, 4)),
    writer.encode('Baseline', baselineOf(sketches)),
  ];
  for (const seed of seeds) await reader.read(seed, NOW);
  const header = 5;
  fc.assert(
    fc.property(fc.constantFrom(...seeds), fc.nat(4000), fc.nat(255), fc.boolean(), (seed, at, byte, cut) => {
      const i = header + (at % (seed.length - header));
      const damaged = cut ? seed.subarray(0, i) : Buffer.from(seed);
      if (!cut) damaged[i] = byte;
      const decoded = reader.decode(damaged);
      if (cut) assert.ok(!decoded.ok);
      if (!decoded.ok) assert.notEqual(decoded.detail, '');
    }),
    { numRuns: 20_000, seed: 3 },
  );
});

test('a sketch whose parts contradict each other is damaged', async () => {
  const age = sketchOf('age', 'numeric', [1, 2, 2.5, 7], false);
  const plan = sketchOf('plan', 'categorical', ['a', 'b', 'a'], false);
  const parts = (sketch: ColumnSketch) => ({
    ...{
      name: sketch.name,
      kind: sketch.kind,
      layout: null,
      nulls: 0,
      nan: 0,
      positiveInfinity: 0,
      negativeInfinity: 0,
    },
    ...{ values: sketch.values, typeErrors: 0, outOfRange: 0, binsEstimated: false, bins: null },
    ...{ moments: sketch.moments, digest: sketch.digest, categories: sketch.categories, distinct: sketch.distinct },
  });
  const contradictory = [
    ColumnSketch.fromParts({ ...parts(age), values: 5 }),
    ColumnSketch.fromParts({ ...parts(age), moments: sketchOf('age', 'numeric', [1, 2], false).moments }),
    ColumnSketch.fromParts({ ...parts(plan), values: 2 }),
  ];
  const reader = new RecordReader(registry);
  for (const sketch of contradictory) {
    const read = await reader.read(writer.encode('SketchPartial', partialOf([sketch], 4)), NOW);
    assert.ok(!read.ok && read.reason === 'damaged', JSON.stringify(read));
  }
});

test('a partial whose events cannot be is damaged', async () => {
  const sound = partialOf([sketchOf('age', 'numeric', [1, 2], false)], 2);
  const reader = new RecordReader(registry);
  for (const changes of [
    { events: -1 },
    { pane: { ...sound.pane, size: 0 } },
    { minEventTime: sound.maxEventTime + 1 },
    { minEventTime: Infinity, maxEventTime: -Infinity },
  ]) {
    const read = await reader.read(writer.encode('SketchPartial', { ...sound, ...changes }), NOW);
    assert.ok(!read.ok && read.reason === 'damaged', JSON.stringify(read));
  }
});

test('a watermark of a partition that does not exist is damaged', async () => {
  const watermark = { sourcePartition: 2, sourcePartitions: 6, watermark: NOW, idleFor: 0 };
  const reader = { clock: NOW, since: NOW, idleTimeout: 0, partialsPartitions: 6, models: [] };
  for (const changes of [
    ...[{ sourcePartition: -1 }, { sourcePartition: 6 }, { sourcePartitions: 0 }, { idleFor: -1 }],
    ...[{ reader: { ...reader, idleTimeout: -1 } }, { reader: { ...reader, partialsPartitions: -1 } }],
  ]) {
    const damaged = writer.encode('SourceWatermark', { ...watermark, ...changes });
    const read = await new RecordReader(registry).read(damaged, NOW);
    assert.ok(!read.ok && read.reason === 'damaged', JSON.stringify(read));
  }
});

test('a change that is not known here, or lacks what it is about, is damaged', async () => {
  const origin = { id: 'c1', by: 'ann', at: NOW, comment: '' };
  const of = { model: 'm', version: '*' };
  const mute = { from: NOW, to: NOW + 1, every: null, reason: 'sale', columns: null };
  const monitor = {
    ...origin,
    ...of,
    kind: 'monitor',
    revision: 1,
    document: 'model: m',
    hash: documentHash('model: m'),
  };
  const unsound = [
    { ...origin, kind: 'teleport' },
    { ...origin, kind: 'acknowledgement', incidentId: '' },
    { ...origin, kind: 'feedback', incidentId: 'i', answer: 'perhaps' },
    { ...origin, ...of, kind: 'mute', mute: null },
    { ...origin, ...of, kind: 'mute', mute: { ...mute, to: NOW } },
    { ...origin, ...of, kind: 'mute', mute: { ...mute, to: NOW + 10, every: 5 } },
    { ...origin, ...of, model: '', kind: 'mute', mute },
    { ...origin, ...of, kind: 'skip', role: 'king' },
    { ...monitor, document: 'model: other' },
    { ...monitor, revision: 0 },
  ];
  const reader = new RecordReader(registry);
  assert.ok((await reader.read(writer.encode('Control', monitor as Control), NOW)).ok);
  for (const control of unsound) {
    const read = await reader.read(writer.encode('Control', control as Control), NOW);
    assert.ok(!read.ok && read.reason === 'damaged', JSON.stringify([control, read]));
  }
});

test('a writer whose schema claims endless values of no bytes does not stop the reader', async () => {
  const schema = withFields<{ name: string }>(schemaOf('GroundTruth'), (fields) => [
    { name: 'nothing', type: { type: 'array', items: 'null' } } as { name: string },
    ...fields,
  ]);
  const id = await registry.register(subjectOf('GroundTruth'), schema);
  const body = Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01, 0]);
  const read = await new RecordReader(registry).read(frame(id, body), NOW);
  assert.ok(!read.ok && read.reason === 'truncated');
});
