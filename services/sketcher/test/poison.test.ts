import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { EventDecoder, frame, schemaOf, type AvroSchema } from '@tidemark/contracts';
import { DAMAGED, refusing } from '@tidemark/transport/test/refusing.js';
import avro from 'avsc';
import { eventOf, expectedTotals, Installation, START, totalsOf } from './installation.js';

/** The n-th event as plain JSON, with other fields in place of some. */
function json(n: number, fields: object = {}): Buffer {
  const { eventId, model, version, eventTime, features, segments } = eventOf(n);
  const event = { event_id: eventId, model, version, event_time: eventTime, features, segments };
  return Buffer.from(JSON.stringify({ ...event, ...fields }));
}

/** The schema of events with another type of time. */
function timeOfType(type: 'double' | 'float'): AvroSchema {
  const schema = schemaOf('InferenceEvent') as { readonly fields: readonly { readonly name: string }[] };
  const fields = schema.fields.map((field) => (field.name === 'event_time' ? { name: 'event_time', type } : field));
  return { ...schema, fields } as unknown as AvroSchema;
}

describe('A sketcher', () => {
  it('cuts the fraction of a time off, and turns away what is no time', async () => {
    const installation = await new Installation().open();
    const schema = timeOfType('double');
    const id = await installation.registry.register('python', schema);
    const withDouble = (n: number, time: number) => {
      const { eventId: event_id, features, segments, ...rest } = eventOf(n);
      const event = { event_id, ...rest, features: { n: { double: features!['n'] } }, segments, event_time: time };
      return frame(id, avro.Type.forSchema(schema, { wrapUnions: true }).toBuffer(event));
    };
    const fine = Array.from({ length: 20 }, (_, n) => json(n, { event_time: eventOf(n).eventTime.valueOf() + 0.5 }));
    for (let n = 20; n < 40; n++) fine.push(withDouble(n, START + n * 100 + 0.999));
    const bad = [withDouble(40, NaN), withDouble(40, Infinity), withDouble(40, -Infinity), withDouble(40, 1e300)];
    const nothing = json(40, { event_time: 0 }).toString().replace('"event_time":0', '"event_time":1e999');
    await installation.publish([...fine, ...bad, Buffer.from(nothing)].map((value) => ({ value, partition: 0 })));
    const sketcher = await installation.start();
    await installation.drained();
    await sketcher.stop();
    await sketcher.done;
    assert.deepEqual(totalsOf(await installation.partials()), expectedTotals(40));
    const letters = await installation.deadLetters();
    assert.deepEqual(
      letters.map(({ reason }) => reason),
      Array(5).fill('time_out_of_range'),
    );
    await installation.log.close();
  });

  it('makes a dead letter of a record that fails after it was decoded, and counts all others', async (t) => {
    t.after(() => mock.restoreAll());
    const installation = await new Installation().open();
    // As if the decoder let through what the partial's encoding does not take.
    // eslint-disable-next-line @typescript-eslint/unbound-method -- it is applied to what it is called on
    const { decode } = EventDecoder.prototype;
    mock.method(EventDecoder.prototype, 'decode', function (this: EventDecoder, ...args: Parameters<typeof decode>) {
      const decoded = decode.apply(this, args);
      if (!decoded.ok) return decoded;
      if (decoded.batch.eventIds[decoded.row] === 'fraction') decoded.batch.eventTimes[decoded.row] += 0.5;
      return decoded;
    });
    const values = Array.from({ length: 500 }, (_, n) => json(n));
    values.splice(300, 0, json(7, { event_id: 'fraction', features: { n: 1000 } }));
    values.splice(100, 0, json(7, { event_id: 'fraction', event_time: START + 3_000_000 }));
    await installation.publish(values.map((value) => ({ value, partition: 1 })));
    const sketcher = await installation.start();
    await installation.drained();
    const more = Array.from({ length: 100 }, (_, n) => ({ value: json(500 + n), partition: 1 }));
    await installation.publish(more);
    await installation.drained();
    await sketcher.stop();
    await sketcher.done;

    const records = await installation.partials();
    assert.deepEqual(totalsOf(records), expectedTotals(600));
    const letters = await installation.deadLetters();
    assert.deepEqual(
      letters.map(({ reason, offset }) => [reason, offset]),
      [
        ['unprocessable', '100'],
        ['unprocessable', '301'],
      ],
    );
    assert.match(letters[0].detail, /min_event_time|max_event_time/);
    assert.deepEqual(
      (JSON.parse(Buffer.from(letters[0].value!).toString()) as { event_id: string }).event_id,
      'fraction',
    );
    const greatest = records.flatMap((record) => ('watermark' in record ? [record.watermark.watermark] : []));
    assert.equal(Math.max(...greatest), START + 599 * 100, 'a record that is turned away moves no watermark');
    await installation.log.close();
  });

  it('is a dead letter of its own reason where its batch is damaged', async () => {
    const installation = await new Installation().open();
    refusing(installation.log);
    await installation.publish([
      { value: json(0), partition: 1 },
      { value: DAMAGED, partition: 1 },
    ]);
    const sketcher = await installation.start();
    await installation.drained();
    await sketcher.stop();
    const letters = await installation.deadLetters();
    assert.deepEqual(
      letters.map(({ reason, offset, detail }) => [reason, offset, detail]),
      [['unreadable_batch', '1', 'in a batch that is damaged']],
    );
    await installation.log.close();
  });
});
