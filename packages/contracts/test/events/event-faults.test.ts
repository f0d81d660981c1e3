import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  DEAD_LETTER_REASONS,
  EventBatches,
  EventDecoder,
  LocalRegistry,
  schemaOf,
  type DeadLetterReason,
} from '../../src/index.js';
import { frame } from '../../src/registry/wire-format.js';
import { avroEvent, eventParts, jsonEvent, NOW } from '../samples.js';

const many = (count: number, value: unknown): object =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`n${i}`, value]));
const nothing = {
  features: {},
  prediction: { score: null, class: null, value: null, probabilities: {} },
  confidence: null,
};

/** The body of an event that ends where its features begin, then the bytes given. */
function featuresOf(...bytes: number[]): Buffer {
  const empty = avroEvent({ ...nothing, request_id: null, segments: {} });
  // After the features' end come four fields of a zero byte each in the prediction, then confidence, embeddings and segments.
  return Buffer.concat([empty.subarray(0, empty.length - 8), Buffer.from(bytes)]);
}

/** A JSON event whose last members are those given, even where it has them already. */
function jsonText(members: string): Buffer {
  const event = jsonEvent({}).toString();
  return Buffer.from(`${event.slice(0, -1)}, ${members}}`);
}

/** An Avro event that ends with these segments. */
function segmentsOf(...bytes: number[]): Buffer {
  const event = avroEvent({ segments: {} });
  return Buffer.concat([event.subarray(0, event.length - 1), Buffer.from(bytes)]);
}

/** What the decoder finds in one record; that there are too many streams takes several, and the last two are found before and after it. */
const FAULTS: Readonly<
  Record<
    Exclude<DeadLetterReason, 'too_many_streams' | 'unreadable_batch' | 'unprocessable'>,
    readonly (Buffer | null)[]
  >
> = {
  empty: [null, Buffer.alloc(0)],
  too_large: [Buffer.alloc((1 << 20) + 1), Buffer.alloc(10 << 20, 0x7b)],
  bad_magic: [Buffer.from([1, 0, 0, 0, 1, 2]), Buffer.from('event')],
  unknown_schema: [frame(99, avroEvent().subarray(5))],
  wrong_schema: [frame(2, avroEvent().subarray(5))],
  truncated: [
    Buffer.from([0, 0, 0]),
    avroEvent().subarray(0, 30),
    // A map that claims 2^40 entries, and one in a block of 2^40 bytes.
    featuresOf(0x80, 0x80, 0x80, 0x80, 0x80, 0x40),
    featuresOf(0x01, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40),
  ],
  damaged: [
    featuresOf(...Array<number>(11).fill(0xff)),
    featuresOf(0x02, 0x02, 0x61, 0x08, 0x00, ...Array<number>(8).fill(0)),
    featuresOf(0x02, 0x02, 0x61, 0x06, 0x07, ...Array<number>(8).fill(0)),
    featuresOf(0x02, 0x03, ...Array<number>(12).fill(0)),
  ],
  trailing_bytes: [Buffer.concat([avroEvent(), Buffer.from([0])])],
  invalid_utf8: [
    // Half of a surrogate pair: of two such names the bytes would be the same.
    jsonEvent({ features: { 'a\ud800': 1 } }),
    jsonEvent({ segments: { country: '\udc00' } }),
    featuresOf(0x02, 0x04, 0xc3, 0x28, 0x00, ...Array<number>(8).fill(0)),
    Buffer.concat([Buffer.from('{"event_id":"'), Buffer.from([0xff]), Buffer.from('"}')]),
  ],
  invalid_json: [Buffer.from('{"event_id":'), Buffer.from(' [1]'), Buffer.from('{'.repeat(200_000))],
  missing_field: [
    ...['event_id', 'model', 'version'].flatMap((field) => [avroEvent({ [field]: '' }), jsonEvent({ [field]: '' })]),
    jsonEvent({ event_time: undefined }),
    jsonEvent({ event_id: null }),
  ],
  wrong_type: [
    jsonEvent({ event_id: 7 }),
    jsonEvent({ event_time: 'yesterday' }),
    jsonEvent({ role: 'king' }),
    jsonEvent({ features: [1] }),
    jsonEvent({ features: { a: { b: 1 } } }),
    jsonEvent({ features: { a: [1] } }),
    jsonEvent({ prediction: { score: '0.5' } }),
    jsonEvent({ prediction: { class: 3 } }),
    jsonEvent({ prediction: { probabilities: { a: null } } }),
    jsonEvent({ confidence: 'high' }),
    jsonEvent({ segments: { country: 49 } }),
    jsonEvent({ request_id: 5 }),
  ],
  too_long: [
    avroEvent({ features: { plan: 'x'.repeat(1025) } }),
    avroEvent({ event_id: 'x'.repeat(1025) }),
    avroEvent({ features: { ['x'.repeat(1025)]: 1 } }),
    jsonEvent({ features: { plan: 'ü'.repeat(513) } }),
  ],
  too_many_features: [avroEvent({ features: many(2001, 1) }), jsonEvent({ features: many(2001, 1) })],
  too_many_segments: [avroEvent({ segments: many(65, 'x') }), jsonEvent({ segments: many(65, 'x') })],
  reserved_name: [
    avroEvent({ model: 'a\0b' }),
    jsonEvent({ version: 'a\0b' }),
    avroEvent({ features: { 'prediction.score': 1 } }),
    jsonEvent({ features: { 'prediction.score': 1 } }),
    avroEvent({ features: { '': 1 } }),
  ],
  time_out_of_range: [
    avroEvent({ event_time: Date.UTC(1999, 11, 31) }),
    avroEvent({ event_time: NOW + 300_001 }),
    avroEvent({ event_time: NOW * 1000 }),
    jsonEvent({ event_time: NOW / 1000 }),
    // What JSON.parse makes of it is Infinity.
    Buffer.from(jsonEvent({ event_time: 'T' }).toString().replace('"T"', '1e999')),
    Buffer.from(jsonEvent({ event_time: 'T' }).toString().replace('"T"', '-1e999')),
  ],
  duplicate_name: [
    jsonText('"model": "churn"'),
    jsonText('"more": {"a": 1, "a": 2}'),
    jsonText('"more": [{"a": 1, "\\u0061" : 2}]'),
    // With a colon within a string that looks like the end of a name.
    jsonText('"more": {"a": "\\":", "b": 1, "b": 2}'),
    featuresOf(0x04, 0x02, 0x61, 0x00, 0x02, 0x61, 0x00, ...Array<number>(8).fill(0)),
    // In two blocks.
    featuresOf(0x02, 0x02, 0x61, 0x00, 0x02, 0x02, 0x61, 0x00, ...Array<number>(8).fill(0)),
    segmentsOf(0x04, 0x02, 0x61, 0x02, 0x62, 0x02, 0x61, 0x02, 0x63, 0x00),
  ],
  no_values: [avroEvent(nothing), jsonEvent(nothing)],
  all_nan: [avroEvent({ ...nothing, features: { a: NaN, b: NaN }, confidence: NaN })],
};

