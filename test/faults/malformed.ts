import { frame, type InferenceEvent } from '@tidemark/contracts';

type Maker = (index: number) => Buffer | null;

/** A schema of records of which each holds the one before twice: some bytes of an event would take for ever to pass over. */
export function expandingSchema(): object {
  const levels = Array.from({ length: 28 }, (_, level) => {
    const below = `Level${level}`;
    const fields = ['a', 'b'].map((name) => ({ name, type: below }));
    return { type: 'record', name: `Level${level + 1}`, fields };
  });
  const leaf = { type: 'record', name: 'Level0', fields: [{ name: 'nothing', type: 'null' }] };
  // Side by side, as it may not be nested deeply.
  const fields = [leaf, ...levels].map((type, index) => ({ name: `level${index}`, type }));
  return { type: 'record', name: 'InferenceEvent', fields };
}

/**
 * Records that must not be counted, of every kind in turn, most of them with bytes of their own.
 *
 * @param good the bytes of `sample`, with the schema that `encode` writes. @param expanding the id of the schema that expands.
 */
export function malformedRecords(
  count: number,
  sample: InferenceEvent,
  good: Buffer,
  expanding: number,
  encode: (event: InferenceEvent) => Buffer,
): (Buffer | null)[] {
  const json = (index: number, fields: object) =>
    Buffer.from(
      JSON.stringify({
        ...{ event_id: `bad-${index}`, model: 'fraud', version: '1', event_time: sample.eventTime },
        features: { amount: 1 },
        ...fields,
      }),
    );
  const unknownSchema: Maker = (index) => {
    const record = Buffer.from(good);
    record.writeInt32BE(0x7ffffff0 - (index % 3), 1);
    return record;
  };
  const kinds: readonly Maker[] = [
    (index) => Buffer.from([7, index & 255, index >> 8, 3]),
    unknownSchema,
    (index) => good.subarray(0, good.length - 1 - (index % 40)),
    (index) => json(index, { features: { amount: { nested: index } } }),
    (index) => encode({ ...sample, eventId: `nan-${index}`, features: { amount: NaN, age: NaN }, prediction: {} }),
    () => Buffer.alloc(0),
    () => null,
    (index) => Buffer.from(`{"event_id": "bad-${index}`),
    (index) => json(index, { event_time: Date.UTC(2100, 0, 1) }),
    (index) => json(index, { features: { 'prediction.score': 1 } }),
    (index) => Buffer.concat([good, Buffer.from([index & 255])]),
    (index) => Buffer.concat([good, Buffer.alloc(1_100_000, index & 255)]),
    (index) => frame(expanding, Buffer.of(index & 255, index >> 8)),
    (index) => Buffer.from(`{"event_id": "bad-${index}", "model": "fraud", "model": "churn", "version": "1"}`),
    (index) => Buffer.from(`{"event_id": "bad-${index}", "features": ${'['.repeat(5000)}`),
    (index) => json(index, { model: `fraud-${'x'.repeat(5000)}` }),
  ];
  return Array.from({ length: count }, (_, index) => kinds[index % kinds.length](index));
}
