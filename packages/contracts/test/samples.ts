import { countsOf, type Baseline, type SketchPartial, type WindowCounts } from '@tidemark/monitoring';
import {
  CoMoments,
  ColumnSketch,
  deriveCategoricalLayout,
  deriveNumericLayout,
  QualitySketch,
  EmbeddingSketch,
  type BinLayout,
  type ColumnKind,
} from '@tidemark/sketches';
import {
  EventBatches,
  EventDecoder,
  LocalRegistry,
  RecordWriter,
  schemaOf,
  subjectOf,
  type AvroSchema,
} from '../src/index.js';
import avro from 'avsc';
import { frame } from '../src/registry/wire-format.js';

/** A fixed "now": 2026-01-01T00:00:00Z. */
export const NOW = Date.UTC(2026, 0, 1);

/** The fields of an event as Avro and JSON have them. */
export const EVENT = {
  event_id: 'e-1',
  model: 'churn',
  version: '7',
  role: 'champion',
  event_time: NOW - 1000,
  request_id: 'r-1',
  features: { age: 31, plan: 'pro', active: true, visits: null },
  prediction: { score: 0.25, class: 'stays', value: 3, probabilities: { stays: 0.75, leaves: 0.25 } },
  confidence: 0.5,
  segments: { country: 'DE' },
};

/** A registry, a writer of every record, and a decoder that knows the event schema (id 1). */
export async function eventParts() {
  const registry = new LocalRegistry();
  await registry.register(subjectOf('InferenceEvent'), schemaOf('InferenceEvent'));
  const writer = await RecordWriter.open(registry, ['InferenceEvent']);
  const decoder = new EventDecoder(registry);
  await decoder.prepare(1, NOW);
  return { registry, writer, decoder, batches: new EventBatches() };
}

export function avroEvent(changes: object = {}): Buffer {
  return frame(1, avro.Type.forSchema(schemaOf('InferenceEvent')).toBuffer({ ...EVENT, ...changes }));
}

export function jsonEvent(changes: object = {}): Buffer {
  return Buffer.from(JSON.stringify({ ...EVENT, ...changes }));
}

/** The schema with its fields changed. */
export function withFields<F extends { name: string }>(schema: AvroSchema, change: (fields: F[]) => F[]): AvroSchema {
  const record = schema as unknown as { fields: F[] };
  return { ...record, fields: change(record.fields) } as unknown as AvroSchema;
}

export function sketchOf(
  name: string,
  kind: ColumnKind,
  values: readonly (number | string | boolean | null)[],
  binned = true,
): ColumnSketch {
  const first = filled(ColumnSketch.empty(name, kind, null), values);
  return binned && first.values > 0 ? filled(ColumnSketch.empty(name, kind, layoutFor(first)), values) : first;
}

function layoutFor({ digest, categories }: ColumnSketch): BinLayout | null {
  if (digest !== null) return deriveNumericLayout(digest);
  return categories === null ? null : deriveCategoricalLayout(categories);
}

function filled(sketch: ColumnSketch, values: readonly (number | string | boolean | null)[]): ColumnSketch {
  for (const value of values) {
    if (value === null) sketch.addNull();
    else if (typeof value === 'number') sketch.addNumber(value);
    else if (typeof value === 'string') sketch.addString(value);
    else sketch.addBoolean(value);
  }
  return sketch;
}

/** Everything that a sketch holds, comparable. */
export function contentOf(sketch: ColumnSketch): object {
  const { name, kind, layout, values, nulls, nan, positiveInfinity, negativeInfinity, typeErrors, outOfRange } = sketch;
  const { count, mean, m2, min, max } = sketch.moments;
  return {
    ...{ name, kind, layout, values, nulls, nan, positiveInfinity, negativeInfinity, typeErrors, outOfRange },
    moments: { count, mean, m2, min, max },
    bins: sketch.bins,
    digest: sketch.digest?.centroids(),
    categories: sketch.categories?.entries(),
    total: sketch.categories?.total,
    registers: sketch.distinct.registers,
  };
}