async function decoderWithFaults() {
  const registry = new LocalRegistry();
  await registry.register('events', schemaOf('InferenceEvent'));
  await registry.register('labels', schemaOf('GroundTruth'));
  const decoder = new EventDecoder(registry);
  for (const id of [1, 2, 99]) await decoder.prepare(id, NOW);
  return decoder;
}

for (const reason of Object.keys(FAULTS) as (keyof typeof FAULTS)[]) {
  test(`a record is turned away as ${reason}`, async () => {
    const decoder = await decoderWithFaults();
    const batches = new EventBatches();
    FAULTS[reason].forEach((message, i) => {
      const decoded = decoder.decode(message, batches, NOW);
      assert.ok(!decoded.ok, `${reason} ${i} was taken`);
      assert.equal(decoded.reason, reason, `${i}: ${decoded.detail}`);
      assert.notEqual(decoded.detail, '');
    });
    assert.equal(batches.rows, 0);
    assert.ok(decoder.decode(avroEvent(), batches, NOW).ok, 'a good event after faulty ones');
  });
}

test('an event at the edge of the allowed skew is taken, as are NaN and null beside other values', async () => {
  const { decoder, batches } = await eventParts();
  for (const changes of [
    { event_time: NOW + 300_000 },
    { event_time: Date.UTC(2000, 0, 1) },
    { ...{ prediction: undefined, confidence: null }, features: { a: NaN, b: Infinity } },
    { features: { a: NaN, b: null } },
  ]) {
    const message = avroEvent({ ...changes, prediction: { score: null, class: null, value: null, probabilities: {} } });
    assert.ok(decoder.decode(message, batches, NOW).ok);
  }
});

test('an unknown id is asked for again after a while, not at once', async () => {
  const { decoder } = await eventParts();
  const message = frame(77, Buffer.from([1]));
  assert.equal(decoder.needsSchema(message, NOW), 77);
  await decoder.prepare(77, NOW);
  assert.equal(decoder.needsSchema(message, NOW + 1000), null);
  assert.equal(decoder.needsSchema(message, NOW + 60_000), 77);
});

test('whatever is done to the bytes of good records, they give an event or a fault', async () => {
  const decoder = await decoderWithFaults();
  const batches = new EventBatches();
  const seeds = [avroEvent(), jsonEvent(), avroEvent({ features: many(30, 'text') })];
  const edit = fc.record({
    kind: fc.constantFrom('set', 'cut', 'insert', 'repeat'),
    at: fc.nat(400),
    byte: fc.nat(255),
  });
  let taken = 0;
  fc.assert(
    fc.property(fc.constantFrom(...seeds), fc.array(edit, { minLength: 1, maxLength: 4 }), (seed, edits) => {
      const message = edits.reduce(mutate, seed);
      if (decoder.needsSchema(message, NOW) !== null) return;
      const decoded = decoder.decode(message, batches, NOW);
      if (decoded.ok) {
        assert.ok(decoded.batch.eventIds[decoded.row].length > 0);
        taken++;
      } else assert.ok(decoded.reason in DEAD_LETTER_REASONS);
      if (batches.rows >= 500) {
        taken -= batches.rows;
        batches.clear();
      }
    }),
    { numRuns: 20_000, seed: 5 },
  );
  assert.equal(batches.rows, taken);
});

function mutate(bytes: Buffer, { kind, at, byte }: { kind: string; at: number; byte: number }): Buffer {
  const i = Math.min(at, bytes.length);
  if (kind === 'cut') return bytes.subarray(0, i);
  if (kind === 'insert') return Buffer.concat([bytes.subarray(0, i), Buffer.from([byte]), bytes.subarray(i)]);
  if (kind === 'repeat') return Buffer.concat([bytes.subarray(0, i), bytes.subarray(Math.floor(i / 2))]);
  const copy = Buffer.from(bytes);
  if (i < copy.length) copy[i] = byte;
  return copy;
}
