import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventDecoder, RecordWriter, type InferenceEvent } from '@tidemark/contracts';
import { EventFold } from '../src/event-fold.js';
import { Installation, MINUTE, START, type PartialsRecord } from './installation.js';

/** What a sketcher holds open at the most, with the events that bring it there: 130 MB. */
const MOST_SKETCHES = 55_000;

/** The n-th of some events that have the same `count` features, each in a country of its own. */
function wideEvent(n: number, count: number, eventTime: number): InferenceEvent {
  const features = Object.fromEntries(Array.from({ length: count }, (_, f) => [`f${f}`, n + f]));
  return { eventId: `e${n}`, model: 'm', version: '1', eventTime, features, segments: { country: `c${n}` } };
}

/** How many sketches each commit wrote. */
function sketchesByCommit(records: readonly PartialsRecord[]): number[] {
  const commits = [0];
  for (const record of records) {
    if ('partial' in record) commits[commits.length - 1] += 1 + record.partial.columns.length;
    else commits.push(0);
  }
  return commits;
}

async function partialsOf(events: readonly InferenceEvent[]): Promise<PartialsRecord[]> {
  const installation = await new Installation().open();
  await installation.publishEvents(events, 0);
  const sketcher = await installation.start();
  await installation.drained();
  await sketcher.stop();
  const records = await installation.partials();
  await installation.log.close();
  // That of the model, and the watermarks of the partition that it is read from.
  const home = records.find((record) => 'partial' in record)?.partition;
  return records.filter(({ partition, ...record }) => {
    return partition === home && !('watermark' in record && record.watermark.sourcePartition !== 0);
  });
}

/** @param segment whether the events in segments are counted, and not all. */
function eventsIn(records: readonly PartialsRecord[], segment: boolean): number {
  const partials = records.flatMap((record) => ('partial' in record ? [record.partial] : []));
  const counted = partials.filter(({ pane }) => (pane.segment.dimension !== '') === segment);
  return counted.reduce((sum, { events }) => sum + events, 0);
}

describe('What events may open in a sketcher', () => {
  it('is bounded where each event is of a time of its own', async () => {
    const events = Array.from({ length: 700 }, (_, n) => wideEvent(n, 100, START - n * 60 * MINUTE));
    const records = await partialsOf(events);
    assert.ok(Math.max(...sketchesByCommit(records)) <= MOST_SKETCHES, sketchesByCommit(records).join(' '));
    assert.equal(eventsIn(records, false), 700);
    assert.equal(eventsIn(records, true), 700);
  });

  it('is bounded where each event is of a segment of its own', async () => {
    const records = await partialsOf(Array.from({ length: 200 }, (_, n) => wideEvent(n, 400, START + n)));
    assert.ok(Math.max(...sketchesByCommit(records)) <= MOST_SKETCHES, sketchesByCommit(records).join(' '));
    assert.equal(eventsIn(records, false), 200);
    assert.equal(eventsIn(records, true), 200);
  });

  it('is bounded where every record is turned away', async () => {
    const { registry, monitor } = new Installation();
    const context = {
      decoder: new EventDecoder(registry),
      writer: await RecordWriter.open(registry, ['SketchPartial']),
      knowledge: { monitorOf: () => monitor, baselineOf: () => null },
      sourcePartitions: 1,
    };
    let letters = 0;
    const fold = new EventFold(context, [], () => letters++);
    const place = { topic: 'events', partition: 0, timestamp: START, key: null, headers: {} };
    const records = Array.from({ length: 12_000 }, (_, offset) => ({ ...place, offset, value: Buffer.from('x') }));
    const taken: number[] = [];
    for (let from = 0; from < records.length; from += taken[taken.length - 1]) {
      taken.push(await fold.take(records.slice(from), START));
      await fold.drain();
    }
    assert.deepEqual([taken, letters], [[5000, 5000, 2000], 12_000]);
  });
});