export function baselineOf(sketches: readonly ColumnSketch[]): Baseline {
  return {
    ...{
      id: 'b1',
      model: 'm',
      version: '*',
      createdAt: NOW,
      source: 'file.csv',
      rows: 7,
      periodStart: null,
      periodEnd: NOW,
    },
    columns: sketches,
    windows: {
      size: 300_000,
      segments: [
        {
          segment: { dimension: '', value: '' },
          windows: [windowOf(sketches, NOW), windowOf(sketches, NOW + 300_000)],
        },
        { segment: { dimension: 'country', value: 'DE' }, windows: [windowOf(sketches, NOW)] },
      ],
      joint: { columns: ['a', 'ü'], windows: [{ start: NOW, events: 3, moments: momentsOf(3) }] },
      vectors: [{ name: 'e', windows: [{ start: NOW, events: 2, sketch: embeddingsOf('e', 2) }] }],
    },
    quality: {
      sketch: answeredQuality(),
      windows: [
        {
          ...{ start: NOW, labels: 3, excess: -0.01, variance: 0.002, shares: [0.1, -0.1], shareVariances: [0.2, 0.2] },
          metrics: [{ metric: 'f1', realised: 0.75, excess: 0.05, variance: 0.001 }],
        },
      ],
      segments: [
        {
          segment: { dimension: 'country', value: 'DE' },
          labels: 120,
          metrics: [
            { metric: 'accuracy', realised: 0.25, excess: -0.02, variance: 0.004 },
            { metric: 'roc_auc', realised: 0.8, excess: 0.01, variance: 0.002 },
          ],
        },
      ],
    },
    kept: { baselineId: 'b0', counts: sketches.map(({ bins }) => (bins ?? new Float64Array(0)).map((n) => n + 1)) },
  };
}

/** One answer, labelled. */
function answeredQuality(): QualitySketch {
  const sketch = QualitySketch.empty();
  const answer = { score: 0.9, class: 'yes', value: null, confidence: null, probabilities: new Map<string, number>() };
  sketch.addPrediction(answer);
  sketch.addOutcome(answer, { class: 'no', value: null }, 0.5, 1);
  return sketch;
}

export function windowOf(sketches: readonly ColumnSketch[], start: number): WindowCounts {
  return { start, events: 2 ** 40, columns: sketches.map((sketch) => countsOf(sketch, sketch.values + 3)) };
}

export function partialOf(sketches: readonly ColumnSketch[], events: number): SketchPartial {
  return {
    pane: {
      stream: { model: 'm', version: '1', role: 'shadow' },
      segment: { dimension: 'country', value: 'DE' },
      start: NOW,
      size: 60_000,
    },
    events,
    minEventTime: events === 0 ? Infinity : NOW + 1,
    maxEventTime: events === 0 ? -Infinity : NOW + 9,
    baselineId: 'b1',
    columns: sketches,
    joint: events === 0 ? null : { baselineId: 'b1', moments: momentsOf(events) },
    quality: events === 0 ? null : answeredQuality(),
    vectors: events === 0 ? [] : [embeddingsOf('e', events), embeddingsOf('ü', 1)],
    overflow: [
      { what: 'segments', name: 'country', count: events, examples: ['Ünland', ''] },
      { what: 'columns', name: '', count: 3, examples: [] },
    ],
  };
}

/** Moments of so many events, of which the last lacks one column. */
function momentsOf(events: number): CoMoments {
  const moments = CoMoments.empty(['a', 'ü']);
  const scores = Float64Array.from({ length: events }, (_, i) => (i % 7) * 40 - 90);
  const present = Uint8Array.from(scores, (_, i) => (i === events - 1 ? 0 : 1));
  moments.add([scores, scores.map((score, i) => score * present[i])], [null, present], events);
  return moments;
}

function embeddingsOf(name: string, count: number): EmbeddingSketch {
  const sketch = EmbeddingSketch.empty(name, 3);
  const components = Float32Array.from({ length: 3 * count }, (_, i) => Math.sin(i + 1));
  sketch.add(
    components,
    Int32Array.from({ length: count }, (_, row) => row),
  );
  return sketch;
}
