import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import fc from 'fast-check';
import {
  INCIDENT_ANSWERS,
  type Baseline,
  type Control,
  type DriftEvent,
  type LabelingRequest,
  type ModelRole,
  type SketchPartial,
} from '@tidemark/monitoring';
import {
  ContractsError,
  deadLetterOf,
  documentHash,
  LEAST_INCLUSION_PROBABILITY,
  LocalRegistry,
  RECORD_NAMES,
  RecordReader,
  RecordWriter,
  type RecordName,
  type Records,
} from '../../src/index.js';
import { baselineOf, contentOf, NOW, partialOf, sketchOf } from '../samples.js';

const registry = new LocalRegistry();
let writer: RecordWriter;
before(async () => {
  writer = await RecordWriter.open(registry, RECORD_NAMES);
});

async function reread<N extends RecordName>(
  name: N,
  record: Records[N],
  reader = new RecordReader(registry),
): Promise<Records[N]> {
  const read = await reader.read(writer.encode(name, record), NOW);
  assert.ok(read.ok, JSON.stringify(read));
  assert.equal(read.name, name);
  return read.record as Records[N];
}

/** Objects with the prototype that decoded ones have. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true });
const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const time = fc.integer({ min: 0, max: 4e12 });
const number = fc.double();
const stream = record({ model: word, version: word, role: fc.constantFrom('champion', 'shadow', 'canary') });
const segment = record({ dimension: text, value: text });
const bytes = fc.uint8Array({ maxLength: 50 }).map((content) => Buffer.from(content));

test('any source watermark comes back, that before the first event included', async () => {
  const source = record({
    sourcePartition: fc.nat(1000),
    sourcePartitions: fc.integer({ min: 1001, max: 2000 }),
    watermark: fc.oneof(time, fc.constant(-Infinity)),
    idleFor: fc.nat(),
  });
  const reader = record({
    ...{ clock: time, since: time, idleTimeout: fc.nat(), partialsPartitions: fc.nat(1000) },
    models: fc.array(record({ model: word, watermark: time }), { maxLength: 5 }),
  });
  const ofAnyVersion = fc.oneof(
    source,
    fc.tuple(source, reader).map(([each, more]) => ({ ...each, reader: more })),
  );
  await fc.assert(
    fc.asyncProperty(ofAnyVersion, async (each) => assert.deepEqual(await reread('SourceWatermark', each), each)),
  );
});

test('any label comes back', async () => {
  const truth = record({
    eventId: word,
    model: word,
    version: fc.option(text),
    class: fc.option(text),
    value: fc.double({ noNaN: true, noDefaultInfinity: true }),
    observedAt: time,
    source: fc.option(text),
    inclusionProbability: fc.option(fc.double({ min: LEAST_INCLUSION_PROBABILITY, max: 1, noNaN: true })),
  });
  await fc.assert(fc.asyncProperty(truth, async (each) => assert.deepEqual(await reread('GroundTruth', each), each)));
});

test('any monitor comes back, with its revisions', async () => {
  const revision = record({
    revision: fc.integer({ min: 1, max: 1e6 }),
    document: fc.option(fc.string({ unit: 'grapheme', maxLength: 200 })),
    appliedBy: text,
    appliedAt: time,
    comment: text,
  }).map((each) => ({ ...each, hash: documentHash(each.document) }));
  const monitor = fc
    .tuple(record({ model: word, version: word, history: fc.array(revision, { maxLength: 3 }) }), revision)
    .map(([of, newest]) => ({ ...of, ...newest }));
  await fc.assert(fc.asyncProperty(monitor, async (each) => assert.deepEqual(await reread('Monitor', each), each)));
});

test('any change that somebody makes comes back', async () => {
  const origin = { id: word, by: text, at: time, comment: text };
  const of = { model: word, version: word };
  const kind = <K extends Control['kind']>(name: K) => fc.constant(name);
  const role = fc.option(fc.constantFrom<ModelRole>('champion', 'shadow', 'canary'));
  const mute = record({
    from: time,
    to: fc.integer({ min: 4e12 + 1, max: 5e12 }),
    every: fc.option(fc.integer({ min: 5e12, max: 6e12 })),
    reason: text,
    columns: fc.option(fc.array(text, { maxLength: 3 })),
  });
  const control: fc.Arbitrary<Control> = fc.oneof(
    record({
      ...origin,
      ...of,
      kind: kind('monitor'),
      revision: fc.integer({ min: 1 }),
      document: fc.option(text),
    }).map((each) => ({ ...each, hash: documentHash(each.document) })),
    record({ ...origin, ...of, kind: kind('mute'), mute }),
    record({ ...origin, kind: kind('unmute'), muteId: word }),
    record({ ...origin, kind: kind('acknowledgement'), incidentId: word }),
    record({ ...origin, kind: kind('feedback'), incidentId: word, answer: fc.constantFrom(...INCIDENT_ANSWERS) }),
    record({ ...origin, ...of, kind: kind('baseline'), baselineId: word, hash: text }),
    record({ ...origin, ...of, kind: fc.constantFrom('resume' as const, 'skip' as const), role }),
  );
  await fc.assert(fc.asyncProperty(control, async (each) => assert.deepEqual(await reread('Control', each), each)));
});

test('any event comes back', async () => {
  const event = record({
    eventId: word,
    model: word,
    version: word,
    role: fc.constantFrom('champion' as const, 'shadow' as const, 'canary' as const),
    eventTime: time,
    requestId: fc.option(text),
    features: fc.dictionary(word, fc.oneof(number, text, fc.boolean(), fc.constant(null)), { noNullPrototype: true }),
    prediction: record({
      score: fc.option(number),
      class: fc.option(text),
      value: fc.option(number),
      probabilities: fc.dictionary(word, number, { noNullPrototype: true }),
    }),
    confidence: fc.option(number),
    segments: fc.dictionary(word, text, { noNullPrototype: true }),
    embeddings: fc.dictionary(word, fc.array(fc.float({ noNaN: true }), { maxLength: 5 }), { noNullPrototype: true }),
  });
  // avsc makes objects of maps, in which this one name cannot be set.
  const safe = event.filter(({ features, segments, embeddings, prediction: { probabilities } }) =>
    [features, segments, embeddings, probabilities].every((map) => !Object.hasOwn(map, '__proto__')),
  );
  await fc.assert(fc.asyncProperty(safe, async (each) => assert.deepEqual(await reread('InferenceEvent', each), each)));
});

test('any labelling request comes back, and one without a probability is refused', async () => {
  const request: fc.Arbitrary<LabelingRequest> = record({
    eventId: word,
    stream: stream,
    eventTime: time,
    segments: fc.dictionary(word, text, { noNullPrototype: true }),
    features: fc.dictionary(word, fc.oneof(number, text, fc.boolean(), fc.constant(null)), { noNullPrototype: true }),
    answer: record({
      ...{ score: fc.option(number), class: fc.option(text), value: fc.option(number), confidence: fc.option(number) },
      probabilities: fc.dictionary(word, number).map((of) => new Map(Object.entries(of))),
    }),
    inclusionProbability: fc.double({ min: 1e-9, max: 1, noNaN: true }),
    reason: fc.constantFrom('uniform' as const, 'uncertain' as const, 'drifted' as const),
    stratum: text,
    baselineId: fc.option(word),
  });
  // avsc makes objects of maps, in which this one name cannot be set.
  const safe = request.filter(({ features, segments, answer }) =>
    [features, segments, Object.fromEntries(answer.probabilities)].every((map) => !Object.hasOwn(map, '__proto__')),
  );
  await fc.assert(
    fc.asyncProperty(safe, async (each) => assert.deepEqual(await reread('LabelingRequest', each), each)),
  );
  const [one] = fc.sample(safe, 1);
  const reader = new RecordReader(registry);
  for (const faulty of [{ inclusionProbability: 0 }, { inclusionProbability: NaN }, { reason: 'fun' as 'uniform' }]) {
    const read = await reader.read(writer.encode('LabelingRequest', { ...one, ...faulty }), NOW);
    assert.ok(!read.ok && read.reason === 'damaged');
  }
});

test('any dead letter comes back, its bytes unchanged', async () => {
  const origin = record({
    topic: word,
    partition: fc.nat(100),
    offset: fc.nat().map(String),
    timestamp: time,
    key: fc.option(bytes),
    value: fc.option(bytes),
  });
  await fc.assert(
    fc.asyncProperty(origin, text, time, async (each, detail, at) => {
      const letter = deadLetterOf(each, { ok: false, reason: 'truncated', detail }, 'sketcher', at);
      assert.deepEqual(await reread('DeadLetter', letter), letter);
    }),
  );
  const cut = deadLetterOf(
    { topic: 't', partition: 0, offset: '1', timestamp: 0, key: null, value: Buffer.alloc(100) },
    { ok: false, reason: 'too_large', detail: '' },
    'sketcher',
    NOW,
    10,
  );
  assert.deepEqual([cut.value?.length, cut.valueBytes], [10, 100]);
});

test('any drift event comes back', async () => {
  const severity = fc.constantFrom('minor' as const, 'moderate' as const, 'major' as const);
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const event = record({
    ...{ id: word, incidentId: word, column: text, muted: text, summary: text, query: text, stream, segment, severity },
    status: fc.constantFrom('opened', 'updated', 'resolved', 'noted'),
    signal: fc.constantFrom('data-drift', 'prediction-drift', 'joint-drift', 'data-quality', 'silence', 'baseline'),
    notify: fc.boolean(),
    ...{ baselineEvents: fc.nat(), windowEvents: fc.nat(), windowStart: time, windowEnd: time, since: time },
    baselineId: fc.option(word),
    findings: fc.array(
      record({
        metric: word,
        severity,
        effect: number,
        windowValue: number,
        baselineValue: number,
        pValue: fc.option(share),
      }),
      { maxLength: 3 },
    ),
    aspects: fc.array(word, { maxLength: 3 }),
    segments: fc.array(
      record({
        ...{
          dimension: word,
          value: text,
          kind: fc.constantFrom('within', 'mix'),
          effect: number,
          shareOfChange: number,
        },
        ...{ baselineShare: share, windowShare: share, events: fc.nat() },
      }),
      { maxLength: 3 },
    ),
    contributions: fc.array(record({ bin: text, baselineShare: share, windowShare: share, psi: number }), {
      maxLength: 3,
    }),
    correlations: fc.array(
      record({ columns: fc.tuple(text, text), baselineCorrelation: share, windowCorrelation: share }),
      { maxLength: 3 },
    ),
  });
  await fc.assert(
    fc.asyncProperty(event, async (each) => {
      const drift = each as DriftEvent;
      assert.deepEqual(await reread('DriftEvent', drift), drift);
    }),
  );
});

const numbers = fc.array(
  fc.oneof(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.constantFrom(0, NaN, Infinity, null)),
  { maxLength: 600 },
);
const categories = fc.array(fc.oneof(fc.constantFrom('a', 'b', 'ü', ''), fc.constant(null)), { maxLength: 60 });
const columns = fc
  .tuple(numbers, categories, fc.array(fc.boolean(), { maxLength: 20 }))
  .map(([some, words, flags]) => [
    sketchOf('age', 'numeric', some),
    sketchOf('plan', 'categorical', words),
    sketchOf('active', 'boolean', flags, false),
  ]);

test('any baseline comes back with its bins', async () => {
  await fc.assert(
    fc.asyncProperty(columns, async (sketches) => {
      const baseline = baselineOf(sketches);
      const { columns: read, ...rest } = await reread('Baseline', baseline);
      const expected: Partial<Baseline> = { ...baseline };
      assert.deepEqual({ ...rest, columns: expected.columns }, expected);
      assert.deepEqual(read.map(contentOf), sketches.map(contentOf));
    }),
    { numRuns: 60 },
  );
});

test('any partial comes back, in the bins of its baseline', async () => {
  await fc.assert(
    fc.asyncProperty(columns, fc.boolean(), async (sketches, empty) => {
      const partial = partialOf(sketches, empty ? 0 : 5);
      const layoutOf = (id: string, name: string) =>
        id === 'b1' ? (sketches.find((column) => column.name === name)?.layout ?? null) : null;
      const { columns: read, ...rest } = await reread(
        'SketchPartial',
        partial,
        new RecordReader(registry, { layoutOf }),
      );
      const expected: Partial<SketchPartial> = { ...partial };
      assert.deepEqual({ ...rest, columns: expected.columns }, expected);
      assert.deepEqual(read.map(contentOf), sketches.map(contentOf));
    }),
    { numRuns: 60 },
  );
});

test('where the baseline is not known the bins are dropped, said so, and the rest holds', async () => {
  const sketches = [sketchOf('age', 'numeric', [1, 2, 3, null]), sketchOf('plan', 'categorical', ['a', 'b'], false)];
  const read = await new RecordReader(registry).read(writer.encode('SketchPartial', partialOf(sketches, 4)), NOW);
  assert.ok(read.ok && read.name === 'SketchPartial');
  assert.deepEqual(read.columnsWithoutBins, ['age']);
  const [age] = read.record.columns;
  assert.deepEqual([age.layout, age.bins, age.values, age.nulls, age.digest?.quantile(0.5)], [null, null, 3, 1, 2]);
});

test('a wide partial is cut into messages that add up to it', async () => {
  const sketches = Array.from({ length: 40 }, (_, i) =>
    sketchOf(
      `c${i}`,
      'numeric',
      Array.from({ length: 50 }, (_, j) => j * i),
    ),
  );
  const messages = writer.encodePartial(partialOf(sketches, 50), 20_000);
  assert.ok(messages.length > 1 && messages.every((message) => message.length <= 20_000));
  const reader = new RecordReader(registry);
  let [events, overflows] = [0, 0];
  const names: string[] = [];
  for (const message of messages) {
    const read = await reader.read(message, NOW);
    assert.ok(read.ok && read.name === 'SketchPartial');
    events += read.record.events;
    overflows += read.record.overflow.length;
    names.push(...read.record.columns.map((column) => column.name));
  }
  assert.deepEqual([events, overflows, names], [50, 2, sketches.map((column) => column.name)]);
});

test('a record that does not fit its schema is refused with its fields', () => {
  const faulty = { eventId: 'e', model: 'm', version: '1', eventTime: NOW, features: { a: {} as unknown as string } };
  assert.throws(
    () => writer.encode('InferenceEvent', faulty),
    (error) =>
      error instanceof ContractsError && error.code === 'invalid-record' && error.message.includes('features.a'),
  );
});
